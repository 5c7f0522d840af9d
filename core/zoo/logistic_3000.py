"""Logistic regression on the pixels of 3,000 images, 98,310 parameters: it counts fingers."""

from core.zoo._layers import linear_softmax
from core.zoo._spec import ArticleFigure, FitRecipe, ModelSpec

SPEC = ModelSpec(
    name="logistic_3000",
    title="Logistic regression, 3,000 images",
    summary="One softmax over the six counts, fitted to the minimum on 3,000 images.",
    task="fingers",
    recipe=FitRecipe(images=3_000),
    build=linear_softmax,
    article=ArticleFigure(errors=6),
    quantized_weights=True,
)
