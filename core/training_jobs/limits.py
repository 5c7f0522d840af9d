"""How much the queue of trainings takes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """How much the queue takes.

    Attributes:
        trainings: running, waiting, and ended ones that were not fetched yet.
        seconds: that one may run.
        forgotten_after: seconds after which one that nobody asks for is given up. Browsers let
            hidden pages ask only once a minute.
        poll: seconds between two looks at the clock.
    """

    trainings: int = 8
    seconds: float = 600.0
    forgotten_after: float = 90.0
    poll: float = 0.2

    def __post_init__(self) -> None:
        if min(self.trainings, self.seconds, self.forgotten_after, self.poll) <= 0:
            raise ValueError(f"limits are positive: {self}")
