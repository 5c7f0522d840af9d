"""Figures from outcomes: the rows of the field table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.artifacts.cards import CORRUPTED_PHOTOS, MetricScore
from core.artifacts.store import Mistake
from core.hands_training.photo_datasets import UNKNOWN, LabelledHand
from core.hands_training.predictions import PhotoPrediction
from core.hands_training.test_sets import DRAWN, EMPTY, FINGERS

MIN_IOU = 0.5
WANTED_PRECISION = 0.99

Metric = tuple[int, float]
"""How many images were counted, and which share of them is right."""


@dataclass(frozen=True)
class MetricRow:
    """One row of the table.

    Attributes:
        test_set: the set of images.
        data: what it is, in words.
        measure: what is counted, in words.
        needed: what the project asks for.
        share: counts.
        baseline: whether MediaPipe answers it too.
    """

    test_set: str
    data: str
    measure: str
    needed: str
    share: Callable[[Sequence[PhotoPrediction]], Metric]
    baseline: bool = True


def _single(predictions: Sequence[PhotoPrediction]) -> list[tuple[PhotoPrediction, LabelledHand]]:
    return [(each, each.truths[0]) for each in predictions if len(each.truths) == 1]


def _share(right: list[bool]) -> Metric:
    return len(right), float(np.mean(right)) if right else 0.0


def count_share(predictions: Sequence[PhotoPrediction]) -> Metric:
    """Photos of one hand whose count is right; not found is wrong."""
    return _share(
        [said.fingers == hand.fingers for said, hand in _single(predictions) if hand.fingers >= 0]
    )


def side_share(predictions: Sequence[PhotoPrediction]) -> Metric:
    """Photos of one hand whose side is right; not found is wrong."""
    return _share([said.side == hand.side for said, hand in _single(predictions) if hand.side >= 0])


def side_and_face_share(predictions: Sequence[PhotoPrediction]) -> Metric:
    """Photos of one hand whose side and face are both right; not found is wrong."""
    return _share(
        [
            said.side == hand.side and said.face == hand.face
            for said, hand in _single(predictions)
            if hand.side >= 0 and hand.face >= 0
        ]
    )


def found_share(predictions: Sequence[PhotoPrediction]) -> Metric:
    """Labelled hands that were found with enough overlap."""
    return _share([best >= MIN_IOU for each in predictions for best in each.overlaps()])


def reported_share(predictions: Sequence[PhotoPrediction]) -> Metric:
    """Photos in which a hand was reported."""
    return _share([bool(each.boxes) for each in predictions])


def answered_share(predictions: Sequence[PhotoPrediction]) -> Metric:
    """The largest share of photos that can be answered with 99 % of the answers right."""
    said = [(each.sure, each.fingers == hand.fingers) for each, hand in _single(predictions)]
    said.sort(key=lambda pair: -pair[0])
    right = np.cumsum([pair[1] for pair in said])
    answered = np.arange(1, len(said) + 1)
    good = np.flatnonzero(right >= WANTED_PRECISION * answered)
    return len(said), float((good[-1] + 1) / len(said)) if len(good) else 0.0


def _one_to_nine(predictions: Sequence[PhotoPrediction]) -> list[PhotoPrediction]:
    return [each for each in predictions if not each.name.startswith("0/")]


_WEBCAM = "webcam frames of other sessions"
_SIGNS = "signs 1–9 of other students"
METRIC_ROWS = (
    MetricRow(FINGERS, "Fingers test images", "count", "100 %", count_share),
    MetricRow(FINGERS, "Fingers test images", "side", "100 %", side_share),
    MetricRow("sign_digits", _SIGNS, "count", "99 %", lambda said: count_share(_one_to_nine(said))),
    MetricRow("sign_digits", _SIGNS, "side", "99.5 %", lambda said: side_share(_one_to_nine(said))),
    MetricRow("webcam_hands", _WEBCAM, "count", "97 %", count_share),
    MetricRow("webcam_hands", _WEBCAM, "hand found (IoU ≥ 0.5)", "98 %", found_share),
    MetricRow("webcam_hands", _WEBCAM, "side (pseudo-labels)", "", side_share),
    MetricRow(
        "webcam_hands",
        _WEBCAM,
        "answered at 99 % precision",
        "90 %",
        answered_share,
        baseline=False,
    ),
    MetricRow(
        DRAWN, "drawn hands, unseen shapes, all 32 combinations", "count", "95 %", count_share
    ),
    MetricRow(
        DRAWN,
        "drawn hands, unseen shapes, all 32 combinations",
        "side and face",
        "95 %",
        side_and_face_share,
        baseline=False,
    ),
    MetricRow(EMPTY, "places without a hand", "a hand reported", "under 2 %", reported_share),
    MetricRow("selfies", "selfies of other people", "count", "", count_share),
    MetricRow("selfies", "selfies of other people", "side (pseudo-labels)", "", side_share),
    MetricRow("room_hands", "hands at home, other photos", "count", "", count_share),
    MetricRow(
        "room_hands", "hands at home, other photos", "hand found (IoU ≥ 0.5)", "", found_share
    ),
    MetricRow("desk_gestures", "gestures at a desk, other session", "count", "", count_share),
    MetricRow("finger_combinations", "finger combinations, other photos", "count", "", count_share),
    MetricRow("sign_letters", "letters of other people", "count", "", count_share),
    MetricRow("sign_letters", "letters of other people", "side", "", side_share),
    MetricRow("harder: far", f"{CORRUPTED_PHOTOS}far away", "count", "", count_share),
    MetricRow("harder: turned", f"{CORRUPTED_PHOTOS}turned by a quarter", "count", "", count_share),
    MetricRow("harder: overexposed", f"{CORRUPTED_PHOTOS}overexposed", "count", "", count_share),
    MetricRow("harder: dark", f"{CORRUPTED_PHOTOS}dark", "count", "", count_share),
    MetricRow("harder: blurred", f"{CORRUPTED_PHOTOS}blurred", "count", "", count_share),
    MetricRow("harder: compressed", f"{CORRUPTED_PHOTOS}compressed", "count", "", count_share),
)
"""Every row of the field table, those that the project asks for first."""


def score(metric_row: MetricRow, ours: Sequence[PhotoPrediction]) -> MetricScore:
    """One row, still without the peer's figure."""
    images, value = metric_row.share(ours)
    return MetricScore(
        metric_row.data, metric_row.measure, images, round(value, 5), None, metric_row.needed
    )


def with_baseline(
    row: MetricScore, metric_row: MetricRow, baseline: Sequence[PhotoPrediction]
) -> MetricScore:
    """The row with the peer's figure on the same images."""
    if not metric_row.baseline:
        return row
    return replace(row, baseline=round(metric_row.share(baseline)[1], 5))


def misread(test_set: str, predictions: Sequence[PhotoPrediction]) -> list[Mistake]:
    """The photos of one hand whose count is wrong, by name."""
    return [
        Mistake(
            f"{test_set}/{said.name}",
            str(hand.fingers),
            "no hand" if said.fingers == UNKNOWN else str(said.fingers),
            tuple(round(p, 4) for p in said.probabilities),
        )
        for said, hand in _single(predictions)
        if hand.fingers >= 0 and said.fingers != hand.fingers
    ]
