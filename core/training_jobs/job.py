"""One training job of the queue, from waiting to its end."""

import logging
import math
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.training_jobs.process import TrainingProcess
from core.training_jobs.request import SERVING_FILE, TrainingRequest
from core.training_jobs.status import MessageError, State, TrainingStatus

MAX_MODEL_BYTES = 16 * 1024 * 1024

CommandOf = Callable[[TrainingRequest, Path], Sequence[str]]
"""Turns a request and an empty folder into a command line."""

Clock = Callable[[], float]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """Limits of the queue.

    Attributes:
        trainings: maximum number of running, waiting and ended but not yet fetched ones.
        seconds: maximum run time of one.
        forgotten_after: seconds after which a training that nobody asks for is abandoned. Browsers
            let hidden pages ask only once a minute.
        poll: seconds between two checks of the clock.
    """

    trainings: int = 8
    seconds: float = 600.0
    forgotten_after: float = 90.0
    poll: float = 0.2


@dataclass(frozen=True)
class Visitor:
    """Who asks for a training.

    Attributes:
        identity: the same in every tab of a browser.
        is_present: tells whether the tab that asked is still open.
    """

    identity: str
    is_present: Callable[[], bool]


class Job:
    """One training; while it runs, only its thread changes its status."""

    def __init__(
        self, request: TrainingRequest, visitor: Visitor, limits: Limits, clock: Clock
    ) -> None:
        self.visitor = visitor
        self.status = TrainingStatus(request, "waiting")
        self.cancelled = False
        self.pid: int | None = None
        self._limits = limits
        self._clock = clock
        self._asked = self._began = clock()

    def asked_for(self) -> None:
        """Note that somebody has asked for its status."""
        self._asked = self._clock()

    def abandon(self) -> None:
        """Give it up as if nobody had asked for it for too long."""
        self._asked = -math.inf

    @property
    def abandoned(self) -> bool:
        """Whether nobody has asked for it for too long."""
        return self._clock() - self._asked > self._limits.forgotten_after

    def begin(self) -> None:
        """Mark it as running; ``run`` follows."""
        self._began = self._clock()
        self.status = replace(self.status, state="running")

    def run(self, command_of: CommandOf) -> None:
        """Train in a process, and follow its messages until it ends or must be ended."""
        exported = None
        try:
            with tempfile.TemporaryDirectory(prefix="fingers-training-") as folder:
                error = self._follow(command_of(self.status.request, Path(folder)))
                exported = _exported(Path(folder))
        except OSError as failure:
            _log.warning("A training could not be run: %s", failure)
            error = f"The training could not be run: {failure.strerror}."
        except Exception:  # noqa: BLE001
            # A bug must cost only this training, not all that are waiting.
            _log.exception("A training failed")
            error = "The training ended unexpectedly. Start it again."
        state: State = "finished"
        if self.cancelled:
            state, error = "stopped", ""
        elif error or self.status.finished is None:
            state = "failed"
        self.pid = None
        self.status = replace(
            self.status,
            state=state,
            error=error,
            exported=exported if state == "finished" else None,
            seconds=self._clock() - self._began,
        )

    def _follow(self, command: Sequence[str]) -> str:
        """The error message for visitors; empty if nothing went wrong."""
        process = TrainingProcess(command)
        try:
            self.pid = process.pid
            for message in process.messages(self._limits.poll):
                status = self.status if message is None else self.status.after(message)
                self.status = replace(status, seconds=self._clock() - self._began)
                self.cancelled = self.cancelled or self.abandoned
                if self.cancelled:
                    return ""
                if self.status.seconds > self._limits.seconds:
                    return (
                        f"Stopped after {self._limits.seconds / 60:.0f} minutes, the longest that "
                        "a training may take here. Choose fewer images or epochs."
                    )
            return self._error_of(process.exit_status())
        except MessageError as error:
            _log.warning("A training was ended because of its messages: %s", error)
            return "The training's messages could not be understood. Start it again."
        finally:
            process.close()

    def _error_of(self, exit_status: int | None) -> str:
        if exit_status != 0:
            _log.warning("A training's process ended with status %s", exit_status)
        # Once a training has finished, its result stands, whatever happens afterwards.
        if self.status.error or self.status.finished is not None:
            return self.status.error
        if exit_status is not None and exit_status < 0:
            return (
                f"The training's process was killed (signal {-exit_status}), perhaps because "
                "memory ran out. Start it again with fewer images."
            )
        return "The training ended unexpectedly; the server's log says why. Start it again."


def _exported(folder: Path) -> bytes | None:
    """The exported model of a training; None if there is none, or it is too large."""
    path = folder / SERVING_FILE
    if not path.is_file() or path.stat().st_size > MAX_MODEL_BYTES:
        return None
    return path.read_bytes()
