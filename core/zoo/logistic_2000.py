"""Logistic regression on the pixels of 2,000 images, 98,310 parameters: it counts fingers."""

from core.zoo._layers import linear_softmax
from core.zoo._spec import ArticleFigure, FitRecipe, ModelSpec

SPEC = ModelSpec(
    name="logistic_2000",
    title="Logistic regression, 2,000 images",
    summary="One softmax over the six counts, fitted to the minimum on 2,000 images.",
    task="fingers",
    recipe=FitRecipe(images=2_000),
    build=linear_softmax,
    article=ArticleFigure(errors=15, seconds=(17.4, 17.4)),
    quantized_weights=True,
)
