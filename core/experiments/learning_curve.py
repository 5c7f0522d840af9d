"""How many images are enough: logistic regression on more and more of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from core.common.metrics import ConfusionMatrix, confusion_matrix, error_count
from core.common.types import FINGER_COUNTS
from core.datasets.store import Dataset
from core.experiments import Experiment
from core.experiments.records.logistic import (
    PACKAGES,
    SEED,
    BothWaysRecord,
    DualFitResult,
    FitConfig,
    PrimalFitResult,
    fit_path,
    fit_raw_pixels,
    raw_pixels_of,
    samples_of,
)
from core.experiments.records.store import Provenance, ResultCache, Settings, provenance_of
from core.training.trainer import RUNS_ROOT

SIZES = (*range(10, 251, 10), *range(300, 3001, 50))
"""Numbers of training images, as in the article."""

C = 1.0
"""scikit-learn's default, and the article's."""

MINIMUM_TOLERANCE = 1e-5
MINIMUM_ITERATIONS = 10_000
"""With this scikit-learn's solver continues on raw pixels until it can gain nothing more."""

EXACT_UP_TO = 400
"""Up to so many images, pixels are 64-bit floats: with few images, rounding in 32 bits stops the
solver short of the minimum, which costs some test images. With more, it takes hours and gains
little."""

RELAXATIONS = (1.0, 1e2, 1e4, 1e6, 1e8)
"""Increasing values of C, up to hardly any regularisation."""

UNREGULARISED_C = 1e14
"""The article's value."""

_METHOD = (
    "Logistic regression for six counts, C = 1, on 16,384 pixels from 0 to 1. Our solver: Newton's "
    "method with preconditioned conjugate gradients in the span of the images, each size started "
    "from the one before, until half the squared Newton decrement is below a thousandth of the "
    "objective. The article's method: scikit-learn's LogisticRegression with its defaults, each "
    "size from scratch. Times are for one processor thread."
)


@dataclass(frozen=True)
class LearningCurveRecord(BothWaysRecord):
    """All sizes, from the smallest to the largest.

    Attributes:
        minima: on raw pixels with a tenth of the tolerance, for the same sizes.
        confusion_matrix: of our last fit; rows are true counts, columns predicted ones.
        relaxed: ours with the most images and less and less regularisation.
        unregularised: the article's way with the most images and hardly any regularisation.
    """

    minima: tuple[PrimalFitResult, ...]
    confusion_matrix: ConfusionMatrix
    relaxed: tuple[DualFitResult, ...]
    unregularised: PrimalFitResult

    def __post_init__(self) -> None:
        super().__post_init__()
        if [each.config for each in self.minima] != [each.config for each in self.fits]:
            raise ValueError("the minima have different configurations")
        last = self.fits[-1]
        total = sum(map(sum, self.confusion_matrix))
        if (total, error_count(self.confusion_matrix)) != (last.test_images, last.errors):
            raise ValueError("the confusion matrix is not that of the last fit")

    @property
    def farthest_from_minimum(self) -> float:
        """The largest difference from the test accuracy at scikit-learn's minimum, 0 to 1."""
        pairs = zip(self.fits, self.minima, strict=True)
        return max(abs(ours.accuracy - theirs.accuracy) for ours, theirs in pairs)


def run(dataset: Dataset) -> LearningCurveRecord:
    """Fit every size both ways, after fitting each to the minimum with scikit-learn.

    The minima take most of an hour and are saved one by one; the rest takes six minutes, nearly all
    of it for the article's way.
    """
    samples = samples_of(dataset, max(SIZES))
    most = len(samples.images)
    configs = [FitConfig(size, C) for size in SIZES if size <= most]
    provenance = provenance_of(dataset, SEED, PACKAGES)
    minima = _minima(configs, dataset, provenance)
    path, predictions = fit_path(samples, configs)
    # Newton's method is slow far from the minimum, so C grows step by step.
    relaxed, _ = fit_path(samples, [FitConfig(most, c) for c in RELAXATIONS])
    return LearningCurveRecord(
        provenance=provenance,
        method=_METHOD,
        **vars(path),
        raw=fit_raw_pixels(dataset, most, configs),
        minima=minima,
        confusion_matrix=confusion_matrix(samples.test_labels, predictions, len(FINGER_COUNTS)),
        relaxed=relaxed.fits,
        unregularised=raw_pixels_of(dataset, most).fit(FitConfig(most, UNREGULARISED_C)),
    )


def _minima(
    configs: Sequence[FitConfig], dataset: Dataset, provenance: Provenance
) -> tuple[PrimalFitResult, ...]:
    settings: Settings = {
        "data": provenance.data.fingerprint,
        "seed": SEED,
        "tolerance": MINIMUM_TOLERANCE,
        "iterations": MINIMUM_ITERATIONS,
        **provenance.versions,
    }
    finished = ResultCache("learning_curve", PrimalFitResult, settings, RUNS_ROOT)
    cases = {
        f"{'exact_' if _is_exact(config) else ''}minimum_{config.train_images}": config
        for config in configs
    }
    fit = partial(_minimum, dataset, max(config.train_images for config in configs))
    return finished.all_parts(fit, cases, "Fitting raw pixels to the minimum")


def _is_exact(config: FitConfig) -> bool:
    return config.train_images <= EXACT_UP_TO


def _minimum(dataset: Dataset, most: int, config: FitConfig) -> PrimalFitResult:
    used = (EXACT_UP_TO, np.float64) if _is_exact(config) else (most, np.float32)
    return raw_pixels_of(dataset, *used).fit(config, MINIMUM_TOLERANCE, MINIMUM_ITERATIONS)


EXPERIMENT = Experiment(
    "learning_curve",
    "Learning curve: logistic regression on more and more images",
    run,
    has_parts=True,
)
