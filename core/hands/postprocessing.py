"""From the hand classifier's outputs to calibrated probabilities, and to one score of a hand."""

from dataclasses import dataclass

import numpy as np

from core.artifacts.cards import HandModelCard
from core.common.types import IMAGE_SIZE, Float32Array
from core.hands.classifier import (
    BACK,
    EXTENDED,
    HAND,
    LANDMARKS,
    RIGHT,
    count_log_probabilities,
    log_softmax,
    sigmoid,
)
from core.hands.prediction import HandDetails, Prediction


@dataclass(frozen=True)
class ClassifierCalibration:
    """How logits become calibrated probabilities, fitted on held-out photos.

    Attributes:
        count, side, face: temperatures by which the logits are divided.
        answer: an answer that is less probable is reported as "not sure".
    """

    count: float = 1.0
    side: float = 1.0
    face: float = 1.0
    answer: float = 0.6

    @classmethod
    def of(cls, card: HandModelCard) -> "ClassifierCalibration":
        """The calibration that the hand classifier's card holds."""
        return cls(**card.temperatures, answer=card.thresholds["answer"])


def as_prediction(outputs: Float32Array, calibration: ClassifierCalibration) -> Prediction:
    """The hand classifier's outputs as probabilities.

    Args:
        outputs: (56,) logits and landmarks.
        calibration: the temperatures and the threshold of an answer.
    """
    count = np.exp(log_softmax(count_log_probabilities(outputs) / calibration.count))
    right = float(sigmoid(outputs[RIGHT] / calibration.side))
    back = float(sigmoid(outputs[BACK] / calibration.face))
    joints = (outputs[LANDMARKS].reshape(-1, 2) + 1) * (IMAGE_SIZE / 2)
    return Prediction(
        fingers_probabilities=tuple(map(float, count)),
        side_probabilities=(1 - right, right),
        threshold=calibration.answer,
        details=HandDetails(
            hand=float(sigmoid(outputs[HAND])),
            face_probabilities=(1 - back, back),
            extended=tuple(map(float, sigmoid(outputs[EXTENDED]))),
            joints=tuple((float(x), float(y)) for x, y in joints),
        ),
    )


@dataclass(frozen=True)
class ScoreFusion:
    """Three scores become one calibrated probability of a hand, by two logistic regressions.

    The classifier's first pass sees the detector's box, its second pass the box refined by the
    landmarks. What the first pass rejects gets no second one, which saves its time.

    Attributes:
        detector_weight, first_pass_weight, first_pass_bias: of the detector's logit and the
            classifier's logit in the first pass.
        fused_weight, second_pass_weight, bias: of the logit that follows from these, and of the
            classifier's logit in the second pass.
        first_pass_threshold: a detection that is less probably a hand after the first pass is
            dropped.
        threshold: a detection that is less probably a hand in the end is not reported.
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
    def of(cls, card: HandModelCard) -> "ScoreFusion":
        """The fusion that the hand classifier's card holds."""
        return cls(
            **card.hand_weights,
            first_pass_threshold=card.thresholds["first_pass"],
            threshold=card.thresholds["hand"],
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
        """The probability of a hand before the detection is classified in full.

        Args:
            detector_score: the detector's probability.
            first_pass_logit: the classifier's logit of a hand in the first pass.
        """
        fused = self.detector_weight * logit(detector_score)
        fused += self.first_pass_weight * first_pass_logit + self.first_pass_bias
        return float(sigmoid(np.float64(fused)))

    def after_second_pass(self, first_pass_score: float, second_pass_score: float) -> float:
        """The probability of a hand once the detection is classified.

        Args:
            first_pass_score: what ``after_first_pass`` returned.
            second_pass_score: the classifier's probability of a hand in the second pass.
        """
        fused = self.fused_weight * logit(first_pass_score)
        fused += self.second_pass_weight * logit(second_pass_score) + self.bias
        return float(sigmoid(np.float64(fused)))


def logit(probability: float) -> float:
    """The inverse of the logistic function, within the precision of 32-bit floats."""
    likely = min(max(probability, 1e-6), 1 - 1e-6)
    return float(np.log(likely / (1 - likely)))
