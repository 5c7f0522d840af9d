"""Logistic regressions for the finger count, in the images' span and on raw pixels, timed alike.

All times are for one processor thread, and exclude loading the images, which both ways need.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np

from core.common.metrics import Tested, accuracy
from core.common.parallel import all_parts
from core.common.serialization import AtLeastOne, Count, NotNegative, Positive
from core.common.types import Uint8Array
from core.datasets.store import Dataset
from core.experiments.records.store import Provenance
from core.images.pooling import Pixels
from core.training.arrays import train_indices
from core.training.gram import Gram, as_pixels, gram_of, scores_of, weights_of
from core.training.logistic_regression import DEFAULT_ITERATIONS, DEFAULT_TOLERANCE, fit_pixels
from core.training.newton import DualFit, Labels, fit, losses_and_probabilities, objective

SEED = 0
"""Shuffles the training images, so that the first ones are a random sample."""

PACKAGES = ("numpy", "scikit-learn")


@dataclass(frozen=True, order=True)
class FitConfig:
    """One regression: on how many of the first training images, and with which C.

    ``c`` is scikit-learn's, the inverse strength of the regularisation.
    """

    train_images: AtLeastOne
    c: Positive


@dataclass(frozen=True)
class FitResult(Tested):
    """One regression.

    Attributes:
        seconds: of the fit, without testing and what several fits share.
        objective: C · (sum of losses, to base e) + ½ ‖weights‖², at the weights found.
        test_images, errors: how many test images it classifies, and how many of them wrongly.
        converged: whether the solver met its stopping criterion.
    """

    config: FitConfig
    seconds: NotNegative
    objective: NotNegative
    test_images: int
    errors: int
    converged: bool


@dataclass(frozen=True)
class DualFitResult(FitResult):
    """One regression in the images' span.

    Attributes:
        train_errors: how many training images it classifies wrongly.
        steps, products: numbers of Newton steps and of products with the Gram matrix.
    """

    train_errors: Count
    steps: int
    products: int

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.train_errors > self.config.train_images:
            raise ValueError(f"impossible counts: {self}")

    @property
    def train_accuracy(self) -> float:
        """Share of training images classified correctly, 0 to 1."""
        return accuracy(self.train_errors, self.config.train_images)


@dataclass(frozen=True)
class PrimalFitResult(FitResult):
    """One regression on raw pixels by scikit-learn, as in the article.

    Attributes:
        tolerance: at which the solver stops.
        iterations: of the solver.
    """

    tolerance: float
    iterations: int


@dataclass(frozen=True)
class FitPath:
    """Regressions that share one Gram matrix and one test, each started from the previous one.

    Attributes:
        gram_seconds: for the Gram matrix.
        scoring_seconds: to compute all weights and to classify all test images with each.
        fits: in rising order of what is varied.
    """

    gram_seconds: NotNegative
    scoring_seconds: NotNegative
    fits: tuple[DualFitResult, ...]

    @property
    def seconds(self) -> float:
        """The total time."""
        return self.gram_seconds + self.scoring_seconds + sum(each.seconds for each in self.fits)


@dataclass(frozen=True)
class BothWaysRecord(FitPath):
    """Logistic regressions with many configurations, each fitted our way and the article's.

    Attributes:
        provenance: the seed shuffles the training images, of which the first ones are taken.
        method: a description of both ways.
        raw: the article's way, for the same configurations.
    """

    provenance: Provenance
    method: str
    raw: tuple[PrimalFitResult, ...]

    def __post_init__(self) -> None:
        configs = [each.config for each in self.fits]
        if not configs or configs != sorted(set(configs)):
            raise ValueError("the configurations are not in order")
        if [each.config for each in self.raw] != configs:
            raise ValueError("the two ways have different configurations")

    @property
    def raw_seconds(self) -> float:
        """Time for all fits, the article's way, without testing."""
        return sum(each.seconds for each in self.raw)


@dataclass(frozen=True)
class Samples:
    """Images in random order to train on, and to test, (images, height, width); their counts."""

    images: Uint8Array
    labels: Uint8Array
    test_images: Uint8Array
    test_labels: Uint8Array


def samples_of(dataset: Dataset, most: int) -> Samples:
    """All test images, and the first of a seeded shuffle of the training images."""
    train, test = train_indices(dataset, most, SEED), dataset.indices("test")
    return Samples(
        dataset.images[train], dataset.fingers[train], dataset.images[test], dataset.fingers[test]
    )


@dataclass(frozen=True)
class _Learned:
    """A fit, the finger counts of its classes, and the seconds it took."""

    fit: DualFit
    classes: Labels
    seconds: float


