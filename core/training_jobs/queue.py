"""One queue of trainings for the whole process: one runs, a few wait, none outlives its visitor."""

import atexit
import logging
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from core.common.errors import UserError
from core.training_jobs.child import ChildProcess, FloodError
from core.training_jobs.limits import Limits
from core.training_jobs.messages import (
    Batch,
    Drawing,
    EpochDone,
    Learned,
    MessageError,
    Refused,
    Started,
    from_line,
)
from core.training_jobs.request import SERVING_FILE, TrainingRequest, training_command
from core.training_jobs.view import State, TrainingView, remaining_seconds

MAX_MODEL_BYTES = 16 * 1024 * 1024

CommandOf = Callable[[TrainingRequest, Path], Sequence[str]]
"""From what is asked for and an empty folder to a command line."""

_log = logging.getLogger(__name__)


class QueueFullError(UserError):
    """So many trainings wait that no more are taken."""


@dataclass
class _Training:
    """A training in the queue; the queue's lock guards it."""

    view: TrainingView
    asked: float
    began: float = 0.0
    batches: list[Batch] = field(default_factory=list)
    unwanted: bool = False
    process: int | None = None


class TrainingQueue:
    """Runs trainings one after the other, each in a process of its own."""

    def __init__(
        self,
        command_of: CommandOf = training_command,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limits = limits or Limits()
        self._command_of = command_of
        self._clock = clock
        self._lock = threading.Lock()
        self._trainings: dict[str, _Training] = {}
        self._worker: threading.Thread | None = None

    def submit(self, request: TrainingRequest) -> str:
        """Take a training; returns the ticket to ask for it with.

        Raises:
            QueueFullError: too many are there already.
        """
        with self._lock:
            self._forget_unasked()
            if len(self._trainings) >= self.limits.trainings:
                raise QueueFullError(
                    f"{self.limits.trainings} trainings are running or waiting already. Try again "
                    "in a few minutes."
                )
            ticket = secrets.token_hex(16)
            self._trainings[ticket] = _Training(TrainingView(request, "waiting"), self._clock())
            if self._worker is None:
                self._worker = threading.Thread(
                    target=self._work, daemon=True, name="live-training"
                )
                self._worker.start()
        return ticket

    def look(self, ticket: str) -> TrainingView | None:
        """How a training stands; None where it was given up, because nobody asked for it."""
        with self._lock:
            self._forget_unasked()
            training = self._trainings.get(ticket)
            if training is None:
                return None
            training.asked = self._clock()
            return self._seen(training)

    def stop(self, ticket: str) -> None:
        """Have a training end, wherever it stands; it can still be asked for."""
        with self._lock:
            training = self._trainings.get(ticket)
            if training is None:
                return
            training.unwanted = True
            if training.view.state == "waiting":
                training.view = replace(training.view, state="stopped")

    def forget(self, ticket: str) -> None:
        """Drop an ended training, whose outcome was fetched."""
        with self._lock:
            training = self._trainings.get(ticket)
            if training is not None and training.view.ended:
                del self._trainings[ticket]

    def close(self) -> None:
        """End all, and wait until the running process is gone."""
        with self._lock:
            for training in self._trainings.values():
                training.unwanted = True
            worker = self._worker
        if worker is not None:
            worker.join()

    @property
    def process(self) -> int | None:
        """The number of the process that trains now, by which the system knows it."""
        with self._lock:
            running = [each.process for each in self._trainings.values() if each.process]
        return running[0] if running else None

    def _seen(self, training: _Training) -> TrainingView:
        view = replace(training.view, batches=tuple(training.batches))
        if view.state == "running":
            return replace(view, seconds=self._clock() - training.began)
        if view.state != "waiting":
            return view
        before = [each for each in self._earlier(training) if not each.view.ended]
        ahead_seconds = None
        if len(before) == 1:
            first = before[0]
            ahead_seconds = remaining_seconds(
                first.view.started, tuple(first.batches), first.view.epochs
            )
        return replace(view, ahead=len(before), ahead_seconds=ahead_seconds)

    def _earlier(self, training: _Training) -> list[_Training]:
        queued = list(self._trainings.values())
        return queued[: queued.index(training)]

    def _forget_unasked(self) -> None:
        """A running one is only marked: its process has to be ended first."""
        late = self._clock() - self.limits.forgotten_after
        for ticket, training in list(self._trainings.items()):
            if training.asked < late:
                training.unwanted = True
                if training.view.state != "running":
                    del self._trainings[ticket]

    def _work(self) -> None:
        while True:
            with self._lock:
                self._forget_unasked()
                waiting = (
                    each
                    for each in self._trainings.values()
                    if each.view.state == "waiting" and not each.unwanted
                )
                training = next(waiting, None)
                if training is None:
                    self._worker = None
                    return
                training.began = self._clock()
                training.view = replace(training.view, state="running")
            self._run(training)

    def _run(self, training: _Training) -> None:
        """Have a process train, and take what it tells until it ends or has to."""
        try:
            with tempfile.TemporaryDirectory(prefix="fingers-training-") as folder:
                trouble = self._listen(training, Path(folder))
                exported = _exported(Path(folder))
        except OSError as error:
            _log.warning("A training could not be done: %s", error)
            trouble, exported = f"The training could not be done: {error.strerror}.", None
        except Exception:
            # A defect costs one training, not all that wait.
            _log.exception("A training broke off")
            trouble, exported = "The training broke off unforeseen. Start it again.", None
        with self._lock:
            state: State = "finished"
            if training.unwanted:
                state, trouble = "stopped", ""
            elif trouble or training.view.learned is None:
                state = "failed"
            training.process = None
            training.view = replace(
                training.view,
                state=state,
                trouble=trouble,
                exported=exported if state == "finished" else None,
                seconds=self._clock() - training.began,
            )

    def _listen(self, training: _Training, folder: Path) -> str:
        """What went wrong, for people; empty where nothing did."""
        child = ChildProcess(self._command_of(training.view.request, folder))
        try:
            with self._lock:
                training.process = child.identifier
            while not child.silent:
                for line in child.lines(self.limits.poll):
                    self._take(training, line)
                if self._is_unwanted(training):
                    return ""
                if self._clock() - training.began > self.limits.seconds:
                    return (
                        f"Ended after {self.limits.seconds / 60:.0f} minutes, the most that one "
                        "training may take here. Choose fewer images or epochs."
                    )
            return self._trouble_of(training, child.exit_status())
        except (MessageError, FloodError) as error:
            _log.warning("A training's process was not understood: %s", error)
            return "The training told what was not understood, and was ended. Start it again."
        finally:
            child.end()

    def _take(self, training: _Training, line: bytes) -> None:
        message = from_line(line)
        with self._lock:
            view = training.view
            if isinstance(message, Batch):
                training.batches.append(message)
            elif isinstance(message, EpochDone):
                training.view = replace(view, epochs=(*view.epochs, message.figures))
            elif isinstance(message, Drawing):
                training.view = replace(view, drawing=message)
            elif isinstance(message, Started):
                training.view = replace(view, started=message)
            elif isinstance(message, Learned):
                training.view = replace(view, learned=message)
            elif isinstance(message, Refused):
                training.view = replace(view, trouble=message.reason)

    def _is_unwanted(self, training: _Training) -> bool:
        with self._lock:
            self._forget_unasked()
            return training.unwanted

    def _trouble_of(self, training: _Training, status: int | None) -> str:
        told = training.view.trouble
        if status != 0:
            _log.warning("A training's process ended with status %s", status)
        # Whatever happens after a training has ended, its result stands.
        if told or training.view.learned is not None:
            return told
        if status is not None and status < 0:
            return (
                f"The training's process was ended from outside (signal {-status}), perhaps for "
                "want of memory. Start it again, with fewer images."
            )
        return "The training broke off unforeseen; the server's log says why. Start it again."


def _exported(folder: Path) -> bytes | None:
    """The model that a training left; None where it left none, or too large a one."""
    path = folder / SERVING_FILE
    if not path.is_file() or path.stat().st_size > MAX_MODEL_BYTES:
        return None
    return path.read_bytes()


@cache
def training_queue() -> TrainingQueue:
    """The queue of this process, which ends with it."""
    queue = TrainingQueue()
    atexit.register(queue.close)
    return queue
