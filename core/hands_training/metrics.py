"""Metrics of the hand models on their test sets: the rows of the table in their cards."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np

from core.artifacts.photo_facts import CORRUPTED_PHOTOS, MetricScore
from core.artifacts.store import Mistake
from core.hands_training.corruptions import AS_THEY_ARE, CORRUPTIONS
from core.hands_training.photo_datasets import UNKNOWN, Measure, datasets, every_file
from core.hands_training.photo_labels import LabelledHand
from core.hands_training.predictions import PhotoPrediction
from core.hands_training.test_sets import FINGERS, HAND_FREE, SYNTHETIC

KINDS = "kinds"
"""The test set of all real photos as they are, of which a row picks one kind."""

SMALL_HAND = 0.15
"""Height of a small hand's box, as a share of the photo's."""

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
    """Share of photos without a hand in which one is reported."""
    return _share([bool(each.boxes) for each in predictions if not each.truths])


def twice_share(predictions: Sequence[PhotoPrediction]) -> Metric:
    """Share of single-hand photos in which more than one hand is reported."""
    return _share([len(each.boxes) > 1 for each, _ in _single(predictions)])


def total_share(predictions: Sequence[PhotoPrediction]) -> Metric:
    """Share of photos with all counts known whose number of hands and total are correct."""
    return _share(
        [
            len(each.boxes) == len(each.truths)
            and each.total == sum(hand.fingers for hand in each.truths)
            for each in predictions
            if all(hand.fingers >= 0 for hand in each.truths)
        ]
    )


def sure_and_wrong_share(predictions: Sequence[PhotoPrediction]) -> Metric:
    """Share of wrong counts among those of single hands that are not called "not sure"."""
    return _share(
        [
            each.fingers != hand.fingers
            for each, hand in _single(predictions)
            if hand.fingers >= 0 and each.sure
        ]
    )


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
    "number of hands and their total": total_share,
    "two hands reported": twice_share,
    "sure and wrong": sure_and_wrong_share,
}

WITHOUT_BASELINE: tuple[Measure, ...] = (
    "side and face",
    "answered at 99% precision",
    "sure and wrong",
)
"""Measures of what MediaPipe does not predict."""


@dataclass(frozen=True)
class MetricRow:
    """One row of the table: a measure on those photos of a test set that are to be measured.

    Its photos are described in ``data``; ``needed`` is the project's target, or "". Of a test set
    of several kinds, ``shows`` picks one.
    """

    test_set: str
    data: str
    measure: Measure
    needed: str
    measured: Callable[[str], bool]
    shows: Callable[[PhotoPrediction], bool] = bool

    def metric(self, predictions: Sequence[PhotoPrediction]) -> Metric:
        """The metric over the included photos."""
        included = [each for each in predictions if self.measured(each.name) and self.shows(each)]
        return METRICS[self.measure](included)


def _counts(count: int) -> Callable[[PhotoPrediction], bool]:
    return lambda each: len(each.truths) == 1 and each.truths[0].fingers == count


def _hands(number: int) -> Callable[[PhotoPrediction], bool]:
    return lambda each: len(each.truths) == number


def _thumb_alone(each: PhotoPrediction) -> bool:
    return len(each.truths) == 1 and each.truths[0].extended == (1, 0, 0, 0, 0)


def _small(each: PhotoPrediction) -> bool:
    boxes = [hand.box for hand in each.truths]
    return any(box is not None and box.height < SMALL_HAND * each.height for box in boxes)


KIND_ROWS: tuple[tuple[str, Measure, str, Callable[[PhotoPrediction], bool]], ...] = (
    ("fists", "hand found (IoU ≥ 0.5)", "", _counts(0)),
    ("open hands", "hand found (IoU ≥ 0.5)", "", _counts(5)),
    ("thumbs up and down", "count", "97%", _thumb_alone),
    (f"hands under {SMALL_HAND:.0%} of the height", "count", "95%", _small),
    ("photos of two hands", "number of hands and their total", "97%", _hands(2)),
    ("photos of one hand", "two hands reported", "under 0.2%", _hands(1)),
    ("photos of one hand", "sure and wrong", "under 1%", _hands(1)),
)
"""Kinds of photos among all real held-out ones, their measures and the project's targets."""


def metric_rows() -> tuple[MetricRow, ...]:
    """Every row of the table."""
    synthetic = "synthetic hands, unseen shapes, all 32 combinations"
    other_words = {
        "far": "far away",
        "turned": "rotated by 90°",
        "very far": "hands at a tenth of the height",
        "askew": "rotated by 45°",
    }
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
    rows = tuple(
        MetricRow(test_set, data, measure, needed, measured)
        for test_set, data, measures, measured in test_sets
        for measure, needed in measures.items()
    )
    kinds = (
        MetricRow(KINDS, data, measure, needed, every_file, shows)
        for data, measure, needed, shows in KIND_ROWS
    )
    as_they_are = MetricRow(
        AS_THEY_ARE, f"{CORRUPTED_PHOTOS}{AS_THEY_ARE}", "count", "", every_file
    )
    return (*rows, as_they_are, *kinds)


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
