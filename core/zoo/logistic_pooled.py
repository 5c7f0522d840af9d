"""Logistic regression on images max-pooled to 32×32 pixels, 6,150 parameters: it counts fingers."""

from functools import partial

from core.images.pooling import Pooling
from core.zoo._layers import linear_softmax
from core.zoo._spec import ArticleFigure, FitRecipe, ModelSpec

POOLING = Pooling("max", window=4, stride=4)

SPEC = ModelSpec(
    name="logistic_pooled",
    title="Logistic regression, pooled",
    summary="The brightest of every 4×4 pixels, then one softmax over the six counts.",
    task="fingers",
    recipe=FitRecipe(images=None, pooling=POOLING, solver="scikit-learn"),
    build=partial(linear_softmax, POOLING),
    article=ArticleFigure(errors=2, seconds=(7.5, 7.5)),
)
