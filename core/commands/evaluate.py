"""``python -m core evaluate``: read a dataset with exported models and count the mistakes."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np

from core import artifacts
from core.dataset.choosing import best_dataset
from core.dataset.importing import IMPORTED_NAME
from core.dataset.rendering import (
    DEFAULT_RENDERED_COUNT,
    DEFAULT_RENDERED_SEED,
    RENDERED_NAME,
    render_store,
)
from core.dataset.store import Dataset, open_store, store_exists
from core.errors import UserError
from core.evaluation import Evaluation, evaluate
from core.field_training.report import (
    PHOTOS_VARIABLE,
    as_table,
    find_exams,
    measure,
    photos_folder,
)
from core.field_training.score_cards import record_scores
from core.progress import ProgressLine
from core.recognition import FINDER, READER
from core.serving import CLASSES, serve
from core.zoo import all_specs, get_spec

SUMMARY = "read a dataset with trained models and count the mistakes"

FIELD = "field"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the models, the dataset and the form of the answer."""
    parser.add_argument(
        "names",
        metavar="NAME",
        nargs="*",
        help=f"models (all that are trained); the word {FIELD} measures the finder and the reader "
        "on everything that they were not trained on",
    )
    parser.add_argument(
        "--data",
        metavar="NAME|FOLDER",
        help=f"{IMPORTED_NAME} or {RENDERED_NAME}, by default the imported dataset, else the drawn "
        f"one; with {FIELD} the folder of the datasets of real photos (${PHOTOS_VARIABLE})",
    )
    parser.add_argument(
        "--peer",
        metavar="PYTHON",
        type=Path,
        help=f"with {FIELD}: the interpreter of an environment with MediaPipe, to measure beside",
    )
    parser.add_argument(
        "--record", action="store_true", help=f"with {FIELD}: write the figures into the cards"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Evaluate each model on the images that its training did not see."""
    if arguments.names == [FIELD]:
        return _run_field(arguments)
    names = arguments.names or [name for name in all_specs() if artifacts.is_trained(name)]
    specs = [get_spec(name) for name in names]
    dataset = _dataset(arguments.data)
    for spec in specs:
        indices = _unseen(spec.name, dataset)
        progress = ProgressLine(f"Reading with {spec.name}")
        result = evaluate(serve(spec.name), spec.target, dataset, indices, progress)
        if arguments.json:
            print(_as_json(spec.name, dataset, result), flush=True)
        else:
            print(_as_text(spec.name, dataset, result, CLASSES[spec.target]), flush=True)
    return 0


def _run_field(arguments: argparse.Namespace) -> int:
    folder = photos_folder(arguments.data)
    if folder is None:
        print("Only drawn hands: name the folder of real photos with --data.", file=sys.stderr)
    report = measure(find_exams(folder), arguments.peer)
    if arguments.json:
        scores = [asdict(row) for row in report.scores]
        comparison = [asdict(row) for row in report.comparison]
        print(json.dumps({"scores": scores, "comparison": comparison}))
    else:
        print(as_table(report.scores))
        for row in report.comparison:
            print(f"{row.title}, {row.target}: lab {row.lab:.2%}, field {row.field:.2%}")
    if arguments.record:
        for name in (FINDER, READER):
            record_scores(name, report.scores, report.mistakes, report.comparison)
    return 0


def _dataset(name: str | None) -> Dataset:
    drawing = ProgressLine("Drawing a dataset")
    if name is None:
        dataset = best_dataset(drawing)
        if dataset.facts.rendered:
            print("No dataset was imported: these are drawn images.", file=sys.stderr)
        return dataset
    if name not in (IMPORTED_NAME, RENDERED_NAME):
        raise UserError(
            f"There is no dataset '{name}'. There are: {IMPORTED_NAME}, {RENDERED_NAME}."
        )
    if name == RENDERED_NAME and not store_exists(name):
        render_store(DEFAULT_RENDERED_COUNT, DEFAULT_RENDERED_SEED, progress=drawing)
    return open_store(name)


def _unseen(name: str, dataset: Dataset) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """The test split; all of a drawn dataset on which the model was not trained."""
    trained_on_it = artifacts.read_card(name).data.fingerprint == dataset.facts.fingerprint
    if dataset.facts.rendered and not trained_on_it:
        return np.arange(dataset.facts.images)
    return dataset.indices("test")


def _as_json(name: str, dataset: Dataset, result: Evaluation) -> str:
    return json.dumps(
        {
            "model": name,
            "data": dataset.facts.name,
            "images": result.images,
            "wrong": result.wrong,
            "accuracy": result.accuracy,
            "confusion_matrix": result.confusion_matrix,
        }
    )


def _as_text(name: str, dataset: Dataset, result: Evaluation, classes: tuple[str, ...]) -> str:
    lines = [
        f"{name} on '{dataset.facts.name}': {result.wrong} wrong of {result.images:,} "
        f"({result.accuracy:.2%})",
        "  true \\ predicted" + "".join(f"{label:>7}" for label in classes),
    ]
    for label, row in zip(classes, result.confusion_matrix, strict=True):
        lines.append(f"  {label:>16}" + "".join(f"{count:>7,}" for count in row))
    return "\n".join(lines)