def fit_path(samples: Samples, configs: Sequence[FitConfig]) -> tuple[FitPath, Labels]:
    """Fit all configurations in order; also (test images,) finger counts by the last fit."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        started = time.process_time()
        space = gram_of(samples.images[: max(config.train_images for config in configs)])
        made = time.process_time()
        learned: list[_Learned] = []
        for config in configs:
            learned.append(_learn(space, samples, config, learned[-1] if learned else None))
        fitted = time.process_time()
        predictions = _predict(samples, learned)
        scored = time.process_time()
    fits = map(partial(_facts, samples), configs, learned, predictions)
    path = FitPath(round(made - started, 4), round(scored - fitted, 4), tuple(fits))
    return path, predictions[-1]


def _learn(space: Gram, samples: Samples, config: FitConfig, before: _Learned | None) -> _Learned:
    started = time.process_time()
    # A small sample may lack a count; as in scikit-learn, the model then lacks that class.
    classes, labels = np.unique(samples.labels[: config.train_images], return_inverse=True)
    known = before is not None and np.array_equal(before.classes, classes)
    start = before.fit if before is not None and known else None
    found = fit(space.first(config.train_images), labels.astype(np.intp), config.c, start)
    return _Learned(found, classes.astype(np.intp), time.process_time() - started)


def _predict(samples: Samples, learned: Sequence[_Learned]) -> list[Labels]:
    """(test images,) finger counts by each fit, from a single matrix product."""
    rows = [len(each.classes) for each in learned]
    dual = np.zeros((sum(rows), len(samples.images)), np.float32)
    ends = np.cumsum(rows)
    for end, each in zip(ends, learned, strict=True):
        dual[end - len(each.classes) : end, : each.fit.dual.shape[1]] = each.fit.dual
    scores = scores_of(weights_of(dual, samples.images), samples.test_images)
    return [
        each.classes[
            (scores[end - len(each.classes) : end] + each.fit.intercepts[:, None]).argmax(axis=0)
        ]
        for end, each in zip(ends, learned, strict=True)
    ]


def _facts(
    samples: Samples, config: FitConfig, learned: _Learned, predicted: Labels
) -> DualFitResult:
    found = learned.fit
    seen = learned.classes[found.scores.argmax(axis=0)]
    return DualFitResult(
        config=config,
        seconds=round(learned.seconds, 4),
        objective=round(found.objective, 9),
        train_errors=int((seen != samples.labels[: config.train_images]).sum()),
        test_images=len(predicted),
        errors=int((predicted != samples.test_labels).sum()),
        steps=found.steps,
        products=found.products,
        converged=found.converged,
    )


class RawPixels:
    """The article's way: every fit from scratch, on all pixels, with scikit-learn."""

    def __init__(
        self, samples: Samples, floats: type[np.float32] | type[np.float64] = np.float32
    ) -> None:
        """Convert all images to the floats in which the solver computes."""
        self._samples = samples
        self._pixels: Pixels = as_pixels(samples.images).astype(floats, copy=False)
        self._test_pixels: Pixels = as_pixels(samples.test_images).astype(floats, copy=False)

    def fit(
        self,
        config: FitConfig,
        tolerance: float = DEFAULT_TOLERANCE,
        iterations: int = DEFAULT_ITERATIONS,
    ) -> PrimalFitResult:
        """Fit one configuration, to a tolerance of the gradient or a number of iterations."""
        pixels, test_pixels = self._pixels[: config.train_images], self._test_pixels
        labels = self._samples.labels[: config.train_images]
        found = fit_pixels(pixels, labels, config.c, iterations, tolerance)
        model, used = found.model, int(found.model.n_iter_.max())
        return PrimalFitResult(
            config=config,
            tolerance=tolerance,
            seconds=round(found.seconds, 4),
            objective=round(_objective(pixels, labels, model.coef_, model.intercept_, config.c), 9),
            test_images=len(test_pixels),
            errors=int((model.predict(test_pixels) != self._samples.test_labels).sum()),
            iterations=used,
            converged=used < iterations,
        )


@lru_cache(maxsize=1)
def raw_pixels_of(
    dataset: Dataset, most: int, floats: type[np.float32] | type[np.float64] = np.float32
) -> RawPixels:
    """The pixels of ``samples_of``, which each process converts once for all its fits."""
    return RawPixels(samples_of(dataset, most), floats)


def fit_raw_pixels(
    dataset: Dataset, most: int, configs: Sequence[FitConfig]
) -> tuple[PrimalFitResult, ...]:
    """Fit every configuration with scikit-learn's defaults, of so many images at most."""
    fit = partial(_fit_raw_pixels, dataset, most)
    return all_parts(fit, configs, "Fitting raw pixels, as the article does")


def _fit_raw_pixels(dataset: Dataset, most: int, config: FitConfig) -> PrimalFitResult:
    return raw_pixels_of(dataset, most).fit(config)


def _objective(
    pixels: Pixels, labels: Uint8Array, weights: Pixels, intercepts: Pixels, c: float
) -> float:
    """The objective of (classes, pixels) weights, in float64 throughout."""
    exact = weights.astype(np.float64)
    blocks = (pixels[start : start + 500] for start in range(0, len(pixels), 500))
    scores = np.concatenate([exact @ part.T.astype(np.float64) for part in blocks], axis=1)
    rows = np.unique(labels, return_inverse=True)[1].astype(np.intp)
    losses, _ = losses_and_probabilities(scores + intercepts[:, None], rows)
    return objective(losses, float((exact**2).sum()), c)
