"""One softmax layer, 98,310 parameters, trained on 3,000 images: it counts fingers."""

from core.zoo._layers import linear_softmax
from core.zoo._spec import ArticleFigure, ModelSpec, Recipe

SPEC = ModelSpec(
    name="softmax_3000",
    title="Softmax, 3,000 images",
    summary="One softmax over the six counts, trained in small steps on 3,000 images.",
    task="fingers",
    recipe=Recipe(epochs=20, batch_size=16, images=3_000),
    build=linear_softmax,
    article=ArticleFigure(errors=23),
    quantized_weights=True,
)
