"""Observes a Keras model: its loss after each batch, its predictions and weights each epoch."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from core.artifacts.epoch_records import MAX_WEIGHT_IMAGES, Int32Array
from core.common.metrics import confusion_matrix
from core.common.types import Float32Array, Uint8Array
from core.training.arrays import LearningData

if TYPE_CHECKING:
    import keras

TEST_BATCH = 200
MIN_PROBABILITY = 1e-7
"""Keras's own: keeps the loss finite where the true class has a probability of zero."""


class BatchEnd(NamedTuple):
    """An epoch after a batch, both counted from 1; means over the epoch's batches so far."""

    epoch: int
    batch: int
    loss: float
    accuracy: float


BatchCallback = Callable[[BatchEnd], None]


def batch_callback(epoch: int, watch: BatchCallback) -> "keras.callbacks.Callback":
    """A Keras callback that calls ``watch`` after each batch of an epoch."""
    from keras.callbacks import LambdaCallback

    def seen(batch: int, logs: dict[str, float]) -> None:
        watch(BatchEnd(epoch, batch + 1, float(logs["loss"]), float(logs["accuracy"])))

    return LambdaCallback(on_train_batch_end=seen)


@dataclass(frozen=True)
class TestMetrics:
    """A model's mean cross-entropy to base e, its accuracy, 0 to 1, and its confusion matrix.

    The latter is (classes, classes) int32; rows are true classes, columns predicted ones.
    """

    loss: float
    accuracy: float
    confusion: Int32Array


def read_test_images(model: "keras.Model", data: LearningData) -> TestMetrics:
    """Evaluate a model on all test images."""
    return read_images(model, data.test_images, data.test_classes)


def read_images(model: "keras.Model", images: Uint8Array, true: npt.NDArray[Any]) -> TestMetrics:
    """Evaluate a model on (images, 128, 128, 1) uint8 images of (images,) true classes."""
    rows = predicted_probabilities(model, images, TEST_BATCH)
    answers = rows.argmax(axis=1)
    confusion = np.array(confusion_matrix(true, answers, rows.shape[1]), np.int32)
    of_truth = rows[np.arange(len(true)), true]
    loss = -np.log(np.maximum(of_truth, MIN_PROBABILITY)).mean()
    return TestMetrics(float(loss), float((answers == true).mean()), confusion)


def predicted_probabilities(
    model: "keras.Model", images: npt.NDArray[Any], batch_size: int
) -> npt.NDArray[np.float32]:
    """(images, classes) of a softmax over six counts; a sigmoid p becomes (1 - p, p)."""
    outputs = np.asarray(model.predict(images, batch_size=batch_size, verbose=0))
    return np.hstack([1 - outputs, outputs]) if outputs.shape[1] == 1 else outputs


def visible_weights(model: "keras.Model") -> Float32Array | None:
    """(images, height, width) float32: trainable weights on the pixels that can be shown as images.

    These are the filters of a first convolution, or the weights of each class in a model with a
    single dense layer. None for other models.
    """
    from keras import layers

    first = next((layer for layer in model.layers if layer.weights), None)
    if isinstance(first, layers.Conv2D) and first.trainable_weights:
        height, width, channels, filters = first.kernel.shape
        if channels == 1 and height == width and filters <= MAX_WEIGHT_IMAGES:
            return np.ascontiguousarray(np.asarray(first.kernel)[:, :, 0].transpose(2, 0, 1))
    if isinstance(first, layers.Dense) and first is model.layers[-1] and first.trainable_weights:
        inputs, answers = first.kernel.shape
        side = math.isqrt(inputs)
        if side * side == inputs:
            return np.ascontiguousarray(np.asarray(first.kernel).T.reshape(answers, side, side))
    return None
