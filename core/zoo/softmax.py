"""One softmax layer, trained by steps on all images: it counts fingers."""

from typing import TYPE_CHECKING

from core.model_spec import ArticleFigure, ModelSpec, Recipe
from core.networks import linear_softmax

if TYPE_CHECKING:
    import keras


def build(trunk: "keras.Model | None") -> "keras.Model":
    """98,310 parameters: six weights a pixel, and six intercepts."""
    assert trunk is None
    return linear_softmax("softmax")


SPEC = ModelSpec(
    name="softmax",
    title="Softmax",
    summary="One softmax over the six counts, trained in small steps on all images.",
    target="fingers",
    recipe=Recipe(epochs=20, batch_size=32),
    build=build,
    article=ArticleFigure(wrong=2, seconds=(3, 3), per_epoch=True),
    rounded_weights=True,
)
