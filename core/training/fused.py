"""Adam and batch normalisation in one or two passes over memory, on the TensorFlow backend.

Keras's own write every intermediate result to memory. For Adam on a dense network's first layer,
8 MB of weights and as much for each moment, that takes longer than the gradients of a small batch;
for batch normalisation, whose steps are each as large as a convolution's output, longer than the
convolution on two cores. TensorFlow's kernels do exactly the same on all threads: the update
(Kingma and Ba, "Adam", 2015, in the form with the bias correction in the step size) in one pass;
the normalisation (Ioffe and Szegedy, "Batch Normalization", 2015) and its gradient in one for the
moments and one for the result, in 16 bits where the layer does.
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


def with_fused_batch_norm(model: "keras.Model") -> "keras.Model":
    """The same model, not yet compiled, in the fastest form for the current backend."""
    import keras

    layers = keras.layers
    normalises = any(isinstance(layer, layers.BatchNormalization) for layer in model.layers)
    if keras.config.backend() != "tensorflow" or not normalises:
        return model

    def fused(layer: Any) -> Any:
        is_normal = type(layer) is layers.BatchNormalization
        # The kernel normalises the last axis, and always scales and shifts.
        last = (-1, len(layer.input.shape) - 1) if is_normal else ()
        fits = is_normal and layer.scale and layer.center and layer.axis in last
        kind = _fused_batch_normalization() if fits else type(layer)
        return kind.from_config(layer.get_config())

    made = keras.models.clone_model(model, clone_function=fused)
    made.set_weights(model.get_weights())
    return made


def custom_objects() -> dict[str, Any]:
    """The ``custom_objects`` with which Keras loads a model that has these parts."""
    import keras

    if keras.config.backend() != "tensorflow":
        return {}
    return {
        "FusedAdam": _fused_adam(),
        "FusedBatchNormalization": _fused_batch_normalization(),
    }


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


@cache
def _fused_batch_normalization() -> Any:
    import keras
    import tensorflow as tf

    class FusedBatchNormalization(keras.layers.BatchNormalization):  # type: ignore[misc, unused-ignore]
        def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
            if not (training and self.trainable) or len(inputs.shape) != 4:
                return super().call(inputs, training=training, mask=mask)
            normalised, mean, unbiased, *_ = tf.raw_ops.FusedBatchNormV3(
                x=inputs,
                scale=tf.cast(self.gamma, tf.float32),
                offset=tf.cast(self.beta, tf.float32),
                mean=tf.constant([], tf.float32),
                variance=tf.constant([], tf.float32),
                epsilon=self.epsilon,
                is_training=True,
            )
            # The kernel gives the unbiased estimate, Keras tracks the variance of this batch.
            numbers = tf.cast(tf.reduce_prod(tf.shape(inputs)[:3]), tf.float32)
            self._follow(self.moving_mean, mean)
            self._follow(self.moving_variance, unbiased * (numbers - 1) / numbers)
            return normalised

        def _follow(self, moving: Any, moment: Any) -> None:
            moving.assign(moving * self.momentum + moment * (1 - self.momentum))

    return FusedBatchNormalization
