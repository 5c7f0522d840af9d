"""A network with three hidden layers, 2,107,814 parameters: it counts fingers."""

from functools import partial

from core.zoo._layers import dense_network
from core.zoo._spec import ArticleFigure, ModelSpec, Recipe

SPEC = ModelSpec(
    name="dense_128_64_32",
    title="Dense, three layers",
    summary="Hidden layers of 128, 64 and 32 units, then one softmax over the six counts.",
    task="fingers",
    # At a constant rate the errors of the last epochs fluctuate, see the experiment "stability".
    recipe=Recipe(epochs=20, batch_size=64, cosine_decay=True),
    build=partial(dense_network, (128, 64, 32)),
    fast=Recipe(epochs=20, batch_size=256, learning_rate=0.002, cosine_decay=True, bfloat16=True),
    article=ArticleFigure(errors=1, seconds=(6, 9), per_epoch=True),
    quantized_weights=True,
)
