"""The trial log of a self-test: what a person showed, and what the app answered."""

from collections.abc import Callable
from dataclasses import dataclass

from core.common.formatting import as_csv
from core.common.metrics import wilson_interval
from core.common.types import FINGER_COUNTS, SIDE_NAMES
from core.live.prompts import Observation, Prompt

POSE_SECONDS = 3.0
"""Seconds from a prompt to the recorded answer: time to show the hand."""

NO_HAND = "no hand"
NOT_SURE = "not sure"

ANSWERS = (*map(str, FINGER_COUNTS), NO_HAND, NOT_SURE)
"""The possible answers for a count, in the order of the matrix's columns."""

MAX_TRIALS = 600
"""A log keeps this many, the newest."""


@dataclass(frozen=True)
class Trial:
    """One shown hand, and the answer for the most confident one that was detected, if any."""

    prompt: Prompt
    observed: Observation | None

    @property
    def answer(self) -> str:
        """The answer for the count, one of ``ANSWERS``."""
        if self.observed is None:
            return NO_HAND
        return NOT_SURE if self.observed.fingers is None else str(self.observed.fingers)

    @property
    def side_answer(self) -> str:
        """The answer for the side, in words."""
        if self.observed is None:
            return NO_HAND
        return NOT_SURE if self.observed.side is None else SIDE_NAMES[self.observed.side]

    @property
    def count_right(self) -> bool:
        """Whether the count was right; "no hand" and "not sure" are not."""
        return self.observed is not None and self.observed.fingers == self.prompt.fingers

    @property
    def side_right(self) -> bool:
        """Whether the side was right."""
        return self.observed is not None and self.observed.side == self.prompt.side


@dataclass(frozen=True)
class Proportion:
    """How many of all trials were right, with the 95% (Wilson) interval of their share."""

    right: int
    trials: int

    def __post_init__(self) -> None:
        if not 0 <= self.right <= self.trials or not self.trials:
            raise ValueError(f"{self.right} of {self.trials} is no share")

    @property
    def share(self) -> float:
        """0 to 1."""
        return self.right / self.trials

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper end, 0 to 1."""
        return wilson_interval(self.share, self.trials)


@dataclass(frozen=True)
class TrialLog:
    """All trials of a self-test, in order."""

    trials: tuple[Trial, ...] = ()

    def with_trial(self, trial: Trial) -> "TrialLog":
        """The log with one more trial; beyond ``MAX_TRIALS`` the oldest is dropped."""
        return TrialLog((*self.trials, trial)[-MAX_TRIALS:])

    @property
    def matrix(self) -> tuple[tuple[int, ...], ...]:
        """(6, 8) number of trials; rows are the counts shown, columns are ``ANSWERS``."""
        rows = [[0] * len(ANSWERS) for _ in FINGER_COUNTS]
        for trial in self.trials:
            rows[trial.prompt.fingers][ANSWERS.index(trial.answer)] += 1
        return tuple(map(tuple, rows))

    @property
    def counts(self) -> Proportion | None:
        """Trials whose count was right; None before the first."""
        return self._share(lambda trial: trial.count_right)

    @property
    def sides(self) -> Proportion | None:
        """Trials whose side was right; None before the first."""
        return self._share(lambda trial: trial.side_right)

    def _share(self, right: Callable[[Trial], bool]) -> Proportion | None:
        if not self.trials:
            return None
        return Proportion(sum(map(right, self.trials)), len(self.trials))

    def as_csv(self) -> bytes:
        """CSV with a header and one line per trial."""
        return as_csv([_row(number, each) for number, each in enumerate(self.trials, start=1)])


def _row(number: int, trial: Trial) -> dict[str, int | str]:
    observed = trial.observed
    return {
        "trial": number,
        "shown count": trial.prompt.fingers,
        "shown hand": SIDE_NAMES[trial.prompt.side],
        "answered count": trial.answer,
        "answered hand": trial.side_answer,
        "count right": "yes" if trial.count_right else "no",
        "hand right": "yes" if trial.side_right else "no",
        "probability of the count": ""
        if observed is None
        else f"{observed.fingers_probability:.4f}",
        "probability of the hand": "" if observed is None else f"{observed.side_probability:.4f}",
    }
