"""Fits how the networks' opinions of a place become one probability of a hand."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from core.hands.background_subtraction import Detection
from core.hands.classifier import FirstPass, HandClassifier
from core.hands.classifier_outputs import HAND
from core.hands.detector import HandDetector
from core.hands.detector_outputs import iou
from core.hands.postprocessing import logit, sigmoid
from core.hands.preprocessing import crop_square
from core.hands.score_fusion import ScoreFusion
from core.hands_training.test_sets import EMPTY, EvaluationPhoto, TestSet, calibration_photos
from core.images.decoding import to_grey

MAX_FALSE_HANDS = 0.01
LOWEST_HAND, HIGHEST_HAND = 0.2, 0.9
MAX_HANDS_PASSED_OVER = 0.003
"""Share of the hands that the hand detector proposes which a first look may refuse."""

LOWEST_FIRST_PASS, HIGHEST_FIRST_PASS = 0.01, 0.2
A_HAND, NO_HAND = 0.4, 0.15
"""From and up to which overlap with a labelled box a proposed one counts as a hand or as none."""


@dataclass(frozen=True)
class ScoreTable:
    """What was said of the hand detector's proposals.

    Attributes:
        detector, first, second: (proposals,) logits of the detector and of the classifier's two looks.
        iou: (proposals,) of the looked-at box with the labelled one that it fits best.
        photo: (proposals,) the number of the photo.
        empty: (photos,) whether a photo shows no hand.
    """

    detector: npt.NDArray[np.float64]
    first: npt.NDArray[np.float64]
    second: npt.NDArray[np.float64]
    iou: npt.NDArray[np.float64]
    photo: npt.NDArray[np.int64]
    empty: npt.NDArray[np.bool_]


def calibrate_hands(
    classifier: HandClassifier, detector: HandDetector, test_set: TestSet
) -> ScoreFusion:
    """The weights of the opinions, and from when on a hand is looked at again and reported.

    Args:
        classifier: the exported hand classifier.
        detector: whose proposals it judges.
        test_set: held-out photos.
    """
    return fit_hands(collect_scores(classifier, detector, test_set))


def collect_scores(
    classifier: HandClassifier, detector: HandDetector, test_set: TestSet
) -> ScoreTable:
    """Ask both networks about every proposal in the calibration's photos and half of those without
    a hand; the other half is for measuring."""
    rows: list[tuple[float, float, float, float, int]] = []
    empty: list[bool] = []
    without_hand = test_set[EMPTY]() if EMPTY in test_set else iter(())
    for photo in chain(calibration_photos(test_set), islice(without_hand, 1, None, 2)):
        truths = [hand.box for hand in photo.hands if hand.box is not None]
        if photo.hands and len(truths) < len(photo.hands):
            continue
        for score, first_pass, second in _both_passes(photo, classifier, detector):
            best = max((iou(first_pass.box, truth) for truth in truths), default=0.0)
            rows.append((logit(score), first_pass.hand, second, best, len(empty)))
        empty.append(not photo.hands)
    table = np.array(rows, np.float64).reshape(-1, 5)
    return ScoreTable(
        table[:, 0],
        table[:, 1],
        table[:, 2],
        table[:, 3],
        table[:, 4].astype(np.int64),
        np.array(empty, np.bool_),
    )


def _both_passes(
    photo: EvaluationPhoto, classifier: HandClassifier, detector: HandDetector
) -> Iterator[tuple[float, FirstPass, float]]:
    """The detector's probability, the first look and the logit of the second one of each proposal."""
    grey = to_grey(photo.photo.pixels)
    for hand in detector.detect(photo.photo).hands:
        first_pass = classifier.first_pass(grey, hand.box)
        image = crop_square(photo.photo, Detection(first_pass.box, 1.0)).image
        yield hand.score, first_pass, float(classifier.classify(image)[HAND])


def fit_hands(said: ScoreTable) -> ScoreFusion:
    """The calibration by what was said; the one to start from where there is too little of it."""
    clear = (said.iou >= A_HAND) | (said.iou <= NO_HAND)
    is_hand = said.iou[clear] >= A_HAND
    if len(np.unique(is_hand)) < 2:
        return ScoreFusion()
    at_first = np.stack([said.detector, said.first], axis=1)
    detector_weight, first_pass_weight, first_pass_bias = _fitted(at_first[clear], is_hand)
    first = np.clip(at_first @ [detector_weight, first_pass_weight] + first_pass_bias, -13, 13)
    in_the_end = np.stack([first, np.clip(said.second, -13, 13)], axis=1)
    fused_weight, second_pass_weight, bias = _fitted(in_the_end[clear], is_hand)
    probable = sigmoid(first)
    lowest = float(np.quantile(probable[clear][is_hand], MAX_HANDS_PASSED_OVER))
    first_pass_threshold = round(float(np.clip(lowest, LOWEST_FIRST_PASS, HIGHEST_FIRST_PASS)), 3)
    score = sigmoid(in_the_end @ [fused_weight, second_pass_weight] + bias)
    score = score * (probable >= first_pass_threshold)
    weights = ScoreFusion(
        detector_weight=detector_weight,
        first_pass_weight=first_pass_weight,
        first_pass_bias=first_pass_bias,
        fused_weight=fused_weight,
        second_pass_weight=second_pass_weight,
        bias=bias,
        first_pass_threshold=first_pass_threshold,
    )
    return replace(weights, threshold=_hand_threshold(score, said))


def _fitted(
    scores_of_places: npt.NDArray[np.float64], is_hand: npt.NDArray[np.bool_]
) -> tuple[float, float, float]:
    """Both weights and the offset of a logistic regression, rounded as the card keeps them."""
    model = LogisticRegression().fit(scores_of_places, is_hand)
    first, second = model.coef_[0]
    return round(float(first), 4), round(float(second), 4), round(float(model.intercept_[0]), 4)


def _hand_threshold(score: npt.NDArray[np.float64], said: ScoreTable) -> float:
    """The lowest at which under 1 % of the photos without a hand are reported to show one."""
    if not said.empty.any():
        return LOWEST_HAND
    surest = np.zeros(len(said.empty))
    np.maximum.at(surest, said.photo, score)
    lowest = float(np.quantile(surest[said.empty], 1 - MAX_FALSE_HANDS))
    # Rounded up, so that what lies at the quantile stays below.
    return float(np.clip(np.ceil(lowest * 1_000 + 1e-9) / 1_000, LOWEST_HAND, HIGHEST_HAND))
