"""The article's convolutional network with batch normalisation: it counts fingers."""

from typing import TYPE_CHECKING

from core.model_spec import ModelSpec, Recipe
from core.types import FINGER_COUNTS, IMAGE_SIZE

if TYPE_CHECKING:
    import keras


def build(trunk: "keras.Model | None") -> "keras.Model":
    """Two strided convolutions, each with batch normalisation before its ReLU, then a softmax.

    204,454 parameters, of which 204,262 are trainable.
    """
    from keras import Input, Model, layers

    assert trunk is None
    image = Input((IMAGE_SIZE, IMAGE_SIZE, 1), name="image")
    x = layers.Rescaling(1 / 255, name="scale_to_unit")(image)
    x = layers.Conv2D(64, 4, strides=2, name="convolution_1")(x)
    x = layers.BatchNormalization(name="batch_norm_1")(x)
    x = layers.ReLU(name="relu_1")(x)
    x = layers.Conv2D(32, 3, strides=2, name="convolution_2")(x)
    x = layers.BatchNormalization(name="batch_norm_2")(x)
    x = layers.ReLU(name="relu_2")(x)
    x = layers.Flatten(name="flatten")(x)
    fingers = layers.Dense(len(FINGER_COUNTS), activation="softmax", name="fingers")(x)
    return Model(image, fingers, name="cnn_batch_norm")


SPEC = ModelSpec(
    name="cnn_batch_norm",
    title="CNN with BatchNorm",
    summary="Two convolutions with batch normalisation, then one softmax over the six counts.",
    target="fingers",
    recipe=Recipe(epochs=10, batch_size=32),
    build=build,
)
