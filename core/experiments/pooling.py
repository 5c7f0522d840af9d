"""How much smaller images may be: logistic regression on the pooled pixels of the dataset."""

import time
import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.common.metrics import accuracy
from core.common.progress import ProgressLine
from core.common.types import Float32Array
from core.datasets.store import Dataset
from core.experiments import Experiment
from core.experiments.records.store import Provenance, provenance_of
from core.images.pooling import KINDS, Kind, Pooling, pool

SEED = 0
ALL_IMAGES, FEW_IMAGES = 18_000, 3_000
CASES = ((2, FEW_IMAGES), (2, ALL_IMAGES), (4, ALL_IMAGES), (8, ALL_IMAGES))
"""Non-overlapping windows, each with its maximum number of training images."""

MAX_ITERATIONS = 1_000

_Indices = npt.NDArray[np.intp]


@dataclass(frozen=True)
class PoolingRun:
    """One logistic regression.

    Attributes:
        kind, window: of the pooling; the stride equals the window.
        size: height and width of the pooled images, in pixels.
        train_images, test_images: how many it was trained and tested on.
        seconds: processor time of the fit, on one thread.
        elapsed_seconds: wall time of the fit, on a machine that was also doing other work.
        iterations: of the solver.
        converged: whether the solver met its stopping criterion.
        errors: how many test images were classified wrongly.
        accuracy: the share of those classified correctly, 0 to 1.
    """

    kind: Kind
    window: int
    size: int
    train_images: int
    test_images: int
    seconds: float
    elapsed_seconds: float
    iterations: int
    converged: bool
    errors: int
    accuracy: float

    def __post_init__(self) -> None:
        Pooling(self.kind, self.window, self.window)
        if not 0 <= self.errors <= self.test_images or min(self.size, self.train_images) < 1:
            raise ValueError(f"impossible counts: {self}")
        if abs(self.accuracy - accuracy(self.errors, self.test_images)) > 1e-6:
            raise ValueError(f"{self.errors} errors do not give an accuracy of {self.accuracy}")
        if min(self.seconds, self.elapsed_seconds) < 0:
            raise ValueError("a time is negative")


@dataclass(frozen=True)
class PoolingRecord:
    """All logistic regressions.

    Attributes:
        provenance: the seed shuffles the training images; some runs take only the first ones.
        method: the classifier and its settings, in one sentence.
        runs: from the largest images to the smallest.
    """

    provenance: Provenance
    method: str
    runs: tuple[PoolingRun, ...]

    def __post_init__(self) -> None:
        if not self.runs:
            raise ValueError("there are no runs")


def run(dataset: Dataset) -> PoolingRecord:
    """Fit one logistic regression for each kind and window; takes a minute."""
    progress = ProgressLine("Fitting logistic regressions")
    cases = [(Pooling(kind, window, window), most) for window, most in CASES for kind in KINDS]
    runs = []
    for done, (pooling, most) in enumerate(cases, start=1):
        runs.append(_run_one(dataset, pooling, most))
        progress(done, len(cases))
    return PoolingRecord(
        provenance_of(dataset, SEED, ("scikit-learn", "numpy")),
        f"scikit-learn's LogisticRegression with its defaults and at most {MAX_ITERATIONS:,} "
        "iterations, on pixels from 0 to 1, on one thread",
        tuple(runs),
    )


def _run_one(dataset: Dataset, pooling: Pooling, most: int) -> PoolingRun:
    # Imported here: commands and pages that only read results must not wait for scikit-learn.
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    train, test = train_indices(dataset, most), dataset.indices("test")
    pixels, test_pixels = (_pooled_pixels(dataset, each, pooling) for each in (train, test))
    model = LogisticRegression(max_iter=MAX_ITERATIONS)
    with threadpool_limits(1), warnings.catch_warnings():
        # The record says so in ``converged``.
        warnings.simplefilter("ignore", ConvergenceWarning)
        started, started_working = time.perf_counter(), time.process_time()
        model.fit(pixels, dataset.fingers[train])
        worked, elapsed = time.process_time() - started_working, time.perf_counter() - started
    iterations = int(model.n_iter_.max())
    errors = int((model.predict(test_pixels) != dataset.fingers[test]).sum())
    return PoolingRun(
        kind=pooling.kind,
        window=pooling.window,
        size=pooling.size_of(dataset.images.shape[1]),
        train_images=len(train),
        test_images=len(test),
        seconds=round(worked, 2),
        elapsed_seconds=round(elapsed, 2),
        iterations=iterations,
        converged=iterations < MAX_ITERATIONS,
        errors=errors,
        accuracy=round(accuracy(errors, len(test)), 6),
    )


def train_indices(dataset: Dataset, most: int) -> _Indices:
    """The first of a seeded shuffle of the training images, in store order."""
    train = dataset.indices("train")
    return np.sort(np.random.default_rng(SEED).permutation(train)[:most])


def _pooled_pixels(dataset: Dataset, indices: _Indices, pooling: Pooling) -> Float32Array:
    """(images, pixels) float32, 0 to 1."""
    pooled = pool(dataset.images[indices], pooling)
    return pooled.reshape(len(indices), -1).astype(np.float32) / np.float32(255)


EXPERIMENT = Experiment(
    name="pooling",
    title="Pooling before logistic regression: size, time and accuracy",
    run=run,
)
