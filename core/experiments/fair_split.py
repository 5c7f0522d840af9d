"""Every model of the article once more, on a split without near copies between its parts."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core import artifacts
from core.cards import Card
from core.dataset.store import SPLITS, Dataset
from core.errors import UserError
from core.experiments import Experiment
from core.experiments.near_copies import HELD_OUT, fingerprint_of
from core.experiments.near_copies_record import NearCopiesRecord, OneNearest
from core.experiments.records import Provenance, provenance_of, read_record
from core.model_spec import ModelSpec, Target
from core.near_copies import FairSplit, Region, fair_split, shrink
from core.training import RUNS_ROOT
from core.zoo import all_specs

if TYPE_CHECKING:
    from core.artifacts import Epoch

REGION: Region = "outer"
"""Poses at the edge of all poses: on those among the others even the nearest training image gives
nearly every answer."""

SEED = 0
"""Of the split and of the trainings."""

MOST_EPOCHS = {"cnn": 6, "cnn_batch_norm": 6}
"""Fewer than their recipes have, since an epoch of theirs takes a minute."""

CALIBRATION_PHOTOS = 12
"""Of a training's record, which nobody is to be answered with."""

PACKAGES = ("keras", "tensorflow", "numpy")


@dataclass(frozen=True)
class FairResult:
    """One model on the fair split.

    Attributes:
        name, title, target: of the model.
        epochs: it learned for.
        test_images, wrong: how many held-out images it read, and how many of them wrongly.
        usual_test_images, usual_wrong: the same of the shipped model and the usual test set; None
            where it is not trained.
    """

    name: str
    title: str
    target: Target
    epochs: int
    test_images: int
    wrong: int
    usual_test_images: int | None
    usual_wrong: int | None

    def __post_init__(self) -> None:
        if not 0 <= self.wrong <= self.test_images or min(self.test_images, self.epochs) < 1:
            raise ValueError(f"impossible counts: {self}")
        usual = (self.usual_wrong, self.usual_test_images)
        if (usual[0] is None) != (usual[1] is None):
            raise ValueError("the usual test set is half known")
        if usual[0] is not None and usual[1] is not None and not 0 <= usual[0] <= usual[1]:
            raise ValueError(f"impossible counts: {self}")

    @property
    def accuracy(self) -> float:
        """Share of held-out images read right, 0 to 1."""
        return 1 - self.wrong / self.test_images

    @property
    def usual_accuracy(self) -> float | None:
        """Share of the usual test images read right, 0 to 1, where it is known."""
        if self.usual_wrong is None or self.usual_test_images is None:
            return None
        return 1 - self.usual_wrong / self.usual_test_images


@dataclass(frozen=True)
class FairSplitRecord:
    """All models.

    Attributes:
        provenance: of the whole dataset; the seed is that of the split and of the trainings.
        region: where the held-out poses lie.
        train_images, left_out: of the split.
        split_fingerprint: SHA-256 over the file names and parts of all images.
        one_nearest: what taking over the answer of the nearest training image gives.
        results: in alphabetical order of the models.
    """

    provenance: Provenance
    region: Region
    train_images: int
    left_out: int
    split_fingerprint: str
    one_nearest: OneNearest
    results: tuple[FairResult, ...]

    def __post_init__(self) -> None:
        names = [each.name for each in self.results]
        if not names or names != sorted(set(names)):
            raise ValueError("the models are not in order")
        if {each.test_images for each in self.results} != {self.one_nearest.images}:
            raise ValueError("the models were not tested on the same images")
        if self.train_images < 1 or self.left_out < 0 or len(self.split_fingerprint) != 64:
            raise ValueError("impossible facts of the split")


