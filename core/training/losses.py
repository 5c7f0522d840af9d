"""Cross-entropy with a gradient at every probability, on every backend.

On TensorFlow, Keras computes it from the logits before the softmax. On JAX it clips the
probabilities at 1e-7; below that the gradient is zero, and a class that starts there is never
learned (seen with batch normalisation: one of five seeds only ever predicted five of six classes).
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

SMALLEST = 1e-37
"""About the smallest probability that a 32-bit float holds at full precision."""

Loss = str | Callable[[Any, Any], Any]


def cross_entropy(classes: int) -> Loss:
    """The loss of a model with so many softmax outputs, or one sigmoid."""
    import keras

    if keras.config.backend() != "tensorflow":
        return unclipped_cross_entropy
    return "binary_crossentropy" if classes == 1 else "categorical_crossentropy"


def unclipped_cross_entropy(true: Any, predicted: Any) -> "keras.KerasTensor":
    """(batch,) negative log probability of the true class, one-hot or one column of 0 and 1."""
    from keras import ops

    true = ops.cast(true, predicted.dtype)
    of_truth = true * predicted
    if predicted.shape[-1] == 1:
        of_truth = of_truth + (1 - true) * (1 - predicted)
    return -ops.log(ops.maximum(ops.sum(of_truth, axis=-1), SMALLEST))
