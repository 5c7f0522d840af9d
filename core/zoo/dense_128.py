"""A network with one hidden layer, 2,098,054 parameters: it counts fingers."""

from functools import partial

from core.zoo._layers import dense_network
from core.zoo._spec import ArticleFigure, ModelSpec, Recipe

SPEC = ModelSpec(
    name="dense_128",
    title="Dense, one layer",
    summary="One hidden layer of 128 units, then one softmax over the six counts.",
    task="fingers",
    recipe=Recipe(epochs=20, batch_size=32),
    build=partial(dense_network, (128,)),
    fast=Recipe(epochs=20, batch_size=256, learning_rate=0.002, bfloat16=True),
    article=ArticleFigure(errors=2, seconds=(6, 9), per_epoch=True),
    quantized_weights=True,
)
