"""Logistic regression with almost no regularisation, 98,310 parameters: it counts fingers."""

from core.zoo._layers import linear_softmax
from core.zoo._spec import ArticleFigure, FitRecipe, ModelSpec

SPEC = ModelSpec(
    name="logistic_unregularised",
    title="Logistic regression, unregularised",
    summary="Fitted to 3,000 images, with nothing to keep the weights small.",
    task="fingers",
    # The article's solver stops far from the minimum, and that is what its figure shows.
    recipe=FitRecipe(images=3_000, c=1e14, solver="scikit-learn"),
    build=linear_softmax,
    article=ArticleFigure(errors=21, seconds=(9.2, 9.2)),
    quantized_weights=True,
)
