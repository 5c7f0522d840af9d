"""Measures times, as plain data."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

REPETITIONS = 100
PROCESSES = 5


@dataclass(frozen=True)
class Measurement:
    """One figure, a median, and the project's target in words if there is one."""

    name: str
    value: float
    unit: str
    goal: str = ""


def median_milliseconds(action: Callable[[], object], repetitions: int | None = None) -> float:
    """The median time of an action in milliseconds, after a warm-up."""
    action()
    times = []
    for _ in range(repetitions or REPETITIONS):
        started = time.perf_counter()
        action()
        times.append(time.perf_counter() - started)
    return median(times) * 1e3
