"""A process whose output is read line by line, in bounds, and that never outlives its classifier."""

import contextlib
import os
import selectors
import subprocess
from collections.abc import Sequence
from pathlib import Path

from core.training_jobs.messages import MAX_LINE

MAX_BYTES = 8 * 1024 * 1024
"""Of all output of one process."""

GRACE_SECONDS = 30.0
"""That a process may take to end once it has closed its output."""

_ROOT = Path(__file__).resolve().parents[2]
_CHUNK = 65_536


class FloodError(Exception):
    """A process writes more than it should."""


class ChildProcess:
    """A process of this program; its errors go where those of its parent go."""

    def __init__(self, command: Sequence[str]) -> None:
        """Start a command in the project's folder.

        Raises:
            OSError: it cannot be started.
        """
        # Standard input stays open as long as this process lives, so that the child knows.
        self._process = subprocess.Popen(
            command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        self._output = self._process.stdout
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._output, selectors.EVENT_READ)
        self._rest = b""
        self._bytes = 0
        self.silent = False
        """Whether it has closed its output."""

    @property
    def identifier(self) -> int:
        """The number by which the system knows the process."""
        return self._process.pid

    def lines(self, seconds: float) -> list[bytes]:
        """What lines it has written, without their ends; waits so long for the first of them.

        Raises:
            FloodError: a line, or all of them, are too long.
        """
        if not self._selector.select(seconds):
            return []
        chunk = os.read(self._output.fileno(), _CHUNK)
        self.silent = not chunk
        self._bytes += len(chunk)
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if len(self._rest) > MAX_LINE or self._bytes > MAX_BYTES:
            raise FloodError(f"{self._bytes:,} bytes, {len(self._rest):,} in an unfinished line")
        return lines

    def exit_status(self) -> int | None:
        """The status it ends with; minus the signal's number where one ended it.

        None where it does not end by itself soon.
        """
        try:
            return self._process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            return None

    def end(self) -> None:
        """End it at once, if it has not ended, and leave nothing of it behind."""
        self._process.kill()
        self._process.wait()
        self._selector.close()
        self._output.close()
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
