"""Turns the hand classifier's outputs into calibrated probabilities and one hand score."""

import numpy as np

from core.artifacts.photo_facts import ClassifierCalibration, ScoreFusion
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

UNFITTED_CALIBRATION = ClassifierCalibration(count=1.0, side=1.0, face=1.0, answer=0.6)
"""Of a hand classifier for which there are no photos to calibrate it on."""

UNFITTED_FUSION = ScoreFusion(
    detector_weight=0.5,
    first_pass_weight=0.5,
    first_pass_bias=0.0,
    fused_weight=0.5,
    second_pass_weight=0.5,
    bias=0.0,
    first_pass_threshold=0.1,
    threshold=0.5,
)
"""Of a hand classifier for which there are no photos to fit it on."""


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


def score_after_first_pass(
    fusion: ScoreFusion, detector_score: float, first_pass_logit: float
) -> float:
    """The probability of a hand after the classifier's first pass.

    The first pass sees the detector's box, the second one the box refined by the landmarks.
    Detections that the first pass rejects get no second pass, which saves time.
    """
    fused = fusion.detector_weight * logit(detector_score)
    fused += fusion.first_pass_weight * first_pass_logit + fusion.first_pass_bias
    return float(sigmoid(np.float64(fused)))


def score_after_second_pass(
    fusion: ScoreFusion, first_pass_score: float, second_pass_score: float
) -> float:
    """The probability of a hand after the classifier's second pass."""
    fused = fusion.fused_weight * logit(first_pass_score)
    fused += fusion.second_pass_weight * logit(second_pass_score) + fusion.bias
    return float(sigmoid(np.float64(fused)))


def logit(probability: float) -> float:
    """The inverse of the logistic function, within the precision of 32-bit floats."""
    likely = min(max(probability, 1e-6), 1 - 1e-6)
    return float(np.log(likely / (1 - likely)))
