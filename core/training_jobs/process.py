"""A process of this program that reports by messages, in bounds, and never outlives the app."""

import socket
import struct
import subprocess
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from core.training_jobs.messages import MAX_MESSAGE_BYTES, Message, MessageError, decoded

MAX_BYTES = 8 * 1024 * 1024
"""Of all messages of one process."""

GRACE_SECONDS = 30.0
"""That a process may take to end once it has closed its end of the pipe."""

_REST_SECONDS = 2
"""That the rest of a message may take once it has begun; the worker sends each at once."""

_ROOT = Path(__file__).resolve().parents[2]


class TrainingProcess:
    """A running command. What it prints goes nowhere, its errors where those of the app go.

    It is given the number of its end of a pipe as its last argument, and notices by that pipe when
    the app is gone. Not ``multiprocessing.Process``: its child would run the app's script again.
    """

    def __init__(self, command: Sequence[str]) -> None:
        """Start a command in the project's folder.

        Raises:
            OSError: it cannot be started.
        """
        # As multiprocessing.Pipe(), save that reading never waits for a process that hangs.
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
        """The number by which the system knows the process."""
        return self._process.pid

    def messages(self, seconds: float) -> Iterator[Message | None]:
        """Its messages until it closes the pipe; None after so many seconds without one.

        Raises:
            MessageError: one of them is malformed, or one or all of them are too long.
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
        """The status it ends with, minus the signal's number where one ended it.

        None where it does not end by itself soon.
        """
        try:
            return self._process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            return None

    def close(self) -> None:
        """Kill it, if it has not ended, and leave nothing of it behind."""
        self._process.kill()
        self._process.wait()
        self._connection.close()
