"""Fits what turns the models' logits into answers, on held-out photos that no training saw.

The webcam sessions and the students of the sign digits are left out here: on them is measured how
honest the answers are.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.common.types import Float32Array
from core.evaluation.calibration import fitted_temperature
from core.hands.background_subtraction import Detection
from core.hands.classifier import HandClassifier
from core.hands.classifier_outputs import BACK, RIGHT, WIDTH
from core.hands.postprocessing import ClassifierCalibration, count_log_probabilities
from core.hands.preprocessing import crop_square
from core.hands_training.test_sets import TestSet, calibration_photos
from core.images.decoding import to_grey

PROPOSAL_THRESHOLD = 0.1
"""The hand detector proposes whatever is more probable; the hand classifier decides."""

HAND_TEMPERATURES = np.round(np.geomspace(0.3, 10, 120), 3)
"""Below 1 too: label smoothing and two voices that are averaged leave the classifier less sure than it
may be."""

WANTED_PRECISION = 0.99
LOWEST_ANSWER, HIGHEST_ANSWER = 0.5, 0.9


@dataclass(frozen=True)
class ClassifierOutputs:
    """What the hand classifier said of labelled hands.

    Attributes:
        answers: (hands, 56) float32.
        fingers, sides, faces: (hands,) the labels, negative where unknown.
    """

    answers: Float32Array
    fingers: npt.NDArray[np.int64]
    sides: npt.NDArray[np.int64]
    faces: npt.NDArray[np.int64]


def read_labelled(classifier: HandClassifier, test_set: TestSet) -> ClassifierOutputs:
    """Read every hand whose box is known in the calibration's photos."""
    answers, labels = [], []
    for photo in calibration_photos(test_set):
        grey = to_grey(photo.photo.pixels)
        for hand in photo.hands:
            if hand.box is None:
                continue
            found = Detection(classifier.first_pass(grey, hand.box).box, 1.0)
            answers.append(classifier.classify(crop_square(photo.photo, found).image))
            labels.append((hand.fingers, hand.side, hand.face))
    table = np.array(labels, np.int64).reshape(-1, 3)
    rows = np.array(answers, np.float32).reshape(-1, WIDTH)
    return ClassifierOutputs(rows, table[:, 0], table[:, 1], table[:, 2])


def calibrate_classifier(classifier: HandClassifier, test_set: TestSet) -> ClassifierCalibration:
    """The temperatures, and the threshold of "not sure".

    Args:
        classifier: the exported hand classifier.
        test_set: held-out photos.
    """
    said = read_labelled(classifier, test_set)
    if not len(said.answers):
        return ClassifierCalibration()
    known = said.fingers >= 0
    logits = count_log_probabilities(said.answers[known])
    count = fitted_temperature(logits, said.fingers[known], HAND_TEMPERATURES)
    probabilities = np.exp(logits / count - np.logaddexp.reduce(logits / count, axis=1)[:, None])
    right = probabilities.argmax(axis=1) == said.fingers[known]
    return ClassifierCalibration(
        count=count,
        side=_of_two(said.answers[:, RIGHT], said.sides),
        face=_of_two(said.answers[:, BACK], said.faces),
        answer=_answer_threshold(probabilities.max(axis=1), right),
    )


def _of_two(logits: Float32Array, labels: npt.NDArray[np.int64]) -> float:
    known = labels >= 0
    if not known.any():
        return 1.0
    two = np.stack([np.zeros(int(known.sum())), logits[known]], axis=1)
    return fitted_temperature(two, labels[known], HAND_TEMPERATURES)


def _answer_threshold(sure: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> float:
    """The lowest at which 99 % of the answers are right, within bounds."""
    order = np.argsort(-sure)
    precision = np.cumsum(right[order]) / np.arange(1, len(sure) + 1)
    good = np.flatnonzero(precision >= WANTED_PRECISION)
    lowest = float(sure[order][good[-1]]) if len(good) else HIGHEST_ANSWER
    return round(float(np.clip(lowest, LOWEST_ANSWER, HIGHEST_ANSWER)), 3)
