"""The status of a training at one moment."""

import statistics
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from core.artifacts.store import Epoch
from core.training_jobs.messages import BatchProgress, Failed, Finished, Message, Rendering, Started
from core.training_jobs.request import TrainingRequest

State = Literal["waiting", "running", "finished", "stopped", "failed"]

MAX_POINTS = 240
"""Points of a curve; more would not be visible."""

_PACE_BATCHES = 60
"""Number of recent batches from which the pace is estimated."""


@dataclass(frozen=True)
class TrainingStatus:
    """One training.

    Attributes:
        ahead: number of trainings before it; 0 unless it is waiting.
        ahead_seconds: remaining time of the running one; None if not known yet.
        seconds: from the start of its process until now or its end.
        rendering: None unless the dataset is being rendered.
        batches, epochs: those reported, not every batch.
        finished: None until the training has finished; the export follows.
        error: the message for visitors if it failed, else empty.
        exported: the content of the finished model's TFLite file.
    """

    request: TrainingRequest
    state: State
    ahead: int = 0
    ahead_seconds: float | None = None
    seconds: float = 0.0
    rendering: Rendering | None = None
    started: Started | None = None
    batches: tuple[BatchProgress, ...] = ()
    epochs: tuple[Epoch, ...] = ()
    finished: Finished | None = None
    error: str = ""
    exported: bytes | None = None

    def after(self, message: Message) -> "TrainingStatus":
        """The status after a message."""
        match message:
            case Rendering():
                return replace(self, rendering=message)
            case Started():
                return replace(self, started=message)
            case BatchProgress():
                return replace(self, batches=(*self.batches, message))
            case Epoch():
                return replace(self, epochs=(*self.epochs, message))
            case Finished():
                return replace(self, finished=message)
            case Failed():
                return replace(self, error=message.reason)

    @property
    def ended(self) -> bool:
        """Whether the status is final."""
        return self.state in ("finished", "stopped", "failed")

    @property
    def epochs_seen(self) -> float:
        """Number of finished epochs, plus the finished fraction of the current one."""
        if self.started is None or not self.batches or not self.started.batches:
            return float(len(self.epochs))
        latest = self.batches[-1]
        return max(len(self.epochs), latest.epoch - 1 + latest.batch / self.started.batches)

    @property
    def remaining_seconds(self) -> float | None:
        """Estimated remaining time of the epochs, from the times measured so far.

        None if fewer than two batches were reported. The time of an epoch's test counts once there
        was one; the first batch, which includes compiling the network, never counts.
        """
        if self.started is None or len(self.batches) < 2 or not self.started.batches:
            return None
        latest = self.batches[-1]
        pace = _seconds_per_batch(self.batches[-_PACE_BATCHES:])
        epoch_seconds = self.started.batches * pace
        # The first epoch is left out if there are others, because it includes compiling.
        if measured := [each.seconds for each in self.epochs[1:] or self.epochs]:
            epoch_seconds = max(epoch_seconds, statistics.median(measured))
        left_in_epoch = 0.0
        if latest.epoch > len(self.epochs):
            left_in_epoch = max(0.0, epoch_seconds - latest.batch * pace)
        to_come = self.started.epochs - max(latest.epoch, len(self.epochs))
        return left_in_epoch + to_come * epoch_seconds

    def curve(self) -> list[BatchProgress]:
        """At most ``MAX_POINTS`` of the batches, evenly spread, the latest among them."""
        step = -(-len(self.batches) // MAX_POINTS) or 1
        return list(self.batches[::-1][::step][::-1])


def _seconds_per_batch(batches: tuple[BatchProgress, ...]) -> float:
    """The median pace between batches of the same epoch."""
    pairs = [
        (later.seconds - earlier.seconds) / (later.batch - earlier.batch)
        for earlier, later in pairwise(batches)
        if later.epoch == earlier.epoch and later.batch > earlier.batch
    ]
    return statistics.median(pairs) if pairs else 0.0
