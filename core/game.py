"""The game: the app asks for a count and a hand, and takes the time until it is shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from core.tasks import Stopwatch, Task, Told, all_tasks

ROUNDS = 10

HELD = 0.3
"""Seconds for which a hand is shown without a break before it counts: on its way from a fist to
five fingers a hand shows all counts between."""


@dataclass(frozen=True)
class Round:
    """A round that is over.

    Attributes:
        task: what was asked.
        seconds: until it was shown; None where it was skipped.
    """

    task: Task
    seconds: float | None


@dataclass(frozen=True)
class Game:
    """A game at one moment; each frame and each skip gives the next.

    Attributes:
        tasks: of all rounds.
        rounds: those that are over.
        watch: the time of the round that is on.
        shown: seconds into this round since which its task is shown without a break.
    """

    tasks: tuple[Task, ...]
    rounds: tuple[Round, ...] = ()
    watch: Stopwatch = field(default_factory=Stopwatch)
    shown: float | None = None

    def __post_init__(self) -> None:
        if len(self.rounds) > len(self.tasks):
            raise ValueError(f"{len(self.rounds)} rounds of {len(self.tasks)} tasks")

    @property
    def task(self) -> Task | None:
        """What is asked now; None where the game is over."""
        return None if self.over else self.tasks[len(self.rounds)]

    @property
    def over(self) -> bool:
        """Whether every round is over."""
        return len(self.rounds) == len(self.tasks)

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

    def watched(self, hands: Sequence[Told], now: float) -> "Game":
        """The game after a frame.

        Args:
            hands: what is told of it; one of them must be the one asked for. What the first frame
                of a round shows is not asked in it.
            now: when it was taken, in seconds of any clock.
        """
        task = self.task
        if task is None:
            return self
        watch = self.watch.at(now)
        if watch.started != self.watch.started:
            return Game(self._tasks_for(hands), self.rounds, watch)
        if not _is_shown(task, hands):
            return replace(self, watch=watch, shown=None)
        shown = watch.seconds if self.shown is None else self.shown
        if watch.seconds - shown >= HELD:
            return self._after(Round(task, shown))
        return replace(self, watch=watch, shown=shown)

    def skipped(self) -> "Game":
        """The game without this round."""
        return self if self.task is None else self._after(Round(self.task, None))

    def _tasks_for(self, hands: Sequence[Told]) -> tuple[Task, ...]:
        """The tasks, with one next that no hand shows yet: there is no time to take of others."""
        over, coming = self.tasks[: len(self.rounds)], self.tasks[len(self.rounds) :]
        unasked = (task for task in all_tasks(0) if task not in self.tasks)
        for task in (*coming, *unasked):
            if not _is_shown(task, hands):
                others = (each for each in coming if each != task)
                return (*over, *(task, *others)[: len(coming)])
        return self.tasks

    def _after(self, finished: Round) -> "Game":
        return Game(self.tasks, (*self.rounds, finished))


def _is_shown(task: Task, hands: Sequence[Told]) -> bool:
    return any(hand.fulfils(task) for hand in hands)


def new_game(seed: int) -> Game:
    """A game whose tasks follow from a seed."""
    return Game(all_tasks(seed)[:ROUNDS])
