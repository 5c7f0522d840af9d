"""Decodes untrusted photos in processes of their own, so that no file can stall or fill the app."""

import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np

from core.common.types import Photo, Uint8Array
from core.images.decode_worker import ERROR, PREPARED, PROCESS_ID, REPLY
from core.images.decoding import MAX_PIXELS, PhotoError
from core.serving.scheduler import BusyError

FAIR_SECONDS = 1.0
"""What a photo may take while others wait."""

_MAX_WORDS = 1_000
_POLL_MILLISECONDS = 20
_START_SECONDS = 30.0
"""Until the first child is there; half a second on an idle machine."""
_TRANSFER_SECONDS = 5.0
"""For each read or write, which the other end awaits."""

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


def decode_isolated(content: bytes, others_wait: Callable[[], bool] = lambda: False) -> Photo:
    """Decode an untrusted photo as ``decode_photo`` does, in a process with hard limits.

    Args:
        content: the whole file.
        others_wait: whether someone waits for this photo's place; it then ends sooner.

    Raises:
        PhotoError: the file is too large, damaged or in another format, or takes too much time or
            memory.
        BusyError: it was given up for those who wait.
    """
    try:
        with _SERVER.connect() as connection, connection.makefile("rb") as answer:
            # Includes the time in which the process starts.
            connection.settimeout(_START_SECONDS)
            (process_id,) = _unpacked(PROCESS_ID, answer)
            connection.settimeout(_TRANSFER_SECONDS)
            connection.sendall(content)
            connection.shutdown(socket.SHUT_WR)
            try:
                _wait(connection, others_wait)
            except BusyError:
                # It has not closed its end, so this is still its number.
                os.kill(process_id, signal.SIGKILL)
                raise
            return _photo(answer)
    except (OSError, ValueError) as error:
        raise PhotoError(
            "This photo takes too much time or memory to read. "
            "Open it in an image program and save it again, smaller or as JPEG."
        ) from error


def _wait(connection: socket.socket, others_wait: Callable[[], bool]) -> None:
    """Wait until the child answers or was ended.

    Raises:
        BusyError: it takes more than its share of the time while others wait.
    """
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    started = time.monotonic()
    while not poll.poll(_POLL_MILLISECONDS):
        if time.monotonic() - started > FAIR_SECONDS and others_wait():
            raise BusyError


def _photo(answer: BinaryIO) -> Photo:
    """The photo that a child sent; nothing in the answer is trusted.

    Raises:
        PhotoError: it is an error.
        OSError: the answer does not come in time.
        ValueError: it is malformed or cut off.
    """
    kind, height, width, *original = _unpacked(REPLY, answer)
    if kind == ERROR:
        raise PhotoError(answer.read(min(width, _MAX_WORDS)).decode(errors="replace"))
    if height * width > MAX_PIXELS:
        raise ValueError(f"an answer of {width}×{height} pixels")
    pixels: Uint8Array = np.empty((height, width, 3), np.uint8)
    if answer.readinto(pixels.data) != pixels.nbytes:  # type: ignore[attr-defined]
        raise ValueError("an answer without its pixels")
    return Photo(pixels, kind == PREPARED, (original[0], original[1]) if all(original) else None)


def _unpacked(form: struct.Struct, answer: BinaryIO) -> tuple[int, ...]:
    content = answer.read(form.size)
    if len(content) != form.size:
        raise ValueError("an answer that is cut off")
    return form.unpack(content)
