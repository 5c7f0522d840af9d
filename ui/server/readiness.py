"""Whether the server can answer: it reads pictures of its own as it reads a visitor's."""

import resource
import threading
import time
from functools import cache
from pathlib import Path

import cv2

from core.common.errors import UserError
from core.hands.pipeline import recognise
from core.images.decode_worker import MAX_SECONDS as MAX_DECODE_SECONDS
from core.images.decoding import PhotoError
from core.images.frame_decoding import decode_frame
from core.serving.logging import log_error, log_event
from core.serving.scheduler import COST_WEIGHT, BusyError, Client
from core.synthetic.sample_photos import draw_sample
from ui.server.inference import Request
from ui.server.models import ready_recogniser

PROBE_SECONDS = 5.0
"""From one probe to the next; what it found is told until then, however often it is asked for."""

MAX_SECONDS = 1.0
"""In which the photo and the frame must have been read."""

_PATIENCE = 2.0
"""Seconds that a probe may be late on a busy machine."""

_FREE_DESCRIPTORS = 0.1
"""Share of the process's file descriptors that must be free."""


class Readiness:
    """Whether visitors should be sent here; thread-safe.

    Attributes:
        is_draining: whether the server is about to end, and finishes what is under way.
    """

    def __init__(self) -> None:
        self.is_draining = False
        self._trouble: str | None = "starting"
        self._probed = time.monotonic()

    @property
    def trouble(self) -> str | None:
        """A fixed word for why nothing can be answered; None where all is well."""
        if self.is_draining:
            return "draining"
        is_late = self.age > PROBE_SECONDS + MAX_SECONDS + _PATIENCE
        return "slow" if self._trouble is None and is_late else self._trouble

    @property
    def age(self) -> float:
        """Seconds since the last probe ended."""
        return time.monotonic() - self._probed

    def watch(self) -> None:
        """Probe now, and every few seconds from now on."""
        self.probe()
        threading.Thread(target=self._keep_probing, name="readiness", daemon=True).start()

    def _keep_probing(self) -> None:
        while True:
            time.sleep(PROBE_SECONDS)
            self.probe()

    def probe(self) -> None:
        """Find out, and log what changed."""
        trouble, cause = _trouble()
        if trouble != self._trouble:
            log_event("ready" if trouble is None else "not ready", reason=trouble, cause=cause)
        self._trouble = trouble
        self._probed = time.monotonic()


def _trouble() -> tuple[str | None, str | None]:
    """A fixed word for what is wrong, and what the log tells of it, which is no visitor's."""
    if _descriptors_run_out():
        return "descriptors", None
    started = time.monotonic()
    try:
        _read_own_pictures()
    except BusyError:
        return "busy", None
    except PhotoError as error:
        return "decoding", str(error)
    except UserError as error:
        return "models", str(error)
    except Exception as error:  # noqa: BLE001
        log_error("probe failed", error)
        return "error", None
    return "slow" if time.monotonic() - started > MAX_SECONDS else None, None


def _read_own_pictures() -> None:
    """Read a photo and a frame through the same doors as a visitor's, uncounted.

    Raises:
        BusyError: their turn did not come in time.
        UserError: a model is not trained or its file is damaged, or the photo cannot be decoded.
    """
    recogniser = ready_recogniser()
    request = Request(uploader=uploader_after_one_photo(time.monotonic()))
    request.read_photo(_own_picture(), lambda photo, _seconds: recognise(photo, recogniser))
    request.read_frame(lambda: recognise(decode_frame(_own_picture()), recogniser))


def uploader_after_one_photo(now: float) -> Client:
    """Who waits for one photo of a visitor's, however long it takes, but not for many."""
    return Client(rank=now + COST_WEIGHT * MAX_DECODE_SECONDS)


@cache
def _own_picture() -> bytes:
    return cv2.imencode(".jpg", draw_sample(5, "R", 0, width=160, height=120).pixels)[1].tobytes()


def _descriptors_run_out() -> bool:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    try:
        return sum(1 for _ in Path("/proc/self/fd").iterdir()) > most * (1 - _FREE_DESCRIPTORS)
    except OSError:
        # Not even one is left to count them.
        return True


READINESS = Readiness()
"""Of this process."""
