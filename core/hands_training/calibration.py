"""Calibrates the hand classifier on held-out photos: temperatures, and the threshold of "not sure".

Datasets not used for calibration are left out: they show how well calibrated the answers are.
"""

import numpy as np
import numpy.typing as npt

from core.artifacts.photo_facts import ClassifierCalibration
from core.common.types import Float32Array
from core.evaluation.calibration import fitted_temperature
from core.hands.classifier import BACK, RIGHT, HandClassifier, count_log_probabilities
from core.hands.postprocessing import UNFITTED_CALIBRATION
from core.hands_training.test_sets import TestSets, calibration_photos
from core.images.decoding import to_grey
from core.images.geometry import crop, square_around
from core.zoo.hand_classifier import OUTPUTS

PROPOSAL_THRESHOLD = 0.1
"""The hand detector proposes anything at least this probable; the hand classifier decides."""

HAND_TEMPERATURES = np.round(np.geomspace(0.3, 10, 120), 3)
"""Also below 1: label smoothing and averaged outputs make the classifier less confident than it
should be."""

WANTED_PRECISION = 0.99
MIN_ANSWER_THRESHOLD, MAX_ANSWER_THRESHOLD = 0.5, 0.9


def _classify_labelled(
    classifier: HandClassifier, test_sets: TestSets
) -> tuple[Float32Array, npt.NDArray[np.int64]]:
    """(hands, 56) outputs for every hand with a known box in the calibration photos.

    Also (hands, 3) labels: counts, sides and faces, negative if unknown.
    """
    outputs, labels = [], []
    for photo in calibration_photos(test_sets):
        grey = to_grey(photo.photo.pixels)
        for hand in photo.hands:
            if hand.box is None:
                continue
            box = classifier.first_pass(grey, hand.box).box
            outputs.append(classifier.classify(crop(grey, square_around(box))))
            labels.append((hand.fingers, hand.side, hand.face))
    rows = np.array(outputs, np.float32).reshape(-1, OUTPUTS)
    return rows, np.array(labels, np.int64).reshape(-1, 3)


def calibrate_classifier(classifier: HandClassifier, test_sets: TestSets) -> ClassifierCalibration:
    """Fit the temperatures and the threshold; returns the defaults if there are no photos."""
    outputs, labels = _classify_labelled(classifier, test_sets)
    if not len(outputs):
        return UNFITTED_CALIBRATION
    fingers, sides, faces = labels.T
    known = fingers >= 0
    logits = count_log_probabilities(outputs[known])
    count = fitted_temperature(logits, fingers[known], HAND_TEMPERATURES)
    probabilities = np.exp(logits / count - np.logaddexp.reduce(logits / count, axis=1)[:, None])
    right = probabilities.argmax(axis=1) == fingers[known]
    return ClassifierCalibration(
        count=count,
        side=_of_two(outputs[:, RIGHT], sides),
        face=_of_two(outputs[:, BACK], faces),
        answer=_answer_threshold(probabilities.max(axis=1), right),
    )


def _of_two(logits: Float32Array, labels: npt.NDArray[np.int64]) -> float:
    known = labels >= 0
    if not known.any():
        return 1.0
    two = np.stack([np.zeros(int(known.sum())), logits[known]], axis=1)
    return fitted_temperature(two, labels[known], HAND_TEMPERATURES)


def _answer_threshold(confidence: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> float:
    """The lowest threshold at which 99% of the answers are right, within bounds."""
    order = np.argsort(-confidence)
    precision = np.cumsum(right[order]) / np.arange(1, len(confidence) + 1)
    good = np.flatnonzero(precision >= WANTED_PRECISION)
    lowest = float(confidence[order][good[-1]]) if len(good) else MAX_ANSWER_THRESHOLD
    return round(float(np.clip(lowest, MIN_ANSWER_THRESHOLD, MAX_ANSWER_THRESHOLD)), 3)
