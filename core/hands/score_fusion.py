"""How sure it is that a place shows a hand: the scores of detector and classifier, fused."""

from dataclasses import dataclass

import numpy as np

from core.artifacts.cards import PhotoFacts
from core.hands.postprocessing import logit, sigmoid


@dataclass(frozen=True)
class ScoreFusion:
    """Three scores become one calibrated probability, by two logistic regressions.

    The classifier's first pass sees the detector's box, its second pass the box refined by the
    joints. What the first pass rejects gets no second one, which saves its time.

    Attributes:
        detector_weight, first_pass_weight, first_pass_bias: of the detector's logit and the
            classifier's logit in the first pass.
        fused_weight, second_pass_weight, bias: of the logit that follows from these, and of the
            classifier's logit in the second pass.
        first_pass_threshold: a place that is less probably a hand after the first pass is dropped.
        threshold: a place that is less probably a hand in the end is not reported.
    """

    detector_weight: float = 0.5
    first_pass_weight: float = 0.5
    first_pass_bias: float = 0.0
    fused_weight: float = 0.5
    second_pass_weight: float = 0.5
    bias: float = 0.0
    first_pass_threshold: float = 0.1
    threshold: float = 0.5

    @classmethod
    def of(cls, facts: PhotoFacts) -> "ScoreFusion":
        """The fusion that the hand classifier's card holds."""
        return cls(
            **facts.hand_weights,
            first_pass_threshold=facts.thresholds["first_pass"],
            threshold=facts.thresholds["hand"],
        )

    def weights(self) -> dict[str, float]:
        """What a card keeps of it beside the thresholds."""
        return {
            "detector_weight": self.detector_weight,
            "first_pass_weight": self.first_pass_weight,
            "first_pass_bias": self.first_pass_bias,
            "fused_weight": self.fused_weight,
            "second_pass_weight": self.second_pass_weight,
            "bias": self.bias,
        }

    def after_first_pass(self, detector_score: float, first_pass_logit: float) -> float:
        """How probably a place shows a hand, before it is classified.

        Args:
            detector_score: the detector's probability.
            first_pass_logit: the classifier's logit of a hand in the first pass.
        """
        fused = self.detector_weight * logit(detector_score)
        fused += self.first_pass_weight * first_pass_logit + self.first_pass_bias
        return float(sigmoid(np.float64(fused)))

    def after_second_pass(self, first_pass_score: float, second_pass_score: float) -> float:
        """How probably a place shows a hand, once it is classified.

        Args:
            first_pass_score: what ``after_first_pass`` returned.
            second_pass_score: the classifier's probability of a hand in the second pass.
        """
        fused = self.fused_weight * logit(first_pass_score)
        fused += self.second_pass_weight * logit(second_pass_score) + self.bias
        return float(sigmoid(np.float64(fused)))
