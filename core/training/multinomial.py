"""Multinomial logistic regression: its loss, its curvature and its regularised objective.

For an image with ``scores`` s, one per class, the probabilities are softmax(s) and the loss is the
negative log probability of the true class. scikit-learn's ``LogisticRegression`` minimises

    C · (sum of losses) + ½ ‖weights‖²

without penalising the intercepts, and so does everything built on this module. Classes are the rows
of all arrays, so that every step of a softmax runs along contiguous memory.
"""

import numpy as np
import numpy.typing as npt

Float64Array = npt.NDArray[np.float64]
Labels = npt.NDArray[np.intp]


def losses_and_probabilities(scores: Float64Array, labels: Labels) -> tuple[float, Float64Array]:
    """The sum of all cross-entropies to base e, and the (classes, images) probabilities."""
    highest = scores.max(axis=0)
    exponentials = np.exp(scores - highest)
    sums = exponentials.sum(axis=0)
    of_truth = scores[labels, np.arange(len(labels))]
    probabilities: Float64Array = exponentials / sums
    return float((np.log(sums) + highest - of_truth).sum()), probabilities


def one_hot(labels: Labels, classes: int) -> Float64Array:
    """(classes, images) float64: 1 in the row of the true class, else 0."""
    truth: Float64Array = (np.arange(classes)[:, None] == labels).astype(np.float64)
    return truth


def curvature_times(probabilities: Float64Array, change: Float64Array) -> Float64Array:
    """The change of the losses' gradient with respect to the scores for a small change in them.

    The Hessian of one loss is diag(p) - p pᵀ (Böhning 1992, "Multinomial logistic regression
    algorithm", equation 2.4). Both arguments are (classes, images).
    """
    changed: Float64Array = probabilities * (change - (probabilities * change).sum(axis=0))
    return changed


def objective(losses: float, squared_weights: float, c: float) -> float:
    """The objective to minimise: C · losses + ½ ‖weights‖²; intercepts are not penalised."""
    return c * losses + squared_weights / 2
