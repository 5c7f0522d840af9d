"""How much smaller images may be: logistic regression on the pooled pixels of the dataset."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from core.common.metrics import accuracy
from core.common.parallel import all_parts
from core.common.serialization import AtLeastOne, NotNegative
from core.datasets.store import Dataset
from core.experiments import Experiment
from core.experiments.records.store import Provenance, provenance_of
from core.images.pooling import KINDS, Kind, Pooling, pool
from core.training.arrays import train_indices
from core.training.gram import as_pixels
from core.training.logistic_regression import fit_pixels

SEED = 0
ALL_IMAGES, FEW_IMAGES = 18_000, 3_000
CASES = ((2, FEW_IMAGES), (2, ALL_IMAGES), (4, ALL_IMAGES), (8, ALL_IMAGES))
"""Non-overlapping windows, each with its maximum number of training images."""

MAX_ITERATIONS = 1_000


@dataclass(frozen=True)
class PoolingRun:
    """One logistic regression.

    Attributes:
        kind, window: of the pooling; the stride equals the window.
        size: height and width of the pooled images, in pixels.
        seconds: processor time of the fit, on one thread.
        elapsed_seconds: wall time of the fit, on a machine that was also doing other work.
        iterations, converged: of the solver, and whether it met its stopping criterion.
        accuracy: on the test images, 0 to 1.
    """

    kind: Kind
    window: int
    size: AtLeastOne
    train_images: AtLeastOne
    test_images: int
    seconds: NotNegative
    elapsed_seconds: NotNegative
    iterations: int
    converged: bool
    errors: int
    accuracy: float

    def __post_init__(self) -> None:
        Pooling(self.kind, self.window, self.window)
        if not 0 <= self.errors <= self.test_images:
            raise ValueError(f"impossible counts: {self}")
        if abs(self.accuracy - accuracy(self.errors, self.test_images)) > 1e-6:
            raise ValueError(f"{self.errors} errors do not give an accuracy of {self.accuracy}")


@dataclass(frozen=True)
class PoolingRecord:
    """All logistic regressions, from the largest images to the smallest.

    The seed shuffles the training images; some runs take only the first ones.
    """

    provenance: Provenance
    method: str
    runs: tuple[PoolingRun, ...]

    def __post_init__(self) -> None:
        if not self.runs:
            raise ValueError("there are no runs")


def run(dataset: Dataset) -> PoolingRecord:
    """Fit one logistic regression for each kind and window; takes a minute."""
    cases = [(Pooling(kind, window, window), most) for window, most in CASES for kind in KINDS]
    return PoolingRecord(
        provenance_of(dataset, SEED, ("scikit-learn", "numpy")),
        f"scikit-learn's LogisticRegression with its defaults and at most {MAX_ITERATIONS:,} "
        "iterations, on pixels from 0 to 1, on one thread",
        all_parts(partial(_run_one, dataset), cases, "Fitting logistic regressions"),
    )


def _run_one(dataset: Dataset, case: tuple[Pooling, int]) -> PoolingRun:
    pooling, most = case
    # In store order.
    train, test = np.sort(train_indices(dataset, most, SEED)), dataset.indices("test")
    pixels, test_pixels = (as_pixels(pool(dataset.images[each], pooling)) for each in (train, test))
    found = fit_pixels(pixels, dataset.fingers[train], iterations=MAX_ITERATIONS)
    iterations = int(found.model.n_iter_.max())
    errors = int((found.model.predict(test_pixels) != dataset.fingers[test]).sum())
    return PoolingRun(
        kind=pooling.kind,
        window=pooling.window,
        size=pooling.size_of(dataset.images.shape[1]),
        train_images=len(train),
        test_images=len(test),
        seconds=round(found.seconds, 2),
        elapsed_seconds=round(found.elapsed_seconds, 2),
        iterations=iterations,
        converged=iterations < MAX_ITERATIONS,
        errors=errors,
        accuracy=round(accuracy(errors, len(test)), 6),
    )


EXPERIMENT = Experiment(
    "pooling", "Pooling before logistic regression: size, time and accuracy", run, has_parts=True
)
