"""The messages of a running training, validated by the receiver, and the status they give."""

import statistics
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any, Literal, get_args

from core.artifacts.store import Epoch
from core.common.metrics import error_count
from core.common.serialization import (
    AtLeastOne,
    Count,
    NotNegative,
    Share,
    convert,
    decode,
    encode,
)
from core.training_jobs.request import TrainingRequest

MAX_MESSAGE_BYTES = 4000

State = Literal["waiting", "running", "finished", "stopped", "failed"]

MAX_POINTS = 240
"""Points of a curve; more would not be visible."""

_PACE_BATCHES = 60
"""Number of recent batches from which the pace is estimated."""


class MessageError(ValueError):
    """The received data is not a message of a training."""


@dataclass(frozen=True)
class Rendering:
    """The dataset is being rendered, because there was none: progress in images."""

    done: Count
    total: AtLeastOne

    def __post_init__(self) -> None:
        if self.done > self.total:
            raise ValueError(f"an impossible progress: {self}")


@dataclass(frozen=True)
class Started:
    """A training begins; its images may be rendered. A fitted model has no batches in an epoch."""

    rendered: bool
    train_images: int
    test_images: int
    epochs: int
    batches: int


@dataclass(frozen=True)
class BatchProgress:
    """An epoch after a batch, both counted from 1, so many seconds after the training began.

    The loss, to base e, and the accuracy are means over this epoch's batches so far.
    """

    epoch: int
    batch: int
    loss: NotNegative
    accuracy: Share
    seconds: NotNegative


@dataclass(frozen=True)
class Finished:
    """The training has finished; only the export remains.

    Rows of the test images' confusion matrix are true classes, columns predicted ones.
    """

    confusion: tuple[tuple[Count, ...], ...]

    def __post_init__(self) -> None:
        size = len(self.confusion)
        if not 2 <= size <= 10 or {len(row) for row in self.confusion} != {size}:
            raise ValueError("not a confusion matrix")
        if self.images < 1:
            raise ValueError("a confusion matrix counts images")

    @property
    def images(self) -> int:
        """Number of test images."""
        return sum(map(sum, self.confusion))

    @property
    def errors(self) -> int:
        """Number of misclassified test images."""
        return error_count(self.confusion)


@dataclass(frozen=True)
class Failed:
    """The training failed, for a reason that visitors are shown."""

    reason: str


# An epoch is reported after its test.
Message = Rendering | Started | BatchProgress | Epoch | Finished | Failed

_KINDS: dict[str, type[Message]] = {kind.__name__: kind for kind in get_args(Message)}


def encoded(message: Message) -> bytes:
    """A message as JSON.

    Raises:
        ValueError: a number in it is not finite.
    """
    return encode({"kind": type(message).__name__} | asdict(message)).encode()


def decoded(data: bytes) -> Message:
    """Decode a message.

    Raises:
        MessageError: it is not one.
    """
    try:
        content = decode(dict[str, Any], data)
        return convert(_KINDS[content.pop("kind")], content)
    except (ValueError, TypeError, KeyError) as error:
        raise MessageError(f"not a message: {data[:80]!r} ({error})") from error


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
