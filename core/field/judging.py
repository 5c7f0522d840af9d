"""Whether a place shows a hand: what the finder and two looks of the reader say, put together."""

from dataclasses import dataclass

import numpy as np

from core.cards import FieldCard
from core.field.reading import logit, sigmoid


@dataclass(frozen=True)
class HandCalibration:
    """How three opinions become one honest probability, by two logistic regressions.

    The first look sees the finder's box, the second one the box that the joints drew. What the
    first one refuses is not looked at again, which saves its time.

    Attributes:
        finder, first_look, first_offset: of the finder's and the reader's logit at the first look.
        first, second, offset: of the logit that follows from these, and of the reader's at the
            second look.
        look: what is less probably a hand at the first look gets no second one.
        hand: what is less probably a hand in the end is not reported.
    """

    finder: float = 0.5
    first_look: float = 0.5
    first_offset: float = 0.0
    first: float = 0.5
    second: float = 0.5
    offset: float = 0.0
    look: float = 0.1
    hand: float = 0.5

    @classmethod
    def of(cls, card: FieldCard) -> "HandCalibration":
        """The calibration that the reader's card holds."""
        return cls(**card.hand_weights, look=card.thresholds["look"], hand=card.thresholds["hand"])

    def weights(self) -> dict[str, float]:
        """What a card keeps of it beside the thresholds."""
        return {
            "finder": self.finder,
            "first_look": self.first_look,
            "first_offset": self.first_offset,
            "first": self.first,
            "second": self.second,
            "offset": self.offset,
        }

    def at_first_look(self, finder_score: float, reader_logit: float) -> float:
        """How probably a place shows a hand, before it is read.

        Args:
            finder_score: the finder's probability.
            reader_logit: the reader's logit of a hand.
        """
        common = self.finder * logit(finder_score) + self.first_look * reader_logit
        return float(sigmoid(np.float64(common + self.first_offset)))

    def after_reading(self, at_first_look: float, reader_probability: float) -> float:
        """How probably a place shows a hand, once it was read.

        Args:
            at_first_look: what ``at_first_look`` said.
            reader_probability: of a hand, as the reader says of the image that it read.
        """
        common = self.first * logit(at_first_look) + self.second * logit(reader_probability)
        return float(sigmoid(np.float64(common + self.offset)))
