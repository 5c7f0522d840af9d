"""Fits logistic regressions: with scikit-learn, and those of the zoo, into their Keras models."""

import time
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from core.artifacts.epoch_records import before_training
from core.artifacts.store import Epoch
from core.common.types import Float32Array, Uint8Array
from core.datasets.store import Dataset
from core.images.pooling import Pixels, pool
from core.training.arrays import learning_data
from core.training.callbacks import read_images, read_test_images, visible_weights
from core.training.gram import as_pixels, gram_of, weights_of
from core.training.newton import Labels, fit
from core.training.trainer import TrainedSeed, quiet_tensorflow
from core.zoo import ArticleSpec, FitRecipe

DEFAULT_TOLERANCE = 1e-4
DEFAULT_ITERATIONS = 100
"""Those of ``LogisticRegression``, which the article uses."""

MAX_ITERATIONS = 1_000
"""For scikit-learn's solver; the article keeps the default of 100."""

Solution = tuple[Float32Array, Float32Array]
"""A regression's (classes, pixels) weights and (classes,) intercepts."""


class TimedFit(NamedTuple):
    """A fitted ``LogisticRegression``, and its processor and wall time in seconds."""

    model: Any
    seconds: float
    elapsed_seconds: float


def fit_pixels(
    pixels: Pixels,
    labels: npt.NDArray[np.integer[Any]],
    c: float = 1.0,
    iterations: int = DEFAULT_ITERATIONS,
    tolerance: float = DEFAULT_TOLERANCE,
) -> TimedFit:
    """Fit (images, pixels) to (images,) labels, whether or not the solver converges in time."""
    # Imported here: commands and pages that only read results must not wait for scikit-learn.
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    model = LogisticRegression(C=c, tol=tolerance, max_iter=iterations)
    with threadpool_limits(1), warnings.catch_warnings():
        # ``n_iter_`` tells whether it converged.
        warnings.simplefilter("ignore", ConvergenceWarning)
        started, started_working = time.perf_counter(), time.process_time()
        model.fit(pixels, labels)
        worked, elapsed = time.process_time() - started_working, time.perf_counter() - started
    return TimedFit(model, worked, elapsed)


def fit_seed(
    spec: ArticleSpec,
    recipe: FitRecipe,
    dataset: Dataset,
    seed: int,
    report: Callable[[Epoch], None],
) -> TrainedSeed:
    """Fit a model; its history is one epoch that took the seconds of the fit alone, on one thread.

    The seed selects the training images if not all of them are used.

    Raises:
        ValueError: the training images do not show every count.
    """
    from threadpoolctl import threadpool_limits

    quiet_tensorflow()
    data = learning_data(spec.target, dataset, recipe.images, seed)
    counts = data.targets.argmax(axis=1)
    if len(np.unique(counts)) != data.targets.shape[1]:
        raise ValueError("the training images do not show every count")
    solve = _in_the_images_span if recipe.solver == "newton" else _on_pixels
    with threadpool_limits(1):
        started = time.process_time()
        weights, intercepts = solve(recipe, data.images[..., 0], counts)
        seconds = time.process_time() - started
    model = spec.build()
    model.layers[-1].set_weights([np.zeros_like(weights.T), np.zeros_like(intercepts)])
    records = before_training(read_test_images(model, data).confusion, visible_weights(model))
    model.layers[-1].set_weights([weights.T, intercepts])
    seen, tested = read_images(model, data.images, counts), read_test_images(model, data)
    epoch = Epoch(
        seed=seed,
        epoch=1,
        train_loss=round(seen.loss, 6),
        train_accuracy=round(seen.accuracy, 6),
        test_loss=round(tested.loss, 6),
        test_accuracy=round(tested.accuracy, 6),
        seconds=round(seconds, 2),
    )
    report(epoch)
    records = records.followed_by(tested.confusion, visible_weights(model))
    return TrainedSeed(model, [epoch], records)


def _in_the_images_span(recipe: FitRecipe, images: Uint8Array, counts: Labels) -> Solution:
    found = fit(gram_of(images), counts, recipe.c)
    weights = weights_of(found.dual.astype(np.float32), images)
    return weights, found.intercepts.astype(np.float32)


def _on_pixels(recipe: FitRecipe, images: Uint8Array, counts: Labels) -> Solution:
    pixels = as_pixels(images if recipe.pooling is None else pool(images, recipe.pooling))
    # Without regularisation there is no minimum to reach; the test shows how good the fit is.
    model = fit_pixels(pixels, counts, recipe.c, MAX_ITERATIONS).model
    return model.coef_, model.intercept_
