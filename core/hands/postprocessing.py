"""The hand classifier's numbers -> calibrated probabilities of count, side and face."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.artifacts.cards import PhotoFacts
from core.common.types import IMAGE_SIZE, Float32Array
from core.hands.classifier_outputs import BACK, COUNT, EXTENDED, HAND, LANDMARKS, RIGHT
from core.hands.prediction import HandDetails, Prediction

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ClassifierCalibration:
    """How the hand classifier's logits become honest probabilities, fitted on held-out photos.

    Attributes:
        count, side, face: temperatures by which the logits are divided.
        answer: an answer that is less probable is told as "not sure".
    """

    count: float = 1.0
    side: float = 1.0
    face: float = 1.0
    answer: float = 0.6

    @classmethod
    def of(cls, facts: PhotoFacts) -> "ClassifierCalibration":
        """The calibration that a card holds."""
        return cls(**facts.temperatures, answer=facts.thresholds["answer"])


def count_log_probabilities(answers: npt.NDArray[np.floating]) -> FloatArray:
    """(…, 6) what the hand classifier says of the count, uncalibrated, in nats.

    Two voices are heard: the logits of the count and, louder, the count that follows from each
    finger's own probability of being extended (the Poisson binomial distribution).

    Args:
        answers: (…, 56) of the hand classifier.
    """
    logits = np.asarray(answers, np.float64)
    direct = _log_softmax(logits[..., COUNT])
    extended = sigmoid(logits[..., EXTENDED])
    of_count = np.zeros((*extended.shape[:-1], extended.shape[-1] + 1))
    of_count[..., 0] = 1
    for finger in range(extended.shape[-1]):
        up = extended[..., finger, None]
        shifted = np.roll(of_count, 1, axis=-1)
        shifted[..., 0] = 0
        of_count = of_count * (1 - up) + shifted * up
    by_finger = np.log(np.maximum(of_count, 1e-6))
    return _log_softmax((1 - FINGER_WEIGHT) * direct + FINGER_WEIGHT * by_finger)


FINGER_WEIGHT = 0.8
"""Weight of the single fingers in the count; chosen on held-out photos, of eleven from 0 to 1. It
matters little: from first to last, 10 to 14 of 1,464 photos are misread."""


def sigmoid(logits: npt.NDArray[np.floating] | np.floating) -> FloatArray:
    """The logistic function."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -50, 50))), np.float64)


def logit(probability: float) -> float:
    """The logistic function undone, within what 32-bit floats tell apart."""
    likely = min(max(probability, 1e-6), 1 - 1e-6)
    return float(np.log(likely / (1 - likely)))


def _log_softmax(logits: FloatArray) -> FloatArray:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)), np.float64)


def as_prediction(answer: Float32Array, calibration: ClassifierCalibration) -> Prediction:
    """One answer of the hand classifier, in probabilities.

    Args:
        answer: (56,) logits and landmarks.
    """
    count = np.exp(_log_softmax(count_log_probabilities(answer) / calibration.count))
    right = float(sigmoid(answer[RIGHT] / calibration.side))
    back = float(sigmoid(answer[BACK] / calibration.face))
    joints = (answer[LANDMARKS].reshape(-1, 2) + 1) * (IMAGE_SIZE / 2)
    return Prediction(
        fingers_probabilities=tuple(map(float, count)),
        side_probabilities=(1 - right, right),
        threshold=calibration.answer,
        details=HandDetails(
            hand=float(sigmoid(answer[HAND])),
            face_probabilities=(1 - back, back),
            extended=tuple(map(float, sigmoid(answer[EXTENDED]))),
            joints=tuple((float(x), float(y)) for x, y in joints),
        ),
    )
