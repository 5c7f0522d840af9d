"""Cross-entropy that learns from every probability, whatever Keras computes with.

On TensorFlow Keras takes the logits from behind a softmax. On JAX it takes the probabilities and
clips them at 1e-7; below that the gradient is zero, and a class that starts there is never learned
(seen with batch normalisation: one of five seeds stayed at five of six classes).
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

SMALLEST = 1e-37
"""About the least probability that a 32-bit float holds in full."""

Loss = str | Callable[[Any, Any], Any]


def cross_entropy(classes: int) -> Loss:
    """What a model is compiled with.

    Args:
        classes: outputs of a softmax, or 1 for a sigmoid.
    """
    import keras

    if keras.config.backend() != "tensorflow":
        return unclipped_cross_entropy
    return "binary_crossentropy" if classes == 1 else "categorical_crossentropy"


def unclipped_cross_entropy(true: Any, predicted: Any) -> "keras.KerasTensor":
    """(batch,) the negative logarithm of the probability of the true class.

    Args:
        true: (batch, classes) one-hot rows, or (batch, 1) of 0 and 1.
        predicted: the same shape, probabilities.
    """
    from keras import ops

    true = ops.cast(true, predicted.dtype)
    of_truth = true * predicted
    if predicted.shape[-1] == 1:
        of_truth = of_truth + (1 - true) * (1 - predicted)
    return -ops.log(ops.maximum(ops.sum(of_truth, axis=-1), SMALLEST))
