"""Decodes untrusted photos in processes of their own, so that no file can stall or fill the app."""

import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from core.common.types import Photo, Uint8Array
from core.images.decode_worker import ERROR, MAX_SECONDS, PREPARED, PROCESS_ID, REPLY
from core.images.decoding import LARGE_PIXELS, MAX_BYTES, PhotoError, decode_photo
from core.serving.scheduler import BusyError

FAIR_SECONDS = 0.6
"""What a photo may take while one waits that comes before it."""

_MAX_WORDS = 1_000
_POLL_MILLISECONDS = 20
_START_SECONDS = 30.0
"""Until the first child is there; half a second on an idle machine."""
_ANSWER_SECONDS = MAX_SECONDS + 0.5
"""In which a photo is read or given up: its child ends sooner, unless a file took it over."""

_ROOT = Path(__file__).resolve().parents[2]

# One thread and one heap: each further one would reserve address space, which is limited.
_SETTINGS = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}


class DecodeServer:
    """The decoding process, started when it is first needed and anew if it ended; thread-safe.

    It ends with the app, whose end of the socket pair the kernel closes. Not ``multiprocessing``,
    whose children would run the app's script again and whose answers are unpickled.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    @property
    def pid(self) -> int | None:
        """The process id; None before the first start."""
        return None if self._process is None else self._process.pid

    def connect(self) -> socket.socket:
        """A socket to a new child.

        Raises:
            OSError: no process can be started.
        """
        ours, theirs = socket.socketpair()
        with theirs, self._lock:
            try:
                if self._process is None or self._process.poll() is not None:
                    self._start()
                assert self._control is not None
                socket.send_fds(self._control, [b"."], [theirs.fileno()])
            except BaseException:
                ours.close()
                raise
        return ours

    def _start(self) -> None:
        if self._control is not None:
            self._control.close()
        self._control, theirs = socket.socketpair()
        with theirs:
            handle = theirs.fileno()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "core.images.decode_worker", str(handle)],
                cwd=_ROOT,
                env=os.environ | _SETTINGS,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[handle],
            )


_SERVER = DecodeServer()


def start_decoding() -> None:
    """Start the decoding process ahead of the first photo.

    Raises:
        OSError: it cannot be started.
    """
    with _SERVER.connect() as connection:
        connection.settimeout(_START_SECONDS)
        connection.recv(PROCESS_ID.size)


def read_photo(path: Path) -> Photo:
    """Read and decode one photo file; in a process with hard limits, where the system has them.

    Args:
        path: of the file.

    Raises:
        PhotoError: there is no such file, or it cannot be read or decoded.
    """
    try:
        if not path.is_file():
            raise PhotoError(f"There is no photo file {path}.")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise PhotoError(f"The photo {path} cannot be read: {error.strerror}.") from error
    return decode_isolated(content) if sys.platform == "linux" else decode_photo(content)


def decode_isolated(content: bytes, is_to_yield: Callable[[], bool] = lambda: False) -> Photo:
    """Decode an untrusted photo as ``decode_photo`` does, in a process with hard limits.

    Args:
        content: the whole file.
        is_to_yield: whether someone waits who comes before this photo; it then ends sooner.

    Raises:
        PhotoError: the file is too large, damaged or in another format, or takes too much time or
            memory.
        BusyError: it was given up for those who wait.
    """
    try:
        with _SERVER.connect() as connection:
            # Includes the time in which the process starts.
            connection.settimeout(_START_SECONDS)
            (process_id,) = PROCESS_ID.unpack(_received(connection, PROCESS_ID.size))
            # Its number may be another process's once it has ended, this handle never is.
            child = os.pidfd_open(process_id)
            try:
                return _decoded_by_child(connection, content, is_to_yield)
            finally:
                with suppress(ProcessLookupError):
                    signal.pidfd_send_signal(child, signal.SIGKILL)
                os.close(child)
    except (OSError, ValueError) as error:
        raise PhotoError(
            "This photo takes too much time or memory to read. Try it again, or "
            "open it in an image program and save it again, smaller or as JPEG."
        ) from error


def _decoded_by_child(
    connection: socket.socket, content: bytes, is_to_yield: Callable[[], bool]
) -> Photo:
    """The photo that a child makes of a file.

    Raises:
        PhotoError: it is none.
        BusyError: it was given up.
        OSError: there is no answer in time.
        ValueError: the answer is malformed or cut off.
    """
    started = time.monotonic()
    connection.settimeout(_ANSWER_SECONDS)
    connection.sendall(content)
    connection.shutdown(socket.SHUT_WR)
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    while not poll.poll(_POLL_MILLISECONDS):
        seconds = time.monotonic() - started
        if seconds > FAIR_SECONDS and is_to_yield():
            raise BusyError
        if seconds > _ANSWER_SECONDS:
            raise TimeoutError
    return _photo(connection, started + _ANSWER_SECONDS)


def _photo(connection: socket.socket, deadline: float) -> Photo:
    """The photo that a child sent; nothing in the answer is trusted.

    Raises:
        PhotoError: it is an error.
        OSError: the answer does not come in time.
        ValueError: it is malformed or cut off.
    """
    reply = _received(connection, REPLY.size, deadline)
    kind, height, width, *original = REPLY.unpack(reply)
    if kind == ERROR:
        words = _received(connection, min(width, _MAX_WORDS), deadline)
        raise PhotoError(words.decode(errors="replace"))
    if height * width > LARGE_PIXELS:
        raise ValueError(f"an answer of {width}×{height} pixels")
    pixels: Uint8Array = np.empty((height, width, 3), np.uint8)
    _receive_into(connection, pixels.reshape(-1).data, deadline)
    return Photo(pixels, kind == PREPARED, (original[0], original[1]) if all(original) else None)


def _received(connection: socket.socket, size: int, deadline: float | None = None) -> bytearray:
    content = bytearray(size)
    _receive_into(connection, memoryview(content), deadline)
    return content


def _receive_into(
    connection: socket.socket, buffer: memoryview, deadline: float | None = None
) -> None:
    while buffer:
        if deadline is not None:
            connection.settimeout(max(deadline - time.monotonic(), 1e-3))
        if (size := connection.recv_into(buffer)) == 0:
            raise ValueError("an answer that is cut off")
        buffer = buffer[size:]
