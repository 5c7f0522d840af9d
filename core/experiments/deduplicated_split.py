"""Every model of the article retrained, on a split without near-duplicates between its parts."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from core.artifacts import store as artifacts
from core.artifacts.cards import SeedRun
from core.common.errors import UserError
from core.common.metrics import Tested, accuracy
from core.common.parallel import map_parts
from core.common.serialization import AtLeastOne, Count, Sha256
from core.common.types import Target
from core.datasets.near_duplicates import DeduplicatedSplit, Region, deduplicated_split, shrink
from core.datasets.store import SPLITS, Dataset
from core.experiments import Experiment
from core.experiments.near_duplicates import HELD_OUT, fingerprint_of
from core.experiments.records.near_duplicates import NearDuplicatesRecord, NearestNeighbour
from core.experiments.records.store import Provenance, ResultCache, provenance_of, read_record
from core.training.trainer import RUNS_ROOT, print_epoch
from core.zoo import ArticleSpec, article_specs, get_spec

REGION: Region = "outer"
"""Poses at the edge of all poses: for poses in the middle, copying the nearest training image is
nearly always right."""

SEED = 0
"""For the split and the trainings."""

CALIBRATION_PHOTOS = 12
"""In the record of a training whose model is not published."""

PACKAGES = ("keras", "tensorflow", "numpy")


@dataclass(frozen=True)
class DeduplicatedResult(Tested):
    """One model on the held-out images of the deduplicated split.

    Beside it stands the shipped model on the usual test set, or None if it is not trained.
    """

    name: str
    title: str
    target: Target
    epochs: int
    test_images: int
    errors: int
    usual_test_images: int | None
    usual_errors: int | None

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.usual_errors is None) != (self.usual_test_images is None):
            raise ValueError("the results on the usual test set are incomplete")
        if not 0 <= (self.usual_errors or 0) <= (self.usual_test_images or 0) or self.epochs < 1:
            raise ValueError(f"impossible counts: {self}")

    @property
    def usual_accuracy(self) -> float | None:
        """Share of the usual test images classified correctly, 0 to 1, if known."""
        if self.usual_errors is None or self.usual_test_images is None:
            return None
        return accuracy(self.usual_errors, self.usual_test_images)


@dataclass(frozen=True)
class DeduplicatedSplitRecord:
    """The results of all models, in alphabetical order.

    The seed is that of the split and the trainings; the region is where the held-out poses lie, and
    the fingerprint is over the file names and parts of all images.
    """

    provenance: Provenance
    region: Region
    train_images: AtLeastOne
    left_out: Count
    split_fingerprint: Sha256
    nearest_neighbour: NearestNeighbour
    results: tuple[DeduplicatedResult, ...]

    def __post_init__(self) -> None:
        names = [each.name for each in self.results]
        if not names or names != sorted(set(names)):
            raise ValueError("the models are not in order")
        if {each.test_images for each in self.results} != {self.nearest_neighbour.images}:
            raise ValueError("the models were not tested on the same images")


def run(dataset: Dataset) -> DeduplicatedSplitRecord:
    """Train every model on the deduplicated split; takes half an hour, and resumes.

    Raises:
        UserError: the near-duplicates of this dataset have not been measured yet.
    """
    copies = read_record("near_duplicates", NearDuplicatesRecord)
    split = deduplicated_split(
        shrink(dataset.images), dataset.fingers, copies.threshold, REGION, SEED, HELD_OUT
    )
    fingerprint = fingerprint_of(dataset, split)
    wanted = (REGION, SEED, fingerprint)
    recorded = {
        (each.region, each.seed, each.fingerprint): each.nearest_neighbour
        for each in copies.deduplicated_splits
    }
    if wanted not in recorded:
        raise UserError(
            "The recorded near-duplicates are of another dataset. Measure them first: "
            "python -m core experiment near_duplicates"
        )
    provenance = provenance_of(dataset, SEED, PACKAGES)
    test = partial(_held_out, dataset, split, fingerprint, provenance.versions)
    specs = article_specs()
    tested: dict[str, SeedRun] = {}
    # A model on a backbone needs the backbone trained on the same split.
    for on_backbone in (False, True):
        names = [name for name in specs if (specs[name].backbone is not None) == on_backbone]
        tested |= map_parts(test, names, "Training")
    return DeduplicatedSplitRecord(
        provenance=provenance,
        region=REGION,
        train_images=len(split.train),
        left_out=len(split.left_out),
        split_fingerprint=fingerprint,
        nearest_neighbour=recorded[wanted],
        results=tuple(
            _result(specs[name], len(split.test), tested[name]) for name in sorted(specs)
        ),
    )


def parted(dataset: Dataset, split: DeduplicatedSplit, fingerprint: str) -> Dataset:
    """An in-memory dataset of the images that a split keeps, divided into train and test.

    The split's fingerprint becomes the result's.
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


def _held_out(
    dataset: Dataset,
    split: DeduplicatedSplit,
    fingerprint: str,
    versions: dict[str, str],
    name: str,
) -> SeedRun:
    spec = article_specs()[name]
    settings = {
        "data": fingerprint,
        "recipe": repr(spec.recipe),
        "backbone": None if spec.backbone is None else repr(get_spec(spec.backbone).recipe),
        **versions,
    }
    finished = ResultCache("deduplicated_split", SeedRun, settings, RUNS_ROOT)
    return finished.part(name, lambda: _train(spec, parted(dataset, split, fingerprint)))


def _result(spec: ArticleSpec, test_images: int, held_out: SeedRun) -> DeduplicatedResult:
    usual = artifacts.read_card(spec.name).on_dataset if artifacts.is_trained(spec.name) else None
    return DeduplicatedResult(
        name=spec.name,
        title=spec.title,
        target=spec.target,
        epochs=held_out.epochs,
        test_images=test_images,
        errors=held_out.errors,
        usual_test_images=None if usual is None else usual.data.test_images,
        usual_errors=None if usual is None else usual.errors,
    )


def _train(spec: ArticleSpec, deduplicated: Dataset) -> SeedRun:
    # Importing Keras and TensorFlow takes seconds; pages that read the record must not wait.
    from core.training.publish import train_and_record

    folder = RUNS_ROOT / "experiments" / "deduplicated_split"
    card = train_and_record(
        spec,
        deduplicated,
        [SEED],
        partial(print_epoch, spec.name, spec.recipe.epochs),
        runs_root=folder / "trainings",
        models_root=folder / "models",
        calibration_photos=CALIBRATION_PHOTOS,
    )
    return card.on_dataset.runs[0]


EXPERIMENT = Experiment(
    "deduplicated_split",
    "Every model retrained, on a split without near-duplicates",
    run,
    has_parts=True,
)
