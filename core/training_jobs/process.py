"""A child process that sends bounded messages and never outlives the app."""

import socket
import struct
import subprocess
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from core.training_jobs.status import MAX_MESSAGE_BYTES, Message, MessageError, decoded

MAX_BYTES = 8 * 1024 * 1024
"""Total size of one process's messages."""

GRACE_SECONDS = 30.0
"""Seconds that a process may take to exit after closing its end of the pipe."""

_REST_SECONDS = 2
"""Seconds until the rest of a message must arrive; the worker sends each in one piece."""

_ROOT = Path(__file__).resolve().parents[2]


class TrainingProcess:
    """A running command. Its output is discarded; its errors go to the app's standard error.

    Its last argument is the file descriptor of its end of a pipe, which also shows it when the app
    is gone. Not ``multiprocessing.Process``, whose child would run the app's script again.
    """

    def __init__(self, command: Sequence[str]) -> None:
        """Start a command in the project's folder.

        Raises:
            OSError: it cannot be started.
        """
        # Like multiprocessing.Pipe(), except that reading never waits for a process that hangs.
        ours, theirs = socket.socketpair()
        rest = struct.pack("ll", _REST_SECONDS, 0)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, rest)
        self._connection = Connection(ours.detach())
        with theirs:
            handle = theirs.fileno()
            self._process = subprocess.Popen(
                [*command, str(handle)],
                cwd=_ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[handle],
            )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def messages(self, seconds: float) -> Iterator[Message | None]:
        """Yield its messages until it closes the pipe; None after ``seconds`` without one.

        Raises:
            MessageError: a message is malformed or too long, or all together are too long.
        """
        left = MAX_BYTES
        while True:
            if not self._connection.poll(seconds):
                yield None
                continue
            try:
                data = self._connection.recv_bytes(MAX_MESSAGE_BYTES)
            except EOFError:
                return
            except OSError as error:
                raise MessageError(f"a message too long or cut off ({error})") from error
            left -= len(data)
            if left < 0:
                raise MessageError(f"more than {MAX_BYTES:,} bytes of messages")
            yield decoded(data)

    def exit_status(self) -> int | None:
        """Its exit status, or minus the signal that ended it; None if it does not exit soon."""
        try:
            return self._process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            return None

    def close(self) -> None:
        """Kill it, if it is still running, and clean up."""
        self._process.kill()
        self._process.wait()
        self._connection.close()
