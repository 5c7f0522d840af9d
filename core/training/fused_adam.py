"""Adam in one pass over each weight, on the TensorFlow backend.

Keras's own Adam writes every intermediate result of the update to memory. For a dense network's
first layer, 8 MB of weights and as much for each moment, that takes longer than the gradients of a
small batch. TensorFlow's kernel does exactly the same update (Kingma and Ba, "Adam", 2015, in the
form with the bias correction in the step size) in one pass, on all threads.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras


def adam(learning_rate: float) -> "keras.Optimizer":
    """Adam with Keras's defaults, in the fastest form for the current backend."""
    import keras

    if keras.config.backend() != "tensorflow":
        return keras.optimizers.Adam(learning_rate)
    optimizer: keras.Optimizer = _fused_adam()(learning_rate)
    return optimizer


def custom_objects() -> dict[str, Any]:
    """The ``custom_objects`` with which Keras loads a model compiled with this optimizer."""
    import keras

    return {"FusedAdam": _fused_adam()} if keras.config.backend() == "tensorflow" else {}


@cache
def _fused_adam() -> Any:
    import keras
    import tensorflow as tf

    class FusedAdam(keras.optimizers.Adam):  # type: ignore[misc, unused-ignore]
        def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
            place = self._get_variable_index(variable)
            first, second = (tf.cast(beta, tf.float32) for beta in (self.beta_1, self.beta_2))
            step = tf.cast(self.iterations.value + 1, tf.float32)
            tf.raw_ops.ResourceApplyAdam(
                var=_handle(variable),
                m=_handle(self._momentums[place]),
                v=_handle(self._velocities[place]),
                beta1_power=first**step,
                beta2_power=second**step,
                lr=tf.cast(learning_rate, tf.float32),
                beta1=first,
                beta2=second,
                epsilon=tf.constant(self.epsilon, tf.float32),
                grad=gradient,
            )

    return FusedAdam


def _handle(variable: Any) -> Any:
    """The handle of a TensorFlow variable, or of the one that a Keras variable wraps."""
    return getattr(variable, "_value", variable).handle
