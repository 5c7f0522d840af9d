"""Logistic regression on images max-pooled to 32×32 pixels: it counts fingers."""

from typing import TYPE_CHECKING

from core.images.pooling import Pooling
from core.zoo._layers import linear_softmax
from core.zoo._spec import ArticleFigure, FitRecipe, ModelSpec

if TYPE_CHECKING:
    import keras

POOLING = Pooling("max", window=4, stride=4)


def build() -> "keras.Model":
    """6,150 parameters: six weights for each of 32×32 windows, and six intercepts."""
    return linear_softmax("logistic_pooled", POOLING)


SPEC = ModelSpec(
    name="logistic_pooled",
    title="Logistic regression, pooled",
    summary="The brightest of every 4×4 pixels, then one softmax over the six counts.",
    task="fingers",
    recipe=FitRecipe(images=None, pooling=POOLING, solver="scikit-learn"),
    build=build,
    article=ArticleFigure(errors=2, seconds=(7.5, 7.5)),
)
