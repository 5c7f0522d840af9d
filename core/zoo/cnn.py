"""The article's convolutional network, 204,070 parameters: it counts fingers."""

from core.zoo._layers import convolutional_network
from core.zoo._spec import ArticleFigure, ModelSpec, Recipe

SPEC = ModelSpec(
    name="cnn",
    title="CNN",
    summary="Two convolutions, then one softmax over the six counts.",
    task="fingers",
    # One test image is a near-duplicate only of mirrored training images.
    recipe=Recipe(epochs=20, batch_size=32, horizontal_flip=True),
    build=convolutional_network,
    fast=Recipe(epochs=20, batch_size=64, learning_rate=0.002, bfloat16=True),
    article=ArticleFigure(errors=0, seconds=(81, 81), per_epoch=True),
    quantized_weights=True,
)
