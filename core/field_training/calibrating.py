"""Fits what turns the models' logits into answers, on held-out photos that no training saw.

The webcam sessions and the students of the sign digits are left out here: on them is measured how
honest the answers are.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.calibration import fitted_temperature
from core.field.finder import HandFinder
from core.field.reader import HandReader
from core.field.reader_answers import BACK, HAND, RIGHT, WIDTH
from core.field.reading import ReaderCalibration, count_log_probabilities, sigmoid
from core.field_training.exam import DRAWN, EMPTY, Exam, ExamPhoto
from core.finding import FoundHand
from core.preparation import prepare_square
from core.types import Float32Array

CALIBRATION_EXAMS = (
    "selfies",
    "room_hands",
    "desk_gestures",
    "finger_combinations",
    "sign_letters",
    DRAWN,
)

FINDER_THRESHOLDS = np.round(np.linspace(0.15, 0.7, 12), 3)
WANTED_PRECISION = 0.99
LOWEST_ANSWER, HIGHEST_ANSWER = 0.5, 0.9
MOST_FALSE_HANDS = 0.01
SMALLEST_HAND, LARGEST_HAND = 0.1, 0.9
"""Bounds of the probability below which the reader's hands are not reported."""


@dataclass(frozen=True)
class ReaderAnswers:
    """What the reader said of labelled hands.

    Attributes:
        answers: (hands, 56) float32.
        fingers, sides, faces: (hands,) the labels, negative where unknown.
    """

    answers: Float32Array
    fingers: npt.NDArray[np.int64]
    sides: npt.NDArray[np.int64]
    faces: npt.NDArray[np.int64]


def read_labelled(reader: HandReader, exam: Exam) -> ReaderAnswers:
    """Read every hand whose box is known in the calibration's photos."""
    answers, labels = [], []
    for name in CALIBRATION_EXAMS:
        for photo in exam.get(name, lambda: iter(()))():
            for hand in photo.hands:
                if hand.box is None:
                    continue
                prepared = prepare_square(
                    photo.photo, FoundHand(hand.box, 1.0), reader.closer_square
                )
                answers.append(reader.answer(prepared.image))
                labels.append((hand.fingers, hand.side, hand.face))
    table = np.array(labels, np.int64).reshape(-1, 3)
    rows = np.array(answers, np.float32).reshape(-1, WIDTH)
    return ReaderAnswers(rows, table[:, 0], table[:, 1], table[:, 2])


def calibrate_reader(reader: HandReader, exam: Exam) -> ReaderCalibration:
    """The temperatures, and the thresholds of "not sure" and "no hand"."""
    said = read_labelled(reader, exam)
    if not len(said.answers):
        return ReaderCalibration()
    known = said.fingers >= 0
    logits = count_log_probabilities(said.answers[known])
    count = fitted_temperature(logits, said.fingers[known])
    probabilities = np.exp(logits / count - np.logaddexp.reduce(logits / count, axis=1)[:, None])
    right = probabilities.argmax(axis=1) == said.fingers[known]
    return ReaderCalibration(
        count=count,
        side=_of_two(said.answers[:, RIGHT], said.sides),
        face=_of_two(said.answers[:, BACK], said.faces),
        answer=_answer_threshold(probabilities.max(axis=1), right),
        hand=_hand_threshold(said),
    )


def _of_two(logits: Float32Array, labels: npt.NDArray[np.int64]) -> float:
    known = labels >= 0
    if not known.any():
        return 1.0
    two = np.stack([np.zeros(int(known.sum())), logits[known]], axis=1)
    return fitted_temperature(two, labels[known])


def _answer_threshold(sure: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> float:
    """The lowest at which 99 % of the answers are right, within bounds."""
    order = np.argsort(-sure)
    precision = np.cumsum(right[order]) / np.arange(1, len(sure) + 1)
    good = np.flatnonzero(precision >= WANTED_PRECISION)
    lowest = float(sure[order][good[-1]]) if len(good) else HIGHEST_ANSWER
    return round(float(np.clip(lowest, LOWEST_ANSWER, HIGHEST_ANSWER)), 3)


def _hand_threshold(said: ReaderAnswers) -> float:
    """As high as 99.5 % of the labelled hands allow, for whatever the finder lets through."""
    lowest = float(np.quantile(sigmoid(said.answers[:, HAND]), 0.005))
    return round(float(np.clip(lowest, SMALLEST_HAND, LARGEST_HAND)), 3)


def choose_finder_threshold(finder: Callable[[float], HandFinder], exam: Exam) -> float:
    """The lowest threshold at which under 1 % of hand-free photos are reported as hands.

    Args:
        finder: makes the finder for a threshold.
        exam: with the hand-free photos.
    """
    photos = list(_some(exam[EMPTY]()))
    lowest = finder(float(FINDER_THRESHOLDS[0]))
    best = [
        max((hand.score for hand in lowest.find(each.photo).hands), default=0.0) for each in photos
    ]
    for threshold in FINDER_THRESHOLDS:
        if np.mean(np.array(best) >= threshold) <= MOST_FALSE_HANDS:
            return float(threshold)
    return float(FINDER_THRESHOLDS[-1])


def _some(photos: Iterator[ExamPhoto]) -> Iterator[ExamPhoto]:
    """Every second one; the others are for measuring."""
    for number, photo in enumerate(photos):
        if number % 2:
            yield photo
