"""A network with three batch-normalised hidden layers: it counts fingers.

2,108,710 parameters, of which 2,108,262 are trainable.
"""

from functools import partial

from core.zoo._layers import dense_network
from core.zoo._spec import ArticleFigure, ModelSpec, Recipe

SPEC = ModelSpec(
    name="dense_batch_norm",
    title="Dense with BatchNorm",
    summary="Three hidden layers, each with batch normalisation before its ReLU.",
    task="fingers",
    recipe=Recipe(epochs=20, batch_size=64),
    build=partial(dense_network, (128, 64, 32), batch_norm=True),
    fast=Recipe(epochs=20, batch_size=256, learning_rate=0.002, bfloat16=True),
    article=ArticleFigure(errors=1, seconds=(6, 9), per_epoch=True),
    quantized_weights=True,
)
