"""The process that decodes untrusted photos: it forks a child with hard limits for each of them.

It runs as ``python -m core.images.decode_worker DESCRIPTOR``, started by ``isolated_decoding``. The
descriptor is its end of a socket pair over which the app passes one connected socket for each
photo. The child sends its ``PROCESS_ID``, reads the file from that socket up to its end, and
answers with ``REPLY``, followed by the pixels or by the words of an error. The socket of a child
that a limit ends is closed without an answer.
"""

import gc
import os
import resource
import signal
import socket
import struct
import sys
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np

from core.images.decoding import MAX_BYTES, PhotoError, decode_photo

PROCESS_ID = struct.Struct("<I")

REPLY = struct.Struct("<BIIII")
"""Kind; height and width in pixels, or 0 and the length of an error; then the original's width and
height, 0 if it was not decoded smaller."""

PHOTO, PREPARED, ERROR = range(3)
"""Kinds of a reply."""

MAX_MEMORY = 190 * 1024**2
"""Bytes of address space that a child may take beyond the 50 MB that are loaded before it forks: a
HEIC of 24 megapixels or a WebP of 12 takes 180."""

MAX_SECONDS = 2
"""From its start to its end, and of the processors."""

_NICENESS = 5
"""Live frames are read first: their senders wait for each of them."""


def main(descriptor: int) -> None:
    """Fork a child for each socket that arrives, until the app closes its end."""
    cv2.setNumThreads(1)
    # Imports what Pillow imports late, for the children to share.
    decode_photo(cv2.imencode(".png", np.zeros((16, 16), np.uint8))[1].tobytes())
    # Children are reaped by the kernel.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # Ctrl+C in a terminal reaches the whole group; the app closes its end when it stops.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Pages that collections do not touch stay shared with the children.
    gc.collect()
    gc.freeze()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most_memory = pages * resource.getpagesize() + MAX_MEMORY
    control = socket.socket(fileno=descriptor)
    while True:
        _, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not descriptors:
            return
        connection = socket.socket(fileno=descriptors[0])
        if os.fork() == 0:
            control.close()
            _answer(connection, most_memory)
        connection.close()


def _answer(connection: socket.socket, most_memory: int) -> None:
    """Decode one photo within limits, and exit."""
    status = 1
    try:
        _limit(most_memory)
        connection.sendall(PROCESS_ID.pack(os.getpid()))
        with connection.makefile("rb") as file:
            content = file.read(MAX_BYTES + 1)
        try:
            photo = decode_photo(content)
        except PhotoError as error:
            words = str(error).encode()
            connection.sendall(REPLY.pack(ERROR, 0, len(words), 0, 0) + words)
        else:
            kind = PREPARED if photo.prepared else PHOTO
            original = photo.original_size or (0, 0)
            connection.sendall(REPLY.pack(kind, photo.height, photo.width, *original))
            connection.sendall(photo.pixels.data)
        status = 0
    finally:
        # Not sys.exit, which would go on in the parent's loop.
        os._exit(status)


def _limit(most_memory: int) -> None:
    for limit, most in (
        (resource.RLIMIT_AS, most_memory),
        (resource.RLIMIT_CPU, MAX_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    # Its default action ends the process, whatever a decoder is doing.
    signal.alarm(MAX_SECONDS)
    os.nice(_NICENESS)
    # Where the memory of the machine or container runs out, this process is ended, not the app.
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    # Decoders write warnings about a file here; the log is not for what visitors send.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stderr.fileno())


if __name__ == "__main__":
    main(int(sys.argv[1]))
