"""Progress of long work, for people who look at a terminal."""

import sys
import time
from collections.abc import Callable
from typing import TextIO

Progress = Callable[[int, int], None]
"""Called with how much is done and how much there is."""


class ProgressLine:
    """Draws progress on one line of a terminal; in a log, as a line every few seconds."""

    def __init__(self, label: str, stream: TextIO | None = None) -> None:
        self._label = label
        self._stream = stream or sys.stderr
        self._on_terminal = self._stream.isatty()
        self._started = time.monotonic()
        self._last_drawn = -1e9

    def __call__(self, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` steps are done."""
        now = time.monotonic()
        pause = 0.1 if self._on_terminal else 10.0
        if done < total and now - self._last_drawn < pause:
            return
        self._last_drawn = now
        remaining = (now - self._started) / max(done, 1) * (total - done)
        text = f"{self._label}: {done:,} of {total:,}, {remaining:.0f} s left"
        if done >= total:
            text = f"{self._label}: {total:,} in {now - self._started:.1f} s"
        if self._on_terminal:
            end = "\n" if done >= total else ""
            self._stream.write(f"\r\x1b[2K{text}{end}")
        else:
            self._stream.write(f"{text}\n")
        self._stream.flush()
