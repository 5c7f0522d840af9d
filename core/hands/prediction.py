"""The models' prediction for one hand, and whether they are confident of it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.common.types import FACES, FINGER_COUNTS, FINGER_NAMES, SIDES, Face, Side

ANSWER_THRESHOLD = 0.6
"""An answer less probable than this, after calibration, is reported as "not sure", unless the
model's card says otherwise."""

MIN_PROBABILITY = 1e-12


def apply_temperature(
    probabilities: npt.NDArray[np.float64], temperature: float
) -> npt.NDArray[np.float64]:
    """(…, classes) probabilities whose logarithms are divided by a temperature, normalised again.

    A temperature of 1 changes nothing; more makes them less confident.
    """
    logits = np.log(np.maximum(probabilities, MIN_PROBABILITY)) / temperature
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=-1, keepdims=True))


@dataclass(frozen=True)
class HandDetails:
    """What a model predicts for a hand beyond its count and side.

    Attributes:
        hand: probability that it is a hand at all.
        face_probabilities: in the order of ``FACES``, calibrated.
        extended: probability of each finger being extended, in the order of ``FINGER_NAMES``.
        joints: (x, y) of the 21 landmarks in MediaPipe's order, in pixels of the preprocessed
            image.
    """

    hand: float
    face_probabilities: tuple[float, ...]
    extended: tuple[float, ...]
    joints: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        if len(self.face_probabilities) != len(FACES) or len(self.extended) != len(FINGER_NAMES):
            raise ValueError(f"not the details of one hand: {self}")
        if not all(0 <= p <= 1 for p in (self.hand, *self.face_probabilities, *self.extended)):
            raise ValueError(f"probabilities are 0 to 1: {self}")

    @property
    def face(self) -> Face:
        """The more probable face of the hand."""
        return FACES[self.face_probabilities.index(max(self.face_probabilities))]


@dataclass(frozen=True)
class Prediction:
    """The models' answer for one hand: calibrated probabilities of the counts and of ``SIDES``.

    An answer less probable than the threshold is reported as "not sure".
    """

    fingers_probabilities: tuple[float, ...]
    side_probabilities: tuple[float, ...]
    threshold: float = ANSWER_THRESHOLD
    details: HandDetails | None = None

    def __post_init__(self) -> None:
        for probabilities, classes in (
            (self.fingers_probabilities, FINGER_COUNTS),
            (self.side_probabilities, SIDES),
        ):
            if len(probabilities) != len(classes) or not abs(sum(probabilities) - 1) < 1e-3:
                raise ValueError(f"no probabilities of {len(classes)} classes: {probabilities}")

    @property
    def fingers(self) -> int:
        """The most probable count."""
        return max(FINGER_COUNTS, key=self.fingers_probabilities.__getitem__)

    @property
    def side(self) -> Side:
        """The more probable side."""
        return SIDES[self.side_probabilities.index(max(self.side_probabilities))]

    @property
    def fingers_unsure(self) -> bool:
        """Whether the count is reported as "not sure"."""
        return max(self.fingers_probabilities) < self.threshold

    @property
    def side_unsure(self) -> bool:
        """Whether the side is reported as "not sure"."""
        return max(self.side_probabilities) < self.threshold

    @property
    def unsure(self) -> bool:
        """Whether the count or the side is reported as "not sure"."""
        return self.fingers_unsure or self.side_unsure
