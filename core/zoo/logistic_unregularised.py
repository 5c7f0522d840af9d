"""Logistic regression whose weights are hardly held back: it counts fingers."""

from typing import TYPE_CHECKING

from core.model_spec import ArticleFigure, FitRecipe, ModelSpec
from core.networks import linear_softmax

if TYPE_CHECKING:
    import keras


def build(trunk: "keras.Model | None") -> "keras.Model":
    """98,310 parameters: six weights a pixel, and six intercepts."""
    assert trunk is None
    return linear_softmax("logistic_unregularised")


SPEC = ModelSpec(
    name="logistic_unregularised",
    title="Logistic regression, unregularised",
    summary="As on 3,000 images, but nothing keeps the weights small.",
    target="fingers",
    # The article's solver stops far from the minimum, and that is what its figure shows.
    recipe=FitRecipe(images=3_000, c=1e14, solver="scikit-learn"),
    build=build,
    article=ArticleFigure(wrong=21, seconds=(9.2, 9.2)),
    rounded_weights=True,
)
