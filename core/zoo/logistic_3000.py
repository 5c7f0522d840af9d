"""Logistic regression on the pixels of 3,000 images: it counts fingers."""

from typing import TYPE_CHECKING

from core.model_spec import ArticleFigure, FitRecipe, ModelSpec
from core.networks import linear_softmax

if TYPE_CHECKING:
    import keras


def build(trunk: "keras.Model | None") -> "keras.Model":
    """98,310 parameters: six weights a pixel, and six intercepts."""
    assert trunk is None
    return linear_softmax("logistic_3000")


SPEC = ModelSpec(
    name="logistic_3000",
    title="Logistic regression, 3,000 images",
    summary="One softmax over the six counts, fitted to the minimum on 3,000 images.",
    target="fingers",
    recipe=FitRecipe(images=3_000),
    build=build,
    article=ArticleFigure(wrong=6),
    rounded_weights=True,
)
