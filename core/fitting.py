"""Fits a logistic regression of the zoo for one seed and puts it into its Keras model."""

import time
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from core.artifacts import Epoch
from core.dataset.store import Dataset
from core.epoch_records import before_training
from core.learning_data import LearningData, learning_data
from core.model_spec import FitRecipe, ModelSpec
from core.pooling import pool
from core.row_space import as_pixels
from core.training import TrainedSeed, quiet_tensorflow
from core.types import Float32Array, Uint8Array
from core.watching import SMALLEST_PROBABILITY, read_test_images, visible_weights

if TYPE_CHECKING:
    import keras
    from sklearn.linear_model import LogisticRegression

MOST_ITERATIONS = 1_000
"""Of the solver; the article leaves scikit-learn's 100, where it stops short of the minimum."""


def fit_seed(
    spec: ModelSpec,
    recipe: FitRecipe,
    dataset: Dataset,
    seed: int,
    report: Callable[[Epoch], None],
) -> TrainedSeed:
    """Fit a model; its history is one epoch, its seconds those of the fit alone, on one thread.

    Args:
        seed: chooses the images, where not all of them are learned from.
        report: called with it.
    """
    quiet_tensorflow()
    data = learning_data(spec.target, dataset, recipe.images, seed)
    pixels = _pixels(recipe, data.images)
    fitted, seconds = _fit(recipe, pixels, data)
    model = spec.build(None)
    _set_weights(model, np.zeros_like(fitted.coef_), np.zeros_like(fitted.intercept_))
    records = before_training(read_test_images(model, data).confusion, visible_weights(model))
    _set_weights(model, fitted.coef_, fitted.intercept_)
    tested = read_test_images(model, data)
    of_truth = (fitted.predict_proba(pixels) * data.targets).sum(axis=1)
    epoch = Epoch(
        seed=seed,
        epoch=1,
        train_loss=round(float(-np.log(np.maximum(of_truth, SMALLEST_PROBABILITY)).mean()), 6),
        train_accuracy=round(float(fitted.score(pixels, data.targets.argmax(axis=1))), 6),
        test_loss=round(tested.loss, 6),
        test_accuracy=round(tested.accuracy, 6),
        seconds=round(seconds, 2),
    )
    report(epoch)
    return TrainedSeed(
        model, [epoch], records.followed_by(tested.confusion, visible_weights(model))
    )


def _pixels(recipe: FitRecipe, images: Uint8Array) -> Float32Array:
    """(images, pixels) float32, 0 to 1, of (images, 128, 128, 1) uint8."""
    plain = images[..., 0]
    return as_pixels(plain if recipe.pooling is None else pool(plain, recipe.pooling))


def _fit(
    recipe: FitRecipe, pixels: Float32Array, data: LearningData
) -> "tuple[LogisticRegression, float]":
    """The fitted regression, and the seconds of processor time that it took on one thread.

    Raises:
        ValueError: the images do not show every count.
    """
    # Commands and pages that only read models must not wait for scikit-learn.
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    model = LogisticRegression(C=recipe.c, max_iter=MOST_ITERATIONS)
    with threadpool_limits(1), warnings.catch_warnings():
        # Without regularisation there is no minimum to reach; the test tells how good it is.
        warnings.simplefilter("ignore", ConvergenceWarning)
        started = time.process_time()
        model.fit(pixels, data.targets.argmax(axis=1))
        seconds = time.process_time() - started
    if len(model.classes_) != data.targets.shape[1]:
        raise ValueError("the images to learn from do not show every count")
    return model, seconds


def _set_weights(model: "keras.Model", weights: Float32Array, intercepts: Float32Array) -> None:
    model.layers[-1].set_weights([weights.T, intercepts])
