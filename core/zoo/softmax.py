"""One softmax layer, trained batch by batch on all images: it counts fingers."""

from typing import TYPE_CHECKING

from core.zoo._layers import linear_softmax
from core.zoo._spec import ArticleFigure, ModelSpec, Recipe

if TYPE_CHECKING:
    import keras


def build() -> "keras.Model":
    """98,310 parameters: six weights a pixel, and six intercepts."""
    return linear_softmax("softmax")


SPEC = ModelSpec(
    name="softmax",
    title="Softmax",
    summary="One softmax over the six counts, trained in small steps on all images.",
    task="fingers",
    recipe=Recipe(epochs=20, batch_size=32),
    build=build,
    article=ArticleFigure(errors=2, seconds=(3, 3), per_epoch=True),
    quantized_weights=True,
)
