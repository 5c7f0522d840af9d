"""What a server did since it started, in numbers alone: no picture, no name, no address."""

import threading
from bisect import bisect_left
from collections import Counter
from enum import StrEnum

MILLISECONDS = (5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 400.0, 1000.0, 2000.0)
"""Upper bounds of the classes of answer times; the last class has none."""


class Event(StrEnum):
    """What is counted."""

    FRAME = "frames_answered"
    PHOTO = "photos_answered"
    BUSY = "turned_away_busy"
    UNREADABLE = "unreadable"
    ERROR = "errors"


class ServerMetrics:
    """Counts of events and the times of answers, shared by threads, of constant size."""

    def __init__(self) -> None:
        """Nothing counted yet."""
        self._events: Counter[Event] = Counter()
        self._times = [0] * (len(MILLISECONDS) + 1)
        self._total = 0.0
        self._lock = threading.Lock()

    def count(self, event: Event, milliseconds: float | None = None) -> int:
        """Count one event, and the time of an answer; returns how many answers there were."""
        with self._lock:
            self._events[event] += 1
            if milliseconds is not None:
                self._times[bisect_left(MILLISECONDS, milliseconds)] += 1
                self._total += milliseconds
            return sum(self._times)

    def snapshot(self) -> dict[str, int | float | None]:
        """All counts by name, with the mean and bounds of the median and the 95th percentile.

        The times are milliseconds from the server's taking up of a picture to its answer; None
        where nothing was answered, or where the answer took longer than the last bound.
        """
        with self._lock:
            events, times, total = dict(self._events), list(self._times), self._total
        answers = sum(times)
        counts: dict[str, int | float | None] = {
            str(event): events.get(event, 0) for event in Event
        }
        return counts | {
            "milliseconds_mean": round(total / answers, 3) if answers else None,
            "milliseconds_median_at_most": _bound(times, 0.5),
            "milliseconds_p95_at_most": _bound(times, 0.95),
        }


def _bound(times: list[int], share: float) -> float | None:
    """The upper bound of the class in which that share of the answers is reached."""
    wanted = share * sum(times)
    reached = 0
    for count, bound in zip(times, MILLISECONDS, strict=False):
        reached += count
        if reached and reached >= wanted:
            return bound
    return None


COUNTERS = ServerMetrics()
"""Of this process."""
