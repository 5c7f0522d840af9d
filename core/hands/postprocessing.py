"""Turns the hand classifier's outputs into calibrated probabilities and one hand score."""

from dataclasses import asdict, dataclass

import numpy as np

from core.artifacts.cards import PhotoFacts
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
    """Temperatures by which logits are divided, fitted on held-out photos.

    An answer less probable than ``answer`` is reported as "not sure".
    """

    count: float = 1.0
    side: float = 1.0
    face: float = 1.0
    answer: float = 0.6

    @classmethod
    def of(cls, facts: PhotoFacts) -> "ClassifierCalibration":
        """The calibration in the hand classifier's card."""
        return cls(**facts.temperatures, answer=facts.thresholds["answer"])


def as_prediction(outputs: Float32Array, calibration: ClassifierCalibration) -> Prediction:
    """The hand classifier's (56,) outputs as calibrated probabilities."""
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
    """Fuses three scores into one calibrated probability of a hand, by two logistic regressions.

    The classifier's first pass sees the detector's box, its second pass the box refined by the
    landmarks. Detections that the first pass rejects get no second pass, which saves time.

    Attributes:
        detector_weight, first_pass_weight, first_pass_bias: of the detector's logit and the
            classifier's logit in the first pass.
        fused_weight, second_pass_weight, bias: of the first regression's logit and the classifier's
            logit in the second pass.
        first_pass_threshold, threshold: minimum probability of a hand after each pass.
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
        """The fusion in the hand classifier's card."""
        return cls(
            **facts.hand_weights,
            first_pass_threshold=facts.thresholds["first_pass"],
            threshold=facts.thresholds["hand"],
        )

    def weights(self) -> dict[str, float]:
        """The fields that a card stores, without the thresholds."""
        return {name: value for name, value in asdict(self).items() if "threshold" not in name}

    def after_first_pass(self, detector_score: float, first_pass_logit: float) -> float:
        """The probability of a hand from the detector's and the logit of the first pass."""
        fused = self.detector_weight * logit(detector_score)
        fused += self.first_pass_weight * first_pass_logit + self.first_pass_bias
        return float(sigmoid(np.float64(fused)))

    def after_second_pass(self, first_pass_score: float, second_pass_score: float) -> float:
        """The probability of a hand from that after the first pass and that of the second."""
        fused = self.fused_weight * logit(first_pass_score)
        fused += self.second_pass_weight * logit(second_pass_score) + self.bias
        return float(sigmoid(np.float64(fused)))


def logit(probability: float) -> float:
    """The inverse of the logistic function, within the precision of 32-bit floats."""
    likely = min(max(probability, 1e-6), 1 - 1e-6)
    return float(np.log(likely / (1 - likely)))
