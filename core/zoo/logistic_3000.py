"""Logistic regression on the pixels of 3,000 images: it counts fingers."""

from typing import TYPE_CHECKING

from core.zoo._layers import linear_softmax
from core.zoo._spec import ArticleFigure, FitRecipe, ModelSpec

if TYPE_CHECKING:
    import keras


def build() -> "keras.Model":
    """98,310 parameters: six weights a pixel, and six intercepts."""
    return linear_softmax("logistic_3000")


SPEC = ModelSpec(
    name="logistic_3000",
    title="Logistic regression, 3,000 images",
    summary="One softmax over the six counts, fitted to the minimum on 3,000 images.",
    task="fingers",
    recipe=FitRecipe(images=3_000),
    build=build,
    article=ArticleFigure(errors=6),
    quantized_weights=True,
)
