"""What pretrained layers are worth with few labels: kept, or the same layers from scratch."""

import statistics
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import NamedTuple

from core.artifacts import store as artifacts
from core.common.metrics import mean_interval
from core.datasets.store import Dataset
from core.experiments import Experiment
from core.experiments.records.store import Provenance, ResultCache, provenance_of
from core.experiments.transfer import MODEL, PACKAGES, method_of
from core.training.transfer import Mode, TransferPoint, TransferTrainings
from core.zoo import get_spec

SIZES = (10, 20, 50, 100, 200)
"""Numbers of labelled images; with more of them both ways are as good."""

SEEDS = (0, 1, 2, 3, 4)
WAYS: tuple[Mode, Mode] = ("frozen", "from_scratch")


class Spread(NamedTuple):
    """Accuracies of all seeds, 0 to 1: their mean and the 95% interval of it."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class FewLabelsRecord:
    """All trainings, by way, then by images, then by seed; the provenance has the first seed."""

    provenance: Provenance
    method: str
    backbone_sha256: str
    points: tuple[TransferPoint, ...]

    def __post_init__(self) -> None:
        trained = sorted({(each.images, each.seed) for each in self.points})
        expected = [(way, *case) for way in WAYS for case in trained]
        if not trained or [(each.mode, each.images, each.seed) for each in self.points] != expected:
            raise ValueError("not every way has every size and seed in order")
        if len(trained) < 2 * len(self.sizes):
            raise ValueError("an interval needs two seeds of each size")

    @property
    def sizes(self) -> tuple[int, ...]:
        """The numbers of images, in ascending order."""
        return tuple(sorted({each.images for each in self.points}))

    def accuracies(self, way: Mode, images: int) -> tuple[float, ...]:
        """Of one way and size, one per seed, 0 to 1."""
        return tuple(
            each.accuracy for each in self.points if (each.mode, each.images) == (way, images)
        )

    def spread(self, way: Mode, images: int) -> Spread:
        """The mean over the seeds of one way and size, with its interval."""
        accuracies = self.accuracies(way, images)
        low, high = mean_interval(accuracies)
        return Spread(statistics.fmean(accuracies), max(low, 0.0), min(high, 1.0))


def run(dataset: Dataset) -> FewLabelsRecord:
    """Train both ways with every size and seed; takes ten minutes on two cores, and resumes."""
    spec = get_spec(MODEL)
    assert spec.backbone is not None
    backbone_sha256 = artifacts.read_card(spec.backbone).sha256["weights.keras"]
    provenance = provenance_of(dataset, SEEDS[0], PACKAGES)
    method = method_of(spec)
    finished = ResultCache(
        "few_labels",
        TransferPoint,
        {
            "data": dataset.facts.fingerprint,
            "backbone": backbone_sha256,
            "method": method,
            **provenance.versions,
        },
    )
    most = len(dataset.indices("train"))
    sizes = sorted({min(size, most) for size in SIZES})
    cases = [(way, images, seed) for way in WAYS for images in sizes for seed in SEEDS]
    points = finished.all_parts(
        partial(_train, dataset),
        {"-".join(map(str, case)): case for case in cases},
        "Training with few labels",
    )
    return FewLabelsRecord(provenance, method, backbone_sha256, points)


def _train(dataset: Dataset, case: tuple[Mode, int, int]) -> TransferPoint:
    return _trainings(dataset).train(*case)


@lru_cache(maxsize=1)
def _trainings(dataset: Dataset) -> TransferTrainings:
    """Once a process, since they share the backbone's features."""
    return TransferTrainings(get_spec(MODEL), dataset)


EXPERIMENT = Experiment(
    "few_labels",
    "Few labels: pretrained layers kept or not used, with 10 to 200 labels and five seeds",
    run,
    has_parts=True,
)
