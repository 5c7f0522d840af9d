"""One honest visitor with photos, and one who asks whether the server is ready."""

import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import cv2
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from core.synthetic.sample_photos import draw_sample
from tests.helpers.sessions import answers_to, open_for_photos, with_photo
from tests.helpers.uploads import upload

_PAUSE = 2.0
_TIMEOUT = 30.0


@dataclass
class PhotoLog:
    """What they experienced.

    Attributes:
        seconds: from the end of each upload to its answer on the page.
        ready, not_ready: how often the server said so.
    """

    seconds: list[float] = field(default_factory=list)
    ready: int = 0
    not_ready: int = 0


@contextmanager
def photo_visitor(port: int, lasting: float) -> Iterator[PhotoLog]:
    """Send a photo every two seconds for so long; the log is whole at the end of the block."""
    log = PhotoLog()
    visits: tuple[Callable[[int, float, PhotoLog], None], ...] = (_send, _ask)
    with ThreadPoolExecutor(len(visits)) as threads:
        visiting = [threads.submit(visit, port, lasting, log) for visit in visits]
        yield log
        for each in visiting:
            each.result()


def _send(port: int, lasting: float, log: PhotoLog) -> None:
    pixels = cv2.cvtColor(draw_sample(4, "L", 2, 1600, 1200).pixels, cv2.COLOR_RGB2BGR)
    content = cv2.imencode(".jpg", pixels)[1].tobytes()
    end = time.monotonic() + lasting
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    with connect(address, subprotocols=[Subprotocol("streamlit")], max_size=None) as socket:
        session, widget = open_for_photos(socket)
        while time.monotonic() < end:
            _, file = upload(f"http://127.0.0.1:{port}", session, content)
            started = time.monotonic()
            for _ in answers_to(socket, with_photo(widget, file), _TIMEOUT):
                pass
            log.seconds.append(time.monotonic() - started)
            time.sleep(_PAUSE)


def _ask(port: int, lasting: float, log: PhotoLog) -> None:
    end = time.monotonic() + lasting
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=_TIMEOUT):
                log.ready += 1
        except urllib.error.HTTPError:
            log.not_ready += 1
        time.sleep(1)
