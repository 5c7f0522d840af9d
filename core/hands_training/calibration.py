"""Calibrates the hand models on held-out photos.

Fitted are the classifier's temperatures, the threshold of "not sure", and the score fusion, which
gives the probability of a hand. Datasets not used for calibration are left out: they show how well
calibrated the answers are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
import numpy.typing as npt

from core.artifacts.photo_facts import ClassifierCalibration, ScoreFusion
from core.common.types import Float32Array, Float64Array
from core.evaluation.calibration import fitted_temperature
from core.hands.classifier import (
    BACK,
    HAND,
    RIGHT,
    FirstPass,
    HandClassifier,
    count_log_probabilities,
    sigmoid,
)
from core.hands.detections import iou
from core.hands.detector import HandDetector
from core.hands.postprocessing import UNFITTED_CALIBRATION, UNFITTED_FUSION, logit
from core.hands.proposals import propose
from core.hands_training.test_sets import HAND_FREE, EvaluationPhoto, TestSets, calibration_photos
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

MAX_FALSE_POSITIVES = 0.01
"""Share of the hand-free photos in which a hand may be reported."""

MIN_THRESHOLD, MAX_THRESHOLD = 0.2, 0.9

MAX_REJECTED_HANDS = 0.003
"""Share of the hands proposed by the detector that the classifier's first pass may reject."""

MIN_FIRST_PASS_THRESHOLD, MAX_FIRST_PASS_THRESHOLD = 0.01, 0.2
MIN_HAND_IOU, MAX_BACKGROUND_IOU = 0.4, 0.15
"""A proposal counts as a hand from the one IoU with a labelled box on, and as background up to the
other; those in between are left out."""


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


def _answer_threshold(confidence: Float64Array, right: npt.NDArray[np.bool_]) -> float:
    """The lowest threshold at which 99% of the answers are right, within bounds."""
    order = np.argsort(-confidence)
    precision = np.cumsum(right[order]) / np.arange(1, len(confidence) + 1)
    good = np.flatnonzero(precision >= WANTED_PRECISION)
    lowest = float(confidence[order][good[-1]]) if len(good) else MAX_ANSWER_THRESHOLD
    return round(float(np.clip(lowest, MIN_ANSWER_THRESHOLD, MAX_ANSWER_THRESHOLD)), 3)


@dataclass(frozen=True)
class ScoreTable:
    """The scores of the hand detector's proposals.

    Attributes:
        detector, first, second: (proposals,) logits of the detector and of the classifier's two
            passes.
        iou: (proposals,) of the refined box with the best matching labelled box.
        photo: (proposals,) index of the photo.
        empty: (photos,) whether a photo shows no hand.
    """

    detector: Float64Array
    first: Float64Array
    second: Float64Array
    iou: Float64Array
    photo: npt.NDArray[np.int64]
    empty: npt.NDArray[np.bool_]


def collect_scores(
    classifier: HandClassifier, detector: HandDetector, test_sets: TestSets
) -> ScoreTable:
    """The scores of every proposal in the calibration photos and in half of the hand-free ones.

    The other half is for measuring.
    """
    rows: list[tuple[float, float, float, float, int]] = []
    empty: list[bool] = []
    without_hand = test_sets[HAND_FREE]() if HAND_FREE in test_sets else iter(())
    for photo in chain(calibration_photos(test_sets), islice(without_hand, 1, None, 2)):
        truths = [hand.box for hand in photo.hands if hand.box is not None]
        if photo.hands and len(truths) < len(photo.hands):
            continue
        for score, first_pass, second in _both_passes(photo, classifier, detector):
            best = max((iou(first_pass.box, truth) for truth in truths), default=0.0)
            rows.append((logit(score), first_pass.hand, second, best, len(empty)))
        empty.append(not photo.hands)
    detectors, firsts, seconds, overlaps, numbers = np.array(rows, np.float64).reshape(-1, 5).T
    of_photo = numbers.astype(np.int64)
    return ScoreTable(detectors, firsts, seconds, overlaps, of_photo, np.array(empty, np.bool_))


def _both_passes(
    photo: EvaluationPhoto, classifier: HandClassifier, detector: HandDetector
) -> Iterator[tuple[float, FirstPass, float]]:
    """For each proposal: the detector's probability, the first pass and the logit of the second."""
    grey = to_grey(photo.photo.pixels)
    hands = detector.detect(photo.photo).hands
    for score, first_pass in propose(photo.photo, grey, hands, detector, classifier):
        image = crop(grey, square_around(first_pass.box))
        yield score, first_pass, float(classifier.classify(image)[HAND])


def fit_fusion(scores: ScoreTable) -> ScoreFusion:
    """The weights and thresholds with which a classifier rescores a detector's proposals.

    They are fitted to the scores; the default ones if all or none of these are hands.
    """
    clear = (scores.iou >= MIN_HAND_IOU) | (scores.iou <= MAX_BACKGROUND_IOU)
    is_hand = scores.iou[clear] >= MIN_HAND_IOU
    if len(np.unique(is_hand)) < 2:
        return UNFITTED_FUSION
    first_inputs = np.stack([scores.detector, scores.first], axis=1)
    detector_weight, first_pass_weight, first_pass_bias = _fitted(first_inputs[clear], is_hand)
    first = np.clip(first_inputs @ [detector_weight, first_pass_weight] + first_pass_bias, -13, 13)
    second_inputs = np.stack([first, np.clip(scores.second, -13, 13)], axis=1)
    fused_weight, second_pass_weight, bias = _fitted(second_inputs[clear], is_hand)
    probable = sigmoid(first)
    lowest = float(np.quantile(probable[clear][is_hand], MAX_REJECTED_HANDS))
    bounded = float(np.clip(lowest, MIN_FIRST_PASS_THRESHOLD, MAX_FIRST_PASS_THRESHOLD))
    first_pass_threshold = round(bounded, 3)
    score = sigmoid(second_inputs @ [fused_weight, second_pass_weight] + bias)
    score = score * (probable >= first_pass_threshold)
    return ScoreFusion(
        detector_weight=detector_weight,
        first_pass_weight=first_pass_weight,
        first_pass_bias=first_pass_bias,
        fused_weight=fused_weight,
        second_pass_weight=second_pass_weight,
        bias=bias,
        first_pass_threshold=first_pass_threshold,
        threshold=_hand_threshold(score, scores),
    )


def _fitted(inputs: Float64Array, is_hand: npt.NDArray[np.bool_]) -> tuple[float, float, float]:
    """Both weights and the bias of a logistic regression, rounded as in the card."""
    # It takes a second to import.
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression().fit(inputs, is_hand)
    first, second = model.coef_[0]
    return round(float(first), 4), round(float(second), 4), round(float(model.intercept_[0]), 4)


def _hand_threshold(score: Float64Array, scores: ScoreTable) -> float:
    """The lowest threshold at which a hand is reported in less than 1% of the hand-free photos."""
    if not scores.empty.any():
        return MIN_THRESHOLD
    highest = np.zeros(len(scores.empty))
    np.maximum.at(highest, scores.photo, score)
    lowest = float(np.quantile(highest[scores.empty], 1 - MAX_FALSE_POSITIVES))
    # Rounded up, so that the quantile itself stays below.
    return float(np.clip(np.ceil(lowest * 1_000 + 1e-9) / 1_000, MIN_THRESHOLD, MAX_THRESHOLD))
