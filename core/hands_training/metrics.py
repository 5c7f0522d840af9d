"""Metrics of the hand models on their test sets: the rows of the table in their cards."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np

from core.artifacts.photo_facts import CORRUPTED_PHOTOS, MetricScore
from core.artifacts.store import Mistake
from core.hands_training.corruptions import CORRUPTIONS
from core.hands_training.photo_datasets import UNKNOWN, Measure, datasets, every_file
from core.hands_training.photo_labels import LabelledHand
from core.hands_training.predictions import PhotoPrediction
from core.hands_training.test_sets import FINGERS, HAND_FREE, SYNTHETIC

MIN_IOU = 0.5
WANTED_PRECISION = 0.99

Metric = tuple[int, float]
"""The number of images, and the share of them that is correct."""


def _single(predictions: Sequence[PhotoPrediction]) -> list[tuple[PhotoPrediction, LabelledHand]]:
    return [(each, each.truths[0]) for each in predictions if len(each.truths) == 1]


def _share(right: list[bool]) -> Metric:
    return len(right), float(np.mean(right)) if right else 0.0


def _share_of(*labels: str) -> Callable[[Sequence[PhotoPrediction]], Metric]:
    """Share of single-hand photos with these labels correct; a missed hand counts as wrong."""
    found = attrgetter(*labels)

    def share(predictions: Sequence[PhotoPrediction]) -> Metric:
        pairs = _single(predictions)
        known = [pair for pair in pairs if all(getattr(pair[1], label) >= 0 for label in labels)]
        return _share([found(each) == found(hand) for each, hand in known])

    return share


count_share, side_share = _share_of("fingers"), _share_of("side")


def found_share(predictions: Sequence[PhotoPrediction]) -> Metric:
    """Share of labelled hands that are detected with an IoU of at least ``MIN_IOU``."""
    return _share([best >= MIN_IOU for each in predictions for best in each.overlaps()])


def reported_share(predictions: Sequence[PhotoPrediction]) -> Metric:
    """Share of photos in which a hand is reported."""
    return _share([bool(each.boxes) for each in predictions])


def answered_share(predictions: Sequence[PhotoPrediction]) -> Metric:
    """The largest share of photos that can be answered with a precision of 99%."""
    ranked = sorted(_single(predictions), key=lambda pair: -pair[0].confidence)
    right = np.cumsum([each.fingers == hand.fingers for each, hand in ranked])
    answered = np.arange(1, len(ranked) + 1)
    good = np.flatnonzero(right >= WANTED_PRECISION * answered)
    return len(ranked), float((good[-1] + 1) / len(ranked)) if len(good) else 0.0


METRICS: dict[Measure, Callable[[Sequence[PhotoPrediction]], Metric]] = {
    "count": count_share,
    "side": side_share,
    "side (pseudo-labels)": side_share,
    "side and face": _share_of("side", "face"),
    "hand found (IoU ≥ 0.5)": found_share,
    "answered at 99% precision": answered_share,
    "a hand reported": reported_share,
}

WITHOUT_BASELINE: tuple[Measure, ...] = ("side and face", "answered at 99% precision")
"""Measures of what MediaPipe does not predict."""


@dataclass(frozen=True)
class MetricRow:
    """One row of the table: a measure on those photos of a test set that are to be measured.

    Its photos are described in ``data``; ``needed`` is the project's target, or "".
    """

    test_set: str
    data: str
    measure: Measure
    needed: str
    measured: Callable[[str], bool]

    def metric(self, predictions: Sequence[PhotoPrediction]) -> Metric:
        """The metric over the included photos."""
        return METRICS[self.measure]([each for each in predictions if self.measured(each.name)])


def metric_rows() -> tuple[MetricRow, ...]:
    """Every row of the table."""
    synthetic = "synthetic hands, unseen shapes, all 32 combinations"
    other_words = {"far": "far away", "turned": "rotated by 90°"}
    counts: Mapping[Measure, str] = {"count": ""}
    corruptions = {name: name.removeprefix("harder: ") for name in CORRUPTIONS}
    test_sets: list[tuple[str, str, Mapping[Measure, str], Callable[[str], bool]]] = [
        (FINGERS, "Fingers test images", {"count": "100%", "side": "100%"}, every_file),
        *((each.name, each.title, each.measures, each.measured) for each in datasets().values()),
        (SYNTHETIC, synthetic, {"count": "95%", "side and face": "95%"}, every_file),
        (HAND_FREE, "places without a hand", {"a hand reported": "under 2%"}, every_file),
        *(
            (name, CORRUPTED_PHOTOS + other_words.get(word, word), counts, every_file)
            for name, word in corruptions.items()
        ),
    ]
    return tuple(
        MetricRow(test_set, data, measure, needed, measured)
        for test_set, data, measures, measured in test_sets
        for measure, needed in measures.items()
    )


def score(
    row: MetricRow, ours: Sequence[PhotoPrediction], theirs: Sequence[PhotoPrediction] | None
) -> MetricScore:
    """One row, with the baseline's figure for the same images if it was asked and predicts it."""
    images, value = row.metric(ours)
    baseline = None
    if theirs is not None and row.measure not in WITHOUT_BASELINE:
        baseline = round(row.metric(theirs)[1], 5)
    return MetricScore(row.data, row.measure, images, round(value, 5), baseline, row.needed)


def misread(test_set: str, predictions: Sequence[PhotoPrediction]) -> list[Mistake]:
    """The single-hand photos whose count is wrong, by name."""
    return [
        Mistake(
            f"{test_set}/{each.name}",
            str(hand.fingers),
            "no hand" if each.fingers == UNKNOWN else str(each.fingers),
            tuple(round(p, 4) for p in each.probabilities),
        )
        for each, hand in _single(predictions)
        if hand.fingers >= 0 and each.fingers != hand.fingers
    ]
