"""Layers that the networks for any camera are built of."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


def convolution(
    x: "keras.KerasTensor", filters: int, size: int, stride: int, name: str
) -> "keras.KerasTensor":
    """A convolution with batch normalisation and ReLU."""
    from keras import layers

    x = layers.Conv2D(
        filters, size, stride, padding="same", use_bias=False, name=f"{name}_convolution"
    )(x)
    x = layers.BatchNormalization(name=f"{name}_batch_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x)


def residual(x: "keras.KerasTensor", filters: int, stride: int, name: str) -> "keras.KerasTensor":
    """Two convolutions beside a short cut (He et al., "Deep Residual Learning", 2016).

    With a stride above 1 the short cut is averaged and projected; else ``x`` has ``filters``.
    """
    from keras import layers

    inside = convolution(x, filters, 3, stride, f"{name}_first")
    inside = layers.Conv2D(
        filters, 3, padding="same", use_bias=False, name=f"{name}_second_convolution"
    )(inside)
    inside = layers.BatchNormalization(name=f"{name}_second_batch_norm")(inside)
    if stride > 1:
        x = layers.AveragePooling2D(stride, name=f"{name}_pool")(x)
        x = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_projection")(x)
        x = layers.BatchNormalization(name=f"{name}_projection_batch_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(layers.Add(name=f"{name}_add")([x, inside]))
