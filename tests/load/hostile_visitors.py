"""Visitors who send what costs a server most, as fast as it takes it, in a process of their own."""

import asyncio
import base64
import itertools
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing import get_context

from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from core.images.decoding import MAX_BYTES
from tests.helpers.costly_photos import costly_frames, costly_photos
from tests.helpers.sessions import answers_to, open_for_photos, with_photo
from tests.helpers.uploads import upload
from tests.load.live_visitor import visit
from ui.navigation import find_pages, name_of

_PATIENCE = 30.0
_PHOTOS_AT_ONCE = 56
_FLOOD_PAUSE = 0.05

Attack = Callable[[int, float], None]
"""Takes the port of the server and for how many seconds to go on."""


@contextmanager
def hostile_visitors(port: int, count: int, seconds: float) -> Iterator[None]:
    """That many attack the server at once; the first six each in another way."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as processes:
        attacking = processes.submit(_attack_together, port, count, seconds)
        yield
        attacking.result()


def _attack_together(port: int, count: int, seconds: float) -> None:
    # The limit of an upload counts the form around the file.
    photos = {name: make()[: MAX_BYTES - 1_000] for name, make in costly_photos().items()}
    attacks: list[Attack] = [
        _send_frames,
        partial(_send_photos, contents=[photos["animated WebP of 40 megapixels"]]),
        partial(_send_photos, contents=[photos["RGBA PNG of 40 megapixels"]]),
        partial(_send_photos, contents=[photos["nothing but FF"]] * _PHOTOS_AT_ONCE),
        _flood,
        partial(_send_photos, contents=list(photos.values())),
    ]
    with ThreadPoolExecutor(count) as threads:
        chosen = itertools.islice(itertools.cycle(attacks), count)
        for attacking in [threads.submit(_persist, each, port, seconds) for each in chosen]:
            attacking.result()


def _persist(attack: Attack, port: int, seconds: float) -> None:
    """Attack until the end, with a new session where the server has ended one."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        with suppress(OSError, TimeoutError, ConnectionClosed):
            attack(port, left)


def _send_frames(port: int, seconds: float) -> None:
    jpeg = dict(costly_frames())["nothing but FF"]
    frame = "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()
    asyncio.run(visit(port, frame, seconds, delay=0.0, reply_timeout=_PATIENCE))


def _send_photos(port: int, seconds: float, contents: list[bytes]) -> None:
    """Upload these again and again, and have all of them read together."""
    end = time.monotonic() + seconds
    with _session(port) as socket:
        session, widget = open_for_photos(socket)
        while time.monotonic() < end:
            address = f"http://127.0.0.1:{port}"
            files = []
            for content in contents:
                if time.monotonic() > end:
                    return
                files.append(upload(address, session, content)[1])
            for _ in answers_to(socket, with_photo(widget, *files), max(_PATIENCE, seconds)):
                if time.monotonic() > end:
                    break


def _flood(port: int, seconds: float) -> None:
    """Ask for all pages in turn, and never wait for one."""
    end = time.monotonic() + seconds
    with _session(port) as socket:
        for page in itertools.cycle(find_pages()):
            if time.monotonic() > end:
                return
            message = BackMsg()
            message.rerun_script.page_name = name_of(page)
            socket.send(message.SerializeToString())
            wait_until = time.monotonic() + _FLOOD_PAUSE
            with suppress(TimeoutError):
                while (left := wait_until - time.monotonic()) > 0:
                    socket.recv(timeout=left, decode=False)


def _session(port: int) -> ClientConnection:
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    return connect(address, subprotocols=[Subprotocol("streamlit")], max_size=None)
