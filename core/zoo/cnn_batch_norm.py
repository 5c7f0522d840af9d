"""The article's convolutional network with batch normalisation: it counts fingers.

204,454 parameters, of which 204,262 are trainable.
"""

from functools import partial

from core.zoo._layers import convolutional_network
from core.zoo._spec import ArticleFigure, ModelSpec, Recipe

SPEC = ModelSpec(
    name="cnn_batch_norm",
    title="CNN with BatchNorm",
    summary="Two convolutions with batch normalisation, then one softmax over the six counts.",
    task="fingers",
    recipe=Recipe(epochs=20, batch_size=32),
    build=partial(convolutional_network, batch_norm=True),
    fast=Recipe(epochs=20, batch_size=64, bfloat16=True),
    article=ArticleFigure(errors=0, seconds=(240, 240), per_epoch=True),
)
