"""The game: the app asks for a count and a hand, and measures the time until they are shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from core.live.prompts import Observation, Prompt, Stopwatch, all_prompts

ROUNDS = 10

HELD = 0.3
"""Seconds for which a hand must be shown before it counts: between a fist and five fingers a hand
shows all counts in between."""


@dataclass(frozen=True)
class Round:
    """A finished round: the seconds until its prompt was shown; None if it was skipped."""

    prompt: Prompt
    seconds: float | None


@dataclass(frozen=True)
class Game:
    """The state of a game; each frame and each skip gives the next state.

    The stopwatch is that of this round. At the seconds ``shown`` of it its prompt began to be shown
    without a break.
    """

    prompts: tuple[Prompt, ...]
    rounds: tuple[Round, ...] = ()
    stopwatch: Stopwatch = field(default_factory=Stopwatch)
    shown: float | None = None

    def __post_init__(self) -> None:
        if len(self.rounds) > len(self.prompts):
            raise ValueError(f"{len(self.rounds)} rounds of {len(self.prompts)} prompts")

    @property
    def prompt(self) -> Prompt | None:
        """The current prompt; None if the game is over."""
        return None if self.over else self.prompts[len(self.rounds)]

    @property
    def over(self) -> bool:
        """Whether every round is over."""
        return len(self.rounds) == len(self.prompts)

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

    def updated(self, hands: Sequence[Observation], now: float) -> "Game":
        """The game after a frame, taken at ``now`` in seconds of any clock.

        One of its hands must match the prompt. A round never asks for what its first frame shows.
        """
        prompt = self.prompt
        if prompt is None:
            return self
        stopwatch = self.stopwatch.at(now)
        if stopwatch.started != self.stopwatch.started:
            return Game(self._prompts_for(hands), self.rounds, stopwatch)
        if not _is_shown(prompt, hands):
            return replace(self, stopwatch=stopwatch, shown=None)
        shown = stopwatch.seconds if self.shown is None else self.shown
        if stopwatch.seconds - shown >= HELD:
            return self._after(Round(prompt, shown))
        return replace(self, stopwatch=stopwatch, shown=shown)

    def skipped(self) -> "Game":
        """The game after skipping this round."""
        return self if self.prompt is None else self._after(Round(self.prompt, None))

    def _prompts_for(self, hands: Sequence[Observation]) -> tuple[Prompt, ...]:
        """The prompts, reordered so that the next is not shown already: its time would be 0."""
        over, coming = self.prompts[: len(self.rounds)], self.prompts[len(self.rounds) :]
        unasked = (prompt for prompt in all_prompts(0) if prompt not in self.prompts)
        for prompt in (*coming, *unasked):
            if not _is_shown(prompt, hands):
                others = (each for each in coming if each != prompt)
                return (*over, *(prompt, *others)[: len(coming)])
        return self.prompts

    def _after(self, finished: Round) -> "Game":
        return Game(self.prompts, (*self.rounds, finished))


def _is_shown(prompt: Prompt, hands: Sequence[Observation]) -> bool:
    return any(hand.fulfils(prompt) for hand in hands)


def new_game(seed: int) -> Game:
    """A game with prompts from a seed."""
    return Game(all_prompts(seed)[:ROUNDS])
