"""Fits what turns the models' logits into answers, on held-out photos that no training saw.

The webcam sessions and the students of the sign digits are left out here: on them is measured how
honest the answers are.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from core.calibration import fitted_temperature
from core.field.finder import HandFinder
from core.field.finder_answers import overlap
from core.field.reader import HandReader, Look
from core.field.reader_answers import BACK, RIGHT, WIDTH
from core.field.reading import ReaderCalibration, count_log_probabilities, logit
from core.field_training.exam import DRAWN, EMPTY, Exam, ExamPhoto
from core.finding import FoundHand
from core.photos import to_grey
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

PROPOSAL_THRESHOLD = 0.1
"""The finder proposes whatever is more probable; the reader decides."""

FIELD_TEMPERATURES = np.round(np.geomspace(0.3, 10, 120), 3)
"""Below 1 too: label smoothing and two voices that are averaged leave the reader less sure than it
may be."""

WANTED_PRECISION = 0.99
LOWEST_ANSWER, HIGHEST_ANSWER = 0.5, 0.9
MOST_FALSE_HANDS = 0.02
LOWEST_HAND, HIGHEST_HAND = 0.2, 0.9
A_HAND, NO_HAND = 0.4, 0.15
"""From and up to which overlap with a labelled box a proposed one counts as a hand or as none."""


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
            grey = to_grey(photo.photo.pixels)
            for hand in photo.hands:
                if hand.box is None:
                    continue
                found = FoundHand(reader.look(grey, hand.box).box, 1.0)
                answers.append(reader.answer(prepare_square(photo.photo, found).image))
                labels.append((hand.fingers, hand.side, hand.face))
    table = np.array(labels, np.int64).reshape(-1, 3)
    rows = np.array(answers, np.float32).reshape(-1, WIDTH)
    return ReaderAnswers(rows, table[:, 0], table[:, 1], table[:, 2])


def calibrate_reader(
    reader: HandReader, finder: HandFinder | None, exam: Exam
) -> ReaderCalibration:
    """The temperatures, and the thresholds of "not sure" and "no hand".

    Args:
        reader: the exported reader.
        finder: whose proposals it judges; None where it is not trained yet.
        exam: held-out photos.
    """
    said = read_labelled(reader, exam)
    if not len(said.answers):
        return ReaderCalibration()
    known = said.fingers >= 0
    logits = count_log_probabilities(said.answers[known])
    count = fitted_temperature(logits, said.fingers[known], FIELD_TEMPERATURES)
    probabilities = np.exp(logits / count - np.logaddexp.reduce(logits / count, axis=1)[:, None])
    right = probabilities.argmax(axis=1) == said.fingers[known]
    fitted = ReaderCalibration(
        count=count,
        side=_of_two(said.answers[:, RIGHT], said.sides),
        face=_of_two(said.answers[:, BACK], said.faces),
        answer=_answer_threshold(probabilities.max(axis=1), right),
    )
    return fitted if finder is None else _with_hands(fitted, reader, finder, exam)


def _of_two(logits: Float32Array, labels: npt.NDArray[np.int64]) -> float:
    known = labels >= 0
    if not known.any():
        return 1.0
    two = np.stack([np.zeros(int(known.sum())), logits[known]], axis=1)
    return fitted_temperature(two, labels[known], FIELD_TEMPERATURES)


def _answer_threshold(sure: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> float:
    """The lowest at which 99 % of the answers are right, within bounds."""
    order = np.argsort(-sure)
    precision = np.cumsum(right[order]) / np.arange(1, len(sure) + 1)
    good = np.flatnonzero(precision >= WANTED_PRECISION)
    lowest = float(sure[order][good[-1]]) if len(good) else HIGHEST_ANSWER
    return round(float(np.clip(lowest, LOWEST_ANSWER, HIGHEST_ANSWER)), 3)


def _with_hands(
    fitted: ReaderCalibration, reader: HandReader, finder: HandFinder, exam: Exam
) -> ReaderCalibration:
    """How both networks' logits tell a hand, and from when on one is reported."""
    rows: list[tuple[float, float, float, bool]] = []
    for name in (*CALIBRATION_EXAMS, EMPTY):
        photos = exam.get(name, lambda: iter(()))()
        for photo in _half(photos, 1) if name == EMPTY else photos:
            truths = [hand.box for hand in photo.hands if hand.box is not None]
            if photo.hands and len(truths) < len(photo.hands):
                continue
            for score, look in _proposals(photo, reader, finder):
                best = max((overlap(look.box, truth) for truth in truths), default=0.0)
                if best >= A_HAND or best <= NO_HAND:
                    rows.append((logit(score), look.hand, look.clearness, best >= A_HAND))
    table = np.array(rows, np.float64).reshape(-1, 4)
    if len(np.unique(table[:, 3])) < 2:
        return fitted
    model = LogisticRegression().fit(table[:, :3], table[:, 3])
    weighed = replace(
        fitted,
        finder_weight=round(float(model.coef_[0, 0]), 4),
        reader_weight=round(float(model.coef_[0, 1]), 4),
        clearness_weight=round(float(model.coef_[0, 2]), 4),
        hand_offset=round(float(model.intercept_[0]), 4),
    )
    return replace(weighed, hand=_hand_threshold(weighed, reader, finder, exam))


def _hand_threshold(
    fitted: ReaderCalibration, reader: HandReader, finder: HandFinder, exam: Exam
) -> float:
    """The lowest at which under 2 % of half of the hand-free photos are reported as hands."""
    surest = [
        max(
            (
                fitted.hand_probability(score, look.hand, look.clearness)
                for score, look in _proposals(photo, reader, finder)
            ),
            default=0.0,
        )
        for photo in _half(exam[EMPTY](), 1)
    ]
    lowest = float(np.quantile(surest, 1 - MOST_FALSE_HANDS)) if surest else LOWEST_HAND
    return round(float(np.clip(lowest, LOWEST_HAND, HIGHEST_HAND)), 3)


def _proposals(
    photo: ExamPhoto, reader: HandReader, finder: HandFinder
) -> Iterator[tuple[float, Look]]:
    grey = to_grey(photo.photo.pixels)
    for hand in finder.find(photo.photo).hands:
        yield hand.score, reader.look(grey, hand.box)


def _half(photos: Iterator[ExamPhoto], first: int) -> Iterator[ExamPhoto]:
    """Every second one from ``first`` on; the others are for measuring."""
    return islice(photos, first, None, 2)
