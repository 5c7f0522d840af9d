"""What the models say of one hand, and whether they are sure enough to say it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.types import FINGER_COUNTS, SIDES, Side

ANSWER_THRESHOLD = 0.6
"""An answer that is less probable than this, after calibration, is told as "not sure"."""

SMALLEST_PROBABILITY = 1e-12


def soften(probabilities: npt.NDArray[np.float64], temperature: float) -> npt.NDArray[np.float64]:
    """Divide the logarithms of probabilities by a temperature and normalise again.

    Args:
        probabilities: (…, classes), each row summing to 1.
        temperature: 1 changes nothing; more makes them less sure.
    """
    logits = np.log(np.maximum(probabilities, SMALLEST_PROBABILITY)) / temperature
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    softened: npt.NDArray[np.float64] = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return softened


@dataclass(frozen=True)
class Prediction:
    """The models' answer for one hand.

    Attributes:
        fingers_probabilities: of the counts 0 to 5, calibrated.
        side_probabilities: of left and right, in the order of ``SIDES``, calibrated.
    """

    fingers_probabilities: tuple[float, ...]
    side_probabilities: tuple[float, ...]

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
        """Whether the count is not sure."""
        return max(self.fingers_probabilities) < ANSWER_THRESHOLD

    @property
    def side_unsure(self) -> bool:
        """Whether the side is not sure."""
        return max(self.side_probabilities) < ANSWER_THRESHOLD

    @property
    def unsure(self) -> bool:
        """Whether the count or the side is not sure."""
        return self.fingers_unsure or self.side_unsure
