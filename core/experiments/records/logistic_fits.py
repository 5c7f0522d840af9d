"""Logistic regressions for the finger count, in the images' span and on raw pixels, timed alike.

All times are for one processor thread, and exclude loading the images, which both ways need.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.common.progress import with_progress
from core.common.types import Uint8Array
from core.datasets.store import Dataset
from core.experiments.records.logistic import DualFitResult, FitConfig, PrimalFitResult
from core.images.pooling import Pixels
from core.training.fitting import DEFAULT_ITERATIONS, DEFAULT_TOLERANCE, fit_pixels
from core.training.gram import Gram, as_pixels, gram_of, scores_of, weights_of
from core.training.multinomial import Labels, losses_and_probabilities, objective
from core.training.newton import DualFit, fit

SEED = 0
"""Shuffles the training images, so that the first ones are a random sample."""

PACKAGES = ("numpy", "scikit-learn")


@dataclass(frozen=True)
class Samples:
    """Images in random order to train on, and to test, (images, height, width); their counts."""

    images: Uint8Array
    labels: Uint8Array
    test_images: Uint8Array
    test_labels: Uint8Array


def samples_of(dataset: Dataset, most: int) -> Samples:
    """All test images, and the first of a seeded shuffle of the training images."""
    train = np.random.default_rng(SEED).permutation(dataset.indices("train"))[:most]
    test = dataset.indices("test")
    return Samples(
        dataset.images[train], dataset.fingers[train], dataset.images[test], dataset.fingers[test]
    )


@dataclass(frozen=True)
class FitPath:
    """Regressions that share one Gram matrix and one test, each started from the previous one.

    Scoring is to compute all weights and to classify all test images with each. The predictions are
    (test images,) finger counts by the last fit.
    """

    gram_seconds: float
    scoring_seconds: float
    fits: tuple[DualFitResult, ...]
    predictions: Labels

    @property
    def seconds(self) -> float:
        """The total time."""
        return self.gram_seconds + self.scoring_seconds + sum(each.seconds for each in self.fits)


@dataclass(frozen=True)
class _Learned:
    """A fit, the finger counts of its classes, and the seconds it took."""

    fit: DualFit
    classes: Labels
    seconds: float


def fit_path(samples: Samples, configs: Sequence[FitConfig]) -> FitPath:
    """Fit all configurations in order."""
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
    return FitPath(
        gram_seconds=round(made - started, 4),
        scoring_seconds=round(scored - fitted, 4),
        fits=tuple(
            _facts(samples, config, each, predicted)
            for config, each, predicted in zip(configs, learned, predictions, strict=True)
        ),
        predictions=predictions[-1],
    )


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

    def fit_all(self, configs: Sequence[FitConfig]) -> tuple[PrimalFitResult, ...]:
        """Fit every configuration with scikit-learn's defaults."""
        label = "Fitting raw pixels, as the article does"
        return tuple(self.fit(config) for config in with_progress(configs, label))


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
