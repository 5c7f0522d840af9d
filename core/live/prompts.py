"""Prompts, which a person shows to the camera, and the app's observations."""

import random
from dataclasses import dataclass
from itertools import pairwise

from core.common.types import FINGER_COUNTS, SIDES, Side
from core.hands.prediction import Prediction

LONGEST_PAUSE = 4.0
"""Seconds between two frames; after a longer pause a stopwatch starts again, as the camera was off.
A page waits 3 s for an answer before it sends the next frame, so a slow server causes no pause."""


@dataclass(frozen=True)
class Prompt:
    """What to show: a count with the person's left or right hand."""

    fingers: int
    side: Side

    def __post_init__(self) -> None:
        if self.fingers not in FINGER_COUNTS or self.side not in SIDES:
            raise ValueError(f"no hand shows this: {self}")


@dataclass(frozen=True)
class Observation:
    """The app's answer for one hand, None where not sure, and the highest probabilities."""

    fingers: int | None
    side: Side | None
    fingers_probability: float
    side_probability: float

    @classmethod
    def of(cls, prediction: Prediction) -> "Observation":
        """The answer that a prediction gives."""
        return cls(
            None if prediction.fingers_unsure else prediction.fingers,
            None if prediction.side_unsure else prediction.side,
            max(prediction.fingers_probabilities),
            max(prediction.side_probabilities),
        )

    def fulfils(self, prompt: Prompt) -> bool:
        """Whether count and side are the ones asked for."""
        return (self.fingers, self.side) == (prompt.fingers, prompt.side)


def all_prompts(seed: int) -> tuple[Prompt, ...]:
    """Every count with either hand, each once, never the same count twice in a row."""
    generator = random.Random(seed)
    order = [Prompt(fingers, side) for fingers in FINGER_COUNTS for side in SIDES]
    while True:
        generator.shuffle(order)
        if all(one.fingers != other.fingers for one, other in pairwise(order)):
            return tuple(order)


@dataclass(frozen=True)
class Stopwatch:
    """Measures time by the frames of a camera: when the first and the newest one were taken."""

    started: float | None = None
    newest: float | None = None

    def at(self, now: float) -> "Stopwatch":
        """The stopwatch at a new frame, taken at ``now`` in seconds of any clock.

        It restarts after a pause, or if the clock went back.
        """
        if self.newest is None or not 0 <= now - self.newest <= LONGEST_PAUSE:
            return Stopwatch(now, now)
        return Stopwatch(self.started, now)

    @property
    def seconds(self) -> float:
        """From the first frame to the newest one."""
        if self.started is None or self.newest is None:
            return 0.0
        return self.newest - self.started
