"""Batch normalisation of images in two passes, on the TensorFlow backend.

Keras's own layer writes the result of every step of its formula to memory, each as large as the
convolution's output; on two cores that takes longer than the convolution. TensorFlow's kernel does
exactly the same (Ioffe and Szegedy, "Batch Normalization", 2015) and its gradient in one pass for
the moments and one for the result, on all threads, and in 16 bits where the layer does.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras


def with_fused_batch_norm(model: "keras.Model") -> "keras.Model":
    """A model not compiled yet, with the same weights in the current backend's fastest form."""
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
    """The ``custom_objects`` with which Keras loads a model that has this layer."""
    import keras

    if keras.config.backend() != "tensorflow":
        return {}
    return {"FusedBatchNormalization": _fused_batch_normalization()}


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
