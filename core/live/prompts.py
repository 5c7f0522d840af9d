"""Prompts, which a person shows to the camera, and the app's observations.

The browser picks the prompts and judges what is shown: ``ui/live/judge.js``.
"""

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from core.common.serialization import Share
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


ALL_PROMPTS = tuple(Prompt(fingers, side) for fingers in FINGER_COUNTS for side in SIDES)


@dataclass(frozen=True)
class Observation:
    """The app's answer for one hand, None where not sure, and the highest probabilities."""

    fingers: Annotated[int, Meta(ge=0, le=5)] | None
    side: Side | None
    fingers_probability: Share
    side_probability: Share

    @classmethod
    def of(cls, prediction: Prediction) -> "Observation":
        """The answer that a prediction gives."""
        return cls(
            None if prediction.fingers_unsure else prediction.fingers,
            None if prediction.side_unsure else prediction.side,
            max(prediction.fingers_probabilities),
            max(prediction.side_probabilities),
        )
