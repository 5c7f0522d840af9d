"""One softmax layer, trained batch by batch on 3,000 images: it counts fingers."""

from typing import TYPE_CHECKING

from core.zoo._layers import linear_softmax
from core.zoo._spec import ArticleFigure, ModelSpec, Recipe

if TYPE_CHECKING:
    import keras


def build() -> "keras.Model":
    """98,310 parameters: six weights a pixel, and six intercepts."""
    return linear_softmax("softmax_3000")


SPEC = ModelSpec(
    name="softmax_3000",
    title="Softmax, 3,000 images",
    summary="One softmax over the six counts, trained in small steps on 3,000 images.",
    task="fingers",
    recipe=Recipe(epochs=20, batch_size=16, images=3_000),
    build=build,
    article=ArticleFigure(errors=23),
    quantized_weights=True,
)
