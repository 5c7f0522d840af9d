"""How few labels are enough with transfer learning: three ways, many sizes."""

import statistics
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import NamedTuple

from core.artifacts import store as artifacts
from core.common.metrics import mean_interval
from core.datasets.store import Dataset
from core.experiments import Experiment
from core.experiments.records.store import Provenance, ResultCache, provenance_of
from core.training.transfer import (
    BATCH_NORM_MOMENTUM,
    FINE_TUNING_SHARE,
    MIN_STEPS,
    MODES,
    Mode,
    TransferPoint,
    TransferTrainings,
)
from core.zoo import ArticleSpec, Recipe, get_spec

MODEL = "hand_side"
SIZES = (20, 50, 100, 200, 500, 1_000, 3_000, 18_000)
"""Numbers of labelled images."""

SEEDS = (0, 1, 2)
MAX_IMAGES_OF_ALL_SEEDS = 3_000
"""With more images only the first seed is trained: there, chance matters little but time a lot."""

PACKAGES = ("keras", "tensorflow", "numpy")


class MeanAccuracy(NamedTuple):
    """A mean over seeds, 0 to 1, and its 95% interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class TransferRecord:
    """All trainings, by mode, then by images, then by seed; the provenance has the first seed."""

    provenance: Provenance
    method: str
    model: str
    backbone: str
    backbone_sha256: str
    points: tuple[TransferPoint, ...]

    def __post_init__(self) -> None:
        trained = {(each.images, each.seed) for each in self.points}
        expected = [(mode, *case) for mode in MODES for case in sorted(trained)]
        if not trained or [(each.mode, each.images, each.seed) for each in self.points] != expected:
            raise ValueError("not every mode has every size and seed in order")

    @property
    def sizes(self) -> tuple[int, ...]:
        """The numbers of images, in ascending order."""
        return tuple(sorted({each.images for each in self.points}))

    def of(self, mode: Mode, images: int) -> tuple[TransferPoint, ...]:
        """The trainings of one mode and size, one per seed."""
        return tuple(each for each in self.points if (each.mode, each.images) == (mode, images))

    def median_accuracy(self, mode: Mode, images: int) -> float:
        """Median accuracy over the seeds of one mode and size, 0 to 1."""
        return statistics.median(each.accuracy for each in self.of(mode, images))

    def mean_accuracy(self, mode: Mode, images: int) -> MeanAccuracy:
        """Mean accuracy over the seeds of one mode and size.

        Raises:
            ValueError: there is one seed alone.
        """
        accuracies = [each.accuracy for each in self.of(mode, images)]
        low, high = mean_interval(accuracies)
        return MeanAccuracy(statistics.fmean(accuracies), max(low, 0.0), min(high, 1.0))


def run(dataset: Dataset) -> TransferRecord:
    """Train every mode, size and seed; takes a quarter of an hour on two cores, and resumes."""
    spec = get_spec(MODEL)
    assert spec.backbone is not None
    backbone_sha256 = artifacts.read_card(spec.backbone).sha256["weights.keras"]
    provenance = provenance_of(dataset, SEEDS[0], PACKAGES)
    method = _method(spec)
    settings = {
        "data": dataset.facts.fingerprint,
        "backbone": backbone_sha256,
        "method": method,
        **provenance.versions,
    }
    finished = ResultCache("transfer", TransferPoint, settings)
    cases = cases_for(len(dataset.indices("train")))
    points = finished.all_parts(
        partial(_train, dataset),
        {"-".join(map(str, case)): case for case in cases},
        "Training with and without pretrained layers",
    )
    return TransferRecord(provenance, method, MODEL, spec.backbone, backbone_sha256, points)


def _method(spec: ArticleSpec) -> str:
    assert isinstance(spec.recipe, Recipe)
    batch, rate = spec.recipe.batch_size, spec.recipe.learning_rate
    return (
        f"Adam, {MIN_STEPS} batches or one epoch, whichever is more, each of {batch} images, or of "
        f"all if there are fewer. Layers kept: the new output learns at rate {rate:g} from the "
        "features of the kept layers, computed once. Fine-tuned: after that, as many batches at "
        f"rate {rate * FINE_TUNING_SHARE:g} for all layers. From scratch: the same layers with "
        f"random weights, at rate {rate:g}. Where batch normalisation learns, its momentum is "
        f"{BATCH_NORM_MOMENTUM}."
    )


def cases_for(train_images: int) -> list[tuple[Mode, int, int]]:
    """Every mode, size and seed for which there are enough training images."""
    return [
        (mode, images, seed)
        for mode in MODES
        for images in sorted({min(size, train_images) for size in SIZES})
        for seed in (SEEDS if images <= MAX_IMAGES_OF_ALL_SEEDS else SEEDS[:1])
    ]


def _train(dataset: Dataset, case: tuple[Mode, int, int]) -> TransferPoint:
    return _trainings(dataset).train(*case)


@lru_cache(maxsize=1)
def _trainings(dataset: Dataset) -> TransferTrainings:
    """Once a process, since they share the backbone's features."""
    return TransferTrainings(get_spec(MODEL), dataset)


EXPERIMENT = Experiment(
    "transfer",
    "Transfer: pretrained layers frozen, fine-tuned or not used, with more and more labels",
    run,
    has_parts=True,
)
