"""Calibrates the hand classifier on held-out photos: temperatures, and the threshold of "not sure".

Datasets not used for calibration are left out: they show how well calibrated the answers are.
"""

from dataclasses import dataclass

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


@dataclass(frozen=True)
class ClassifierOutputs:
    """The hand classifier's outputs for labelled hands.

    Attributes:
        outputs: (hands, 56) float32.
        fingers, sides, faces: (hands,) labels, negative if unknown.
    """

    outputs: Float32Array
    fingers: npt.NDArray[np.int64]
    sides: npt.NDArray[np.int64]
    faces: npt.NDArray[np.int64]


def classify_labelled(classifier: HandClassifier, test_sets: TestSets) -> ClassifierOutputs:
    """The outputs for every hand with a known box in the calibration photos."""
    outputs, labels = [], []
    for photo in calibration_photos(test_sets):
        grey = to_grey(photo.photo.pixels)
        for hand in photo.hands:
            if hand.box is None:
                continue
            box = classifier.first_pass(grey, hand.box).box
            outputs.append(classifier.classify(crop(grey, square_around(box))))
            labels.append((hand.fingers, hand.side, hand.face))
    table = np.array(labels, np.int64).reshape(-1, 3)
    rows = np.array(outputs, np.float32).reshape(-1, OUTPUTS)
    return ClassifierOutputs(rows, table[:, 0], table[:, 1], table[:, 2])


def calibrate_classifier(classifier: HandClassifier, test_sets: TestSets) -> ClassifierCalibration:
    """Fit the temperatures and the threshold; returns the defaults if there are no photos.

    Args:
        classifier: the exported hand classifier.
        test_sets: held-out photos.
    """
    found = classify_labelled(classifier, test_sets)
    if not len(found.outputs):
        return UNFITTED_CALIBRATION
    known = found.fingers >= 0
    logits = count_log_probabilities(found.outputs[known])
    count = fitted_temperature(logits, found.fingers[known], HAND_TEMPERATURES)
    probabilities = np.exp(logits / count - np.logaddexp.reduce(logits / count, axis=1)[:, None])
    right = probabilities.argmax(axis=1) == found.fingers[known]
    return ClassifierCalibration(
        count=count,
        side=_of_two(found.outputs[:, RIGHT], found.sides),
        face=_of_two(found.outputs[:, BACK], found.faces),
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
