"""``python -m core evaluate``: run exported models on a dataset and count their mistakes."""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np

from core.artifacts import store as artifacts
from core.artifacts.photo_facts import DomainComparison, MetricScore
from core.common.errors import UserError
from core.common.progress import ProgressLine
from core.common.types import CLASSES
from core.datasets.importing import IMPORTED_NAME
from core.datasets.rendering import RENDERED_NAME, best_dataset, render_store
from core.datasets.store import Dataset, open_store, store_exists
from core.evaluation.metrics import Evaluation, evaluate
from core.hands.loading import serve
from core.hands.pipeline import HAND_CLASSIFIER, HAND_DETECTOR
from core.hands_training.report import (
    PHOTOS_VARIABLE,
    as_table,
    find_test_sets,
    measure,
    photos_folder,
    record_scores,
)
from core.zoo import article_specs, get_spec

SUMMARY = "run trained models on a dataset and count their mistakes"

ON_PHOTOS = "photos"

_SCORE_KEYS = {"baseline": "peer"}
_COMPARISON_KEYS = {
    "on_dataset": "lab",
    "dataset_images": "lab_images",
    "on_photos": "field",
    "photo_images": "field_images",
}
"""The names of these fields in the JSON output, which scripts rely on."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the models, the dataset and the output format."""
    parser.add_argument(
        "names",
        metavar="NAME",
        nargs="*",
        help=f"models (by default all that are trained); the word {ON_PHOTOS} measures the hand "
        "detector and the hand classifier on everything that they were not trained on",
    )
    parser.add_argument(
        "--data",
        metavar="NAME|FOLDER",
        help=f"{IMPORTED_NAME} or {RENDERED_NAME}, by default the imported dataset, else the "
        f"synthetic one; with {ON_PHOTOS} the folder of the datasets of real photos "
        f"(${PHOTOS_VARIABLE})",
    )
    parser.add_argument(
        "--baseline",
        metavar="PYTHON",
        type=Path,
        help=f"with {ON_PHOTOS}: the Python of an environment with MediaPipe, for comparison",
    )
    parser.add_argument(
        "--record", action="store_true", help=f"with {ON_PHOTOS}: write the figures into the cards"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Evaluate each model on images that it was not trained on."""
    if arguments.names == [ON_PHOTOS]:
        return _run_on_photos(arguments)
    names = arguments.names or [name for name in article_specs() if artifacts.is_trained(name)]
    specs = [get_spec(name) for name in names]
    dataset = _dataset(arguments.data)
    for spec in specs:
        indices = _unseen(spec.name, dataset)
        progress = ProgressLine(f"Reading with {spec.name}")
        result = evaluate(serve(spec.name), spec.target, dataset, indices, progress)
        if arguments.json:
            figures = {
                "model": spec.name,
                "data": dataset.facts.name,
                "images": result.images,
                "wrong": result.errors,
                "accuracy": result.accuracy,
                "confusion_matrix": result.confusion_matrix,
            }
            print(json.dumps(figures), flush=True)
        else:
            print(_as_text(spec.name, dataset, result, CLASSES[spec.target]), flush=True)
    return 0


def _run_on_photos(arguments: argparse.Namespace) -> int:
    folder = photos_folder(arguments.data)
    if folder is None:
        print(
            "Only synthetic hands. To add real photos, name their folder with --data.",
            file=sys.stderr,
        )
    report = measure(find_test_sets(folder), arguments.baseline)
    if arguments.json:
        scores = [_under(_SCORE_KEYS, row) for row in report.scores]
        comparison = [_under(_COMPARISON_KEYS, row) for row in report.comparison]
        print(json.dumps({"scores": scores, "comparison": comparison}))
    else:
        print(as_table(report.scores))
        for row in report.comparison:
            print(
                f"{row.title}, {row.target}: {row.on_dataset:.2%} on the dataset, "
                f"{row.on_photos:.2%} on real photos"
            )
    if arguments.record:
        for name in (HAND_DETECTOR, HAND_CLASSIFIER):
            record_scores(name, report)
    return 0


def _under(keys: Mapping[str, str], row: MetricScore | DomainComparison) -> dict[str, object]:
    return {keys.get(name, name): value for name, value in asdict(row).items()}


def _dataset(name: str | None) -> Dataset:
    drawing = ProgressLine("Drawing a dataset")
    if name is None:
        dataset = best_dataset(drawing)
        if dataset.facts.rendered:
            print("No dataset was imported: these images are synthetic.", file=sys.stderr)
        return dataset
    if name not in (IMPORTED_NAME, RENDERED_NAME):
        raise UserError(
            f"There is no dataset '{name}'. There are: {IMPORTED_NAME}, {RENDERED_NAME}."
        )
    if name == RENDERED_NAME and not store_exists(name):
        render_store(progress=drawing)
    return open_store(name)


def _unseen(name: str, dataset: Dataset) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """The test split; all of a synthetic dataset that the model was not trained on."""
    trained_on_it = (
        artifacts.read_card(name).on_dataset.data.fingerprint == dataset.facts.fingerprint
    )
    if dataset.facts.rendered and not trained_on_it:
        return np.arange(dataset.facts.images)
    return dataset.indices("test")


def _as_text(name: str, dataset: Dataset, result: Evaluation, classes: tuple[str, ...]) -> str:
    wrong = f"{result.errors} wrong of {result.images:,} ({result.accuracy:.2%})"
    lines = [
        f"{name} on '{dataset.facts.name}': {wrong}",
        "  true \\ predicted" + "".join(f"{label:>7}" for label in classes),
    ]
    for label, row in zip(classes, result.confusion_matrix, strict=True):
        lines.append(f"  {label:>16}" + "".join(f"{count:>7,}" for count in row))
    return "\n".join(lines)
