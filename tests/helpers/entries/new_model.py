"""A model of layers that no model of the zoo has."""

from typing import TYPE_CHECKING

from core.common.types import FINGER_COUNTS, IMAGE_SIZE
from core.zoo import ModelSpec, Recipe

if TYPE_CHECKING:
    import keras


def build() -> "keras.Model":
    """Separable and depthwise convolutions, averaged over the image."""
    from keras import Input, Model, layers

    image = Input((IMAGE_SIZE, IMAGE_SIZE, 1), name="image")
    x = layers.Rescaling(1 / 255, name="scale_to_unit")(image)
    x = layers.SeparableConv2D(8, 3, strides=4, activation="gelu", name="separable")(x)
    x = layers.BatchNormalization(scale=False, name="batch_norm")(x)
    x = layers.DepthwiseConv2D(3, padding="same", name="depthwise")(x)
    x = layers.Add(name="add")([x, layers.SpatialDropout2D(0.1, name="dropout")(x)])
    x = layers.GlobalAveragePooling2D(name="average")(x)
    x = layers.LayerNormalization(name="layer_norm")(x)
    fingers = layers.Dense(
        len(FINGER_COUNTS), activation="softmax", dtype="float32", name="fingers"
    )(x)
    return Model(image, fingers, name="new_model")


SPEC = ModelSpec(
    name="new_model",
    title="New model",
    summary="Separable and depthwise convolutions, averaged, then one softmax.",
    task="fingers",
    recipe=Recipe(epochs=2, batch_size=32),
    build=build,
    fast=Recipe(epochs=1, batch_size=64, cosine_decay=True, bfloat16=True),
)
