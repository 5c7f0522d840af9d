"""One softmax layer, 98,310 parameters, trained on all images: it counts fingers."""

from core.zoo._layers import linear_softmax
from core.zoo._spec import ArticleFigure, ModelSpec, Recipe

SPEC = ModelSpec(
    name="softmax",
    title="Softmax",
    summary="One softmax over the six counts, trained in small steps on all images.",
    task="fingers",
    recipe=Recipe(epochs=20, batch_size=32),
    build=linear_softmax,
    article=ArticleFigure(errors=2, seconds=(3, 3), per_epoch=True),
    quantized_weights=True,
)