def run(dataset: Dataset) -> FairSplitRecord:
    """Train every model on the fair split; takes most of an hour, and goes on after a break."""
    copies = read_record("near_copies", NearCopiesRecord)
    if copies.provenance.data.fingerprint != dataset.facts.fingerprint:
        raise UserError(
            "The near copies were measured on another dataset. Measure them on this one first: "
            "python -m core experiment near_copies"
        )
    split = fair_split(
        shrink(dataset.images), dataset.fingers, copies.threshold, REGION, SEED, HELD_OUT
    )
    fingerprint = fingerprint_of(dataset, split)
    (facts,) = [each for each in copies.fair_splits if each.fingerprint == fingerprint]
    fair = parted(dataset, split, fingerprint)
    trunks_first = sorted(all_specs().values(), key=lambda spec: spec.trunk is not None)
    return FairSplitRecord(
        provenance=provenance_of(dataset, SEED, PACKAGES),
        region=REGION,
        train_images=len(split.train),
        left_out=len(split.left_out),
        split_fingerprint=fingerprint,
        one_nearest=facts.one_nearest,
        results=tuple(
            sorted((train_one(spec, fair) for spec in trunks_first), key=lambda each: each.name)
        ),
    )


def parted(dataset: Dataset, split: FairSplit, fingerprint: str) -> Dataset:
    """A dataset of the images that a split keeps, in memory, with its parts as train and test.

    Args:
        dataset: the whole one.
        split: of its images.
        fingerprint: of the split, which becomes that of the result.
    """
    kept = np.sort(np.concatenate([split.train, split.test]))
    is_test = np.isin(kept, split.test)
    return Dataset(
        facts=replace(dataset.facts, images=len(kept), fingerprint=fingerprint),
        images=dataset.images[kept],
        fingers=dataset.fingers[kept],
        sides=dataset.sides[kept],
        splits=np.where(is_test, SPLITS.index("test"), SPLITS.index("train")).astype(np.uint8),
        names=dataset.names[kept],
    )


def train_one(spec: ModelSpec, fair: Dataset, runs_root: Path = RUNS_ROOT) -> FairResult:
    """Train one model on the fair split and test it there, unless that was done before.

    A model that starts from a trunk starts from the one that learned from the same split.

    Raises:
        OSError: the disk is full or not writable.
    """
    epochs = min(spec.recipe.epochs, MOST_EPOCHS.get(spec.name, spec.recipe.epochs))
    shorter = replace(spec, recipe=replace(spec.recipe, epochs=epochs))
    folder = runs_root / "experiments" / "fair_split"
    card = _kept_card(shorter, fair, folder / "models") or _train(shorter, fair, folder)
    usual = artifacts.read_card(spec.name) if artifacts.is_trained(spec.name) else None
    return FairResult(
        name=spec.name,
        title=spec.title,
        target=spec.target,
        epochs=card.epochs,
        test_images=card.data.test_images,
        wrong=card.wrong,
        usual_test_images=None if usual is None else usual.data.test_images,
        usual_wrong=None if usual is None else usual.wrong,
    )


def _kept_card(spec: ModelSpec, fair: Dataset, models_root: Path) -> Card | None:
    if not artifacts.is_trained(spec.name, models_root):
        return None
    card = artifacts.read_card(spec.name, models_root)
    asked = (fair.facts.fingerprint, spec.recipe.epochs, spec.recipe.batch_size)
    return card if asked == (card.data.fingerprint, card.epochs, card.batch_size) else None


def _train(spec: ModelSpec, fair: Dataset, folder: Path) -> Card:
    # Keras and TensorFlow take seconds to import; pages that read the record must not wait.
    from core.recording import train_and_record

    def report(epoch: "Epoch") -> None:
        print(
            f"{spec.name} epoch {epoch.epoch}/{spec.recipe.epochs}: "
            f"{epoch.test_accuracy:.2%} of the held-out images, {epoch.seconds:.0f} s",
            flush=True,
        )

    return train_and_record(
        spec,
        fair,
        [SEED],
        report,
        runs_root=folder / "trainings",
        models_root=folder / "models",
        calibration_photos=CALIBRATION_PHOTOS,
    )


EXPERIMENT = Experiment(
    name="fair_split",
    title="Every model again, on a split without near copies",
    run=run,
)
