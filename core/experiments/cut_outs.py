"""How much of the article's models' failure on real photos is finding the hand, how much reading.

Each reads the same held-out photos three times: the hand found by its background, cut out by the
hand detector, and cut out and made to look like the dataset. It needs the datasets of real photos
(the environment variable ``HAND_PHOTOS``); of the Fingers dataset it only records which one it is.
"""

from dataclasses import dataclass

import numpy as np

from core.artifacts import store as artifacts
from core.common.errors import UserError
from core.common.metrics import grouped_interval
from core.common.progress import with_progress
from core.common.types import SIDES, TARGETS, Target
from core.datasets.store import Dataset
from core.experiments import Experiment
from core.experiments.records.cut_outs import CutOutRecord, CutOutResult, GroupedShare
from core.experiments.records.store import provenance_of
from core.hands.model_answers import CROP_SOURCES, find_both_ways, read_found
from core.hands.pipeline import HAND_CLASSIFIER
from core.hands.prediction import Prediction
from core.hands_training.photo_datasets import UNKNOWN
from core.hands_training.report import PHOTOS_VARIABLE, photos_folder
from core.hands_training.test_sets import PhotoSource, sources_in
from core.zoo import article_specs

SEED = 0
"""Of the segmentation."""

PACKAGES = ("numpy", "opencv-python-headless", "ai-edge-litert")


def run(dataset: Dataset) -> CutOutRecord:
    """Read every held-out photo of one hand with all trained models; takes some minutes.

    Raises:
        UserError: there are no datasets of real photos, or a model is not trained.
    """
    folder = photos_folder(None)
    sources = {} if folder is None else sources_in(folder)
    if not sources:
        raise UserError(
            f"There are no real photos. Name the folder of their datasets: {PHOTOS_VARIABLE}=FOLDER"
        )
    return CutOutRecord(provenance_of(dataset, SEED, PACKAGES), measure(sources))


def measure(sources: dict[str, PhotoSource]) -> tuple[CutOutResult, ...]:
    """The results of all trained models on the datasets' held-out photos of one hand."""
    photos = [
        (source, photo)
        for source in sources.values()
        for photo in source.photos
        if len(photo.hands) == 1
    ]
    asked = _asked()
    names = sorted({name for name, _ in asked})
    read: dict[tuple[str, Target], list[_Reading]] = {question: [] for question in asked}
    for source, photo in with_progress(photos, "Reading photos"):
        found = find_both_ways(source.load(photo))
        answers = {crop: read_found(found, names, crop).by_name for crop in CROP_SOURCES}
        for name, target in asked:
            label = photo.hands[0].fingers if target == "fingers" else photo.hands[0].side
            if label != UNKNOWN:
                right = tuple(
                    said is not None and _label_of(said.prediction, target) == label
                    for said in (answers[crop][name] for crop in CROP_SOURCES)
                )
                read[name, target].append(_Reading(f"{photo.dataset}/{photo.person}", right))
    return tuple(_result(*question, readings) for question, readings in read.items() if readings)


@dataclass(frozen=True)
class _Reading:
    """One photo: whose it is, and whether the answer is right for each of ``CROP_SOURCES``."""

    person: str
    right: tuple[bool, ...]


def _asked() -> list[tuple[str, Target]]:
    """Every trained model with its questions, in alphabetical order."""
    trained = [spec for spec in article_specs().values() if artifacts.is_trained(spec.name)]
    asked: list[tuple[str, Target]] = [(spec.name, spec.target) for spec in trained]
    return sorted(asked + [(HAND_CLASSIFIER, target) for target in TARGETS])


def _label_of(prediction: Prediction, target: Target) -> int:
    return prediction.fingers if target == "fingers" else SIDES.index(prediction.side)


def _result(name: str, target: Target, readings: list[_Reading]) -> CutOutResult:
    people = [reading.person for reading in readings]
    shares = []
    for right in zip(*(reading.right for reading in readings), strict=True):
        share = (float(np.mean(right)), *grouped_interval(right, people))
        shares.append(GroupedShare(*(round(each, 5) for each in share)))
    title = artifacts.read_card(name).title
    return CutOutResult(name, title, target, len(people), len(set(people)), *shares)


EXPERIMENT = Experiment(
    "cut_outs", "Every model on real photos, with its own finding and with cut-outs", run
)
