"""``python -m core evaluate photos``: measures every row of the table of metrics."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from core.artifacts import store as artifacts
from core.artifacts.photo_facts import DomainComparison, MetricScore
from core.artifacts.store import Mistake
from core.common.errors import UserError
from core.common.types import Target
from core.datasets.importing import IMPORTED_NAME
from core.datasets.store import data_root, open_store_if_any
from core.hands.pipeline import HAND_CLASSIFIER, hand_recogniser
from core.hands_training.metrics import (
    KINDS,
    Metric,
    count_share,
    metric_rows,
    misread,
    score,
    side_share,
)
from core.hands_training.photo_datasets import datasets
from core.hands_training.predictions import (
    PhotoPrediction,
    article_predictions,
    baseline_predictions,
    our_predictions,
)
from core.hands_training.test_sets import (
    CALIBRATION,
    FINGERS,
    TestSets,
    make_test_sets,
    sources_in,
)
from core.zoo import article_specs, get_spec

TARGET_METRICS: dict[Target, Callable[[Sequence[PhotoPrediction]], Metric]] = {
    "fingers": count_share,
    "side": side_share,
}
"""By the model's target."""

PHOTOS_VARIABLE = "HAND_PHOTOS"


@dataclass
class PhotoReport:
    """The table's rows, the photos whose count was misread, and models here and on the dataset."""

    scores: list[MetricScore] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    comparison: list[DomainComparison] = field(default_factory=list)


def photos_folder(given: str | None) -> Path | None:
    """The folder of the datasets of real photos, given or the default; None if there is none.

    Raises:
        UserError: the given folder does not exist.
    """
    if given is not None:
        folder = Path(given).expanduser()
        if not folder.is_dir():
            raise UserError(f"The folder {folder} does not exist.")
        return folder
    kept = Path(os.environ.get(PHOTOS_VARIABLE, data_root() / "photos"))
    return kept if kept.is_dir() else None


def find_test_sets(folder: Path | None) -> TestSets:
    """The test sets that can be made on this machine, from a folder of real photos if given."""
    sources = {} if folder is None else sources_in(folder)
    return make_test_sets(sources, open_store_if_any(IMPORTED_NAME))


def measure(test_sets: TestSets, baseline: Path | None) -> PhotoReport:
    """Measure the hand models on every test set, and MediaPipe if its interpreter is given.

    Raises:
        UserError: a model is not trained, or MediaPipe cannot be run.
    """
    report, ours = PhotoReport(), {}
    recogniser = hand_recogniser()
    of_kinds = {name: dataset.measured for name, dataset in datasets().items()}
    kinds: list[PhotoPrediction] = []
    kinds_by_baseline: list[PhotoPrediction] = []
    for name, photos in test_sets.items():
        if name == CALIBRATION:
            continue
        ours[name] = our_predictions(photos(), recogniser)
        theirs = baseline_predictions(photos(), baseline) if baseline is not None else None
        report.mistakes += misread(name, ours[name])
        report.scores += _rows(name, ours[name], theirs)
        if name in of_kinds:
            is_measured = of_kinds[name]
            kinds += [each for each in ours[name] if is_measured(each.name)]
            kinds_by_baseline += [each for each in theirs or () if is_measured(each.name)]
    report.scores += _rows(KINDS, kinds, kinds_by_baseline if baseline is not None else None)
    report.comparison = _compare(test_sets, ours)
    return report


def _rows(
    test_set: str, ours: Sequence[PhotoPrediction], theirs: Sequence[PhotoPrediction] | None
) -> list[MetricScore]:
    """The rows of a test set that have any photos."""
    rows = [score(row, ours, theirs) for row in metric_rows() if row.test_set == test_set]
    return [row for row in rows if row.images]


def _compare(test_sets: TestSets, ours: dict[str, list[PhotoPrediction]]) -> list[DomainComparison]:
    """The article's trained models and the hand models, on the dataset and on real photos."""
    real = [name for name in test_sets if name in datasets()]
    if not real:
        return []
    trained = [name for name in article_specs() if artifacts.is_trained(name)]
    of_article = article_predictions(
        chain.from_iterable(test_sets[name]() for name in real), trained
    )
    of_hand_models = [each for name in real for each in ours[name]]
    rows = []
    for model, predictions in of_article.items():
        card, target = artifacts.read_card(model), get_spec(model).target
        facts = card.on_dataset
        images, value = TARGET_METRICS[target](predictions)
        tested = facts.data.test_images
        rows.append(
            DomainComparison(card.title, target, facts.test_accuracy, tested, value, images)
        )
    if FINGERS in ours:
        for target, metric in TARGET_METRICS.items():
            dataset_images, on_dataset = metric(ours[FINGERS])
            images, value = metric(of_hand_models)
            title = artifacts.read_card(HAND_CLASSIFIER).title
            rows.append(DomainComparison(title, target, on_dataset, dataset_images, value, images))
    return rows


def as_table(scores: Sequence[MetricScore]) -> str:
    """The rows as Markdown, for the terminal and the README."""
    lines = [
        "| images | measure | number | this program | 95% interval | MediaPipe | required |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in scores:
        baseline = "" if row.baseline is None else f"{row.baseline:.1%}"
        low, high = row.interval
        lines.append(
            f"| {row.data} | {row.measure} | {row.images:,} | {row.value:.1%} "
            f"| {low:.1%}–{high:.1%} | {baseline} | {row.needed} |"
        )
    return "\n".join(lines)


def record_scores(name: str, report: PhotoReport) -> None:
    """Write the scores into a model's card, and the misclassified photos beside it.

    Raises:
        ArtifactError: the model is not trained.
        OSError: the disk is full or not writable; the model that was there stays.
    """
    card = artifacts.read_card(name)
    kept = [file for file in card.sha256 if file != "mistakes.json"]
    files = {file: artifacts.read_verified(name, file) for file in kept}
    files["mistakes.json"] = artifacts.mistakes_json(report.mistakes)
    sums = {file: artifacts.sha256_of(content) for file, content in files.items()}
    measured = replace(
        card.on_photos, scores=tuple(report.scores), comparison=tuple(report.comparison)
    )
    artifacts.write_model(replace(card, photos=measured, sha256=sums), files)
