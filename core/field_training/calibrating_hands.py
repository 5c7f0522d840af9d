"""Fits how the networks' opinions of a place become one probability of a hand."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from core.field.finder import HandFinder
from core.field.finder_answers import overlap
from core.field.judging import HandCalibration
from core.field.reader import HandReader, Look
from core.field.reader_answers import HAND
from core.field.reading import logit, sigmoid
from core.field_training.exam import EMPTY, Exam, ExamPhoto, calibration_photos
from core.finding import FoundHand
from core.photos import to_grey
from core.preparation import prepare_square

MOST_FALSE_HANDS = 0.01
LOWEST_HAND, HIGHEST_HAND = 0.2, 0.9
MOST_HANDS_PASSED_OVER = 0.003
"""Share of the hands that the finder proposes which a first look may refuse."""

LOWEST_LOOK, HIGHEST_LOOK = 0.01, 0.2
A_HAND, NO_HAND = 0.4, 0.15
"""From and up to which overlap with a labelled box a proposed one counts as a hand or as none."""


@dataclass(frozen=True)
class Opinions:
    """What was said of the finder's proposals.

    Attributes:
        finder, first, second: (proposals,) logits of the finder and of the reader's two looks.
        overlap: (proposals,) of the looked-at box with the labelled one that it fits best.
        photo: (proposals,) the number of the photo.
        empty: (photos,) whether a photo shows no hand.
    """

    finder: npt.NDArray[np.float64]
    first: npt.NDArray[np.float64]
    second: npt.NDArray[np.float64]
    overlap: npt.NDArray[np.float64]
    photo: npt.NDArray[np.int64]
    empty: npt.NDArray[np.bool_]


def calibrate_hands(reader: HandReader, finder: HandFinder, exam: Exam) -> HandCalibration:
    """The weights of the opinions, and from when on a hand is looked at again and reported.

    Args:
        reader: the exported reader.
        finder: whose proposals it judges.
        exam: held-out photos.
    """
    return fit_hands(hear(reader, finder, exam))


def hear(reader: HandReader, finder: HandFinder, exam: Exam) -> Opinions:
    """Ask both networks about every proposal in the calibration's photos and half of those without
    a hand; the other half is for measuring."""
    rows: list[tuple[float, float, float, float, int]] = []
    empty: list[bool] = []
    without_hand = exam[EMPTY]() if EMPTY in exam else iter(())
    for photo in chain(calibration_photos(exam), islice(without_hand, 1, None, 2)):
        truths = [hand.box for hand in photo.hands if hand.box is not None]
        if photo.hands and len(truths) < len(photo.hands):
            continue
        for score, look, second in _looked_at(photo, reader, finder):
            best = max((overlap(look.box, truth) for truth in truths), default=0.0)
            rows.append((logit(score), look.hand, second, best, len(empty)))
        empty.append(not photo.hands)
    table = np.array(rows, np.float64).reshape(-1, 5)
    return Opinions(
        table[:, 0],
        table[:, 1],
        table[:, 2],
        table[:, 3],
        table[:, 4].astype(np.int64),
        np.array(empty, np.bool_),
    )


def _looked_at(
    photo: ExamPhoto, reader: HandReader, finder: HandFinder
) -> Iterator[tuple[float, Look, float]]:
    """The finder's probability, the first look and the logit of the second one of each proposal."""
    grey = to_grey(photo.photo.pixels)
    for hand in finder.find(photo.photo).hands:
        look = reader.look(grey, hand.box)
        image = prepare_square(photo.photo, FoundHand(look.box, 1.0)).image
        yield hand.score, look, float(reader.answer(image)[HAND])


def fit_hands(said: Opinions) -> HandCalibration:
    """The calibration by what was said; the one to start from where there is too little of it."""
    clear = (said.overlap >= A_HAND) | (said.overlap <= NO_HAND)
    is_hand = said.overlap[clear] >= A_HAND
    if len(np.unique(is_hand)) < 2:
        return HandCalibration()
    at_first = np.stack([said.finder, said.first], axis=1)
    finder, first_look, first_offset = _fitted(at_first[clear], is_hand)
    first = np.clip(at_first @ [finder, first_look] + first_offset, -13, 13)
    in_the_end = np.stack([first, np.clip(said.second, -13, 13)], axis=1)
    of_first, second, offset = _fitted(in_the_end[clear], is_hand)
    probable = sigmoid(first)
    look = float(np.quantile(probable[clear][is_hand], MOST_HANDS_PASSED_OVER))
    look = round(float(np.clip(look, LOWEST_LOOK, HIGHEST_LOOK)), 3)
    score = sigmoid(in_the_end @ [of_first, second] + offset) * (probable >= look)
    weights = HandCalibration(
        finder=finder,
        first_look=first_look,
        first_offset=first_offset,
        first=of_first,
        second=second,
        offset=offset,
        look=look,
    )
    return replace(weights, hand=_hand_threshold(score, said))


def _fitted(
    opinions: npt.NDArray[np.float64], is_hand: npt.NDArray[np.bool_]
) -> tuple[float, float, float]:
    """Both weights and the offset of a logistic regression, rounded as the card keeps them."""
    model = LogisticRegression().fit(opinions, is_hand)
    first, second = model.coef_[0]
    return round(float(first), 4), round(float(second), 4), round(float(model.intercept_[0]), 4)


def _hand_threshold(score: npt.NDArray[np.float64], said: Opinions) -> float:
    """The lowest at which under 1 % of the photos without a hand are reported to show one."""
    if not said.empty.any():
        return LOWEST_HAND
    surest = np.zeros(len(said.empty))
    np.maximum.at(surest, said.photo, score)
    lowest = float(np.quantile(surest[said.empty], 1 - MOST_FALSE_HANDS))
    # Rounded up, so that what lies at the quantile stays below.
    return float(np.clip(np.ceil(lowest * 1_000 + 1e-9) / 1_000, LOWEST_HAND, HIGHEST_HAND))
