"""Waiting for what other threads do."""

import time
from collections.abc import Callable

PATIENCE = 20.0
"""Seconds that a busy machine may take."""


def until(holds: Callable[[], bool]) -> None:
    """Wait for a condition."""
    give_up = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < give_up, "it never came to hold"
        time.sleep(0.001)
