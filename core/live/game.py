"""The game: the app asks for a count and a hand, and measures the time until they are shown."""

from dataclasses import dataclass
from statistics import median
from typing import Annotated

from msgspec import Meta

from core.live.prompts import Prompt

ROUNDS = 10

HELD = 0.3
"""Seconds for which a hand must be shown before it counts: between a fist and five fingers a hand
shows all counts in between."""

LONGEST_ROUND = 3600.0
"""Seconds; a longer one counts as skipped, and a browser that tells of it is not believed."""


@dataclass(frozen=True)
class Round:
    """A finished round: the seconds until its prompt was shown; None if it was skipped."""

    prompt: Prompt
    seconds: Annotated[float, Meta(ge=0, le=LONGEST_ROUND)] | None


@dataclass(frozen=True)
class Game:
    """The finished rounds of a game, by the number that the browser gave it."""

    number: int
    rounds: tuple[Round, ...] = ()

    def with_round(self, finished: Round) -> "Game":
        """The game with one more round; unchanged if it is over or asked for that already."""
        asked = {each.prompt for each in self.rounds}
        if len(self.rounds) == ROUNDS or finished.prompt in asked:
            return self
        return Game(self.number, (*self.rounds, finished))

    @property
    def times(self) -> tuple[float, ...]:
        """Seconds of the rounds that were not skipped."""
        return tuple(each.seconds for each in self.rounds if each.seconds is not None)

    @property
    def best(self) -> float | None:
        """The shortest time in seconds; None before the first."""
        return min(self.times, default=None)

    @property
    def median(self) -> float | None:
        """The median time in seconds; None before the first."""
        return median(self.times) if self.times else None
