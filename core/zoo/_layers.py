"""Builds the article's networks, and the blocks of the models for any camera."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.common.types import FINGER_COUNTS, IMAGE_SIZE
from core.images.pooling import Pooling

if TYPE_CHECKING:
    import keras


def linear_softmax(pooling: Pooling | None = None) -> "keras.Model":
    """One softmax over the six counts, on the pixels or their maxima: a logistic regression."""
    from keras import layers

    image, x = _scaled_image()
    if pooling is not None:
        if pooling.kind != "max":
            raise ValueError(f"this network pools maxima, not {pooling.kind}s")
        x = layers.MaxPooling2D(pooling.window, pooling.stride, name="pooling")(x)
    return _with_counts(image, layers.Flatten(name="flatten")(x))


def dense_network(units: Sequence[int], batch_norm: bool = False) -> "keras.Model":
    """Hidden layers of so many units, each with its ReLU, then a softmax over the six counts."""
    from keras import layers

    image, x = _scaled_image()
    x = layers.Flatten(name="flatten")(x)
    for number, width in enumerate(units, start=1):
        x = layers.Dense(width, name=f"dense_{number}")(x)
        x = _activated(x, number, batch_norm)
    return _with_counts(image, x)


def convolutional_network(batch_norm: bool = False) -> "keras.Model":
    """Two strided convolutions, each with its ReLU, then a softmax over the six counts."""
    from keras import layers

    image, x = _scaled_image()
    for number, (filters, size) in enumerate(((64, 4), (32, 3)), start=1):
        x = layers.Conv2D(filters, size, strides=2, name=f"convolution_{number}")(x)
        x = _activated(x, number, batch_norm)
    return _with_counts(image, layers.Flatten(name="flatten")(x))


def _scaled_image() -> "tuple[keras.KerasTensor, keras.KerasTensor]":
    from keras import Input, layers

    image = Input((IMAGE_SIZE, IMAGE_SIZE, 1), name="image")
    return image, layers.Rescaling(1 / 255, name="scale_to_unit")(image)


def _activated(x: "keras.KerasTensor", number: int, batch_norm: bool) -> "keras.KerasTensor":
    """A ReLU, after batch normalisation if the network has it."""
    from keras import layers

    if batch_norm:
        x = layers.BatchNormalization(name=f"batch_norm_{number}")(x)
    return layers.ReLU(name=f"relu_{number}")(x)


def _with_counts(image: "keras.KerasTensor", features: "keras.KerasTensor") -> "keras.Model":
    from keras import Model, layers

    # Probabilities are 32-bit floats, whatever type the earlier layers compute in.
    fingers = layers.Dense(
        len(FINGER_COUNTS), activation="softmax", dtype="float32", name="fingers"
    )(features)
    return Model(image, fingers)


def convolution(
    x: "keras.KerasTensor", filters: int, size: int, stride: int, name: str, relu: bool = True
) -> "keras.KerasTensor":
    """A convolution with batch normalisation and perhaps ReLU."""
    from keras import layers

    x = layers.Conv2D(
        filters, size, stride, padding="same", use_bias=False, name=f"{name}_convolution"
    )(x)
    x = layers.BatchNormalization(name=f"{name}_batch_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x) if relu else x


def residual(x: "keras.KerasTensor", filters: int, stride: int, name: str) -> "keras.KerasTensor":
    """Two convolutions with a shortcut (He et al., "Deep Residual Learning", 2016).

    With a stride above 1, the shortcut is average-pooled and projected; else ``x`` must
    have ``filters`` channels.
    """
    from keras import layers

    inside = convolution(x, filters, 3, stride, f"{name}_first")
    inside = convolution(inside, filters, 3, 1, f"{name}_second", relu=False)
    if stride > 1:
        x = layers.AveragePooling2D(stride, name=f"{name}_pool")(x)
        x = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_projection")(x)
        x = layers.BatchNormalization(name=f"{name}_projection_batch_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(layers.Add(name=f"{name}_add")([x, inside]))
