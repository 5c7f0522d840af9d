"""The article's convolutional network with batch normalisation: it counts fingers."""

from typing import TYPE_CHECKING

from core.zoo._layers import convolutional_network
from core.zoo._spec import ArticleFigure, ModelSpec, Recipe

if TYPE_CHECKING:
    import keras


def build() -> "keras.Model":
    """Two strided convolutions, each with batch normalisation before its ReLU, then a softmax.

    204,454 parameters, of which 204,262 are trainable.
    """
    return convolutional_network("cnn_batch_norm", batch_norm=True)


SPEC = ModelSpec(
    name="cnn_batch_norm",
    title="CNN with BatchNorm",
    summary="Two convolutions with batch normalisation, then one softmax over the six counts.",
    task="fingers",
    recipe=Recipe(epochs=20, batch_size=32),
    build=build,
    fast=Recipe(epochs=20, batch_size=64, bfloat16=True),
    article=ArticleFigure(errors=0, seconds=(240, 240), per_epoch=True),
)
