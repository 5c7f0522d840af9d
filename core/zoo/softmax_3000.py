"""One softmax layer, trained by steps on 3,000 images: it counts fingers."""

from typing import TYPE_CHECKING

from core.model_spec import ArticleFigure, ModelSpec, Recipe
from core.networks import linear_softmax

if TYPE_CHECKING:
    import keras


def build(trunk: "keras.Model | None") -> "keras.Model":
    """98,310 parameters: six weights a pixel, and six intercepts."""
    assert trunk is None
    return linear_softmax("softmax_3000")


SPEC = ModelSpec(
    name="softmax_3000",
    title="Softmax, 3,000 images",
    summary="One softmax over the six counts, trained in small steps on 3,000 images.",
    target="fingers",
    recipe=Recipe(epochs=20, batch_size=16, images=3_000),
    build=build,
    article=ArticleFigure(wrong=23),
    rounded_weights=True,
)
