"""Softmax regression with weighted samples, fitted by L-BFGS.

scikit-learn's ``LogisticRegression`` minimises the same objective; the app's process does without
that package, which a server does not install.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.common.types import Float64Array

Labels = npt.NDArray[np.intp]

_MEMORY = 10
_ARMIJO = 1e-4
_MAX_STEPS = 300
_MAX_HALVINGS = 30
_TOLERANCE = 1e-4
"""Of the largest derivative, as in scikit-learn."""

Objective = Callable[[Float64Array], tuple[float, Float64Array]]


@dataclass(frozen=True)
class Regression:
    """Weights, (classes, features) float64, and biases, (classes,) float64."""

    weights: Float64Array
    biases: Float64Array

    def probabilities(self, features: npt.NDArray[np.floating]) -> Float64Array:
        """(samples, classes) probabilities of (samples, features)."""
        return softmax(features @ self.weights.T + self.biases)


def softmax(scores: Float64Array) -> Float64Array:
    """The softmax over the last axis."""
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=-1, keepdims=True))


def fit(features: Float64Array, labels: Labels, sample_weights: Float64Array) -> Regression:
    """Minimise ½ ‖weights‖² + Σ wᵢ · cross-entropyᵢ, that is C = 1; biases are not penalised.

    Args:
        features: (samples, features), of about unit variance.
        labels: (samples,), from 0 on, each class with a sample.
        sample_weights: (samples,), positive.
    """
    classes = int(labels.max()) + 1
    inputs = np.column_stack([features, np.ones(len(features))])
    truth = np.eye(classes)[labels]

    def objective(flat: Float64Array) -> tuple[float, Float64Array]:
        parameters = flat.reshape(classes, -1)
        scores = inputs @ parameters.T
        scores -= scores.max(axis=1, keepdims=True)
        exponentials = np.exp(scores)
        sums = exponentials.sum(axis=1)
        losses = np.log(sums) - scores[np.arange(len(labels)), labels]
        weights = parameters.copy()
        weights[:, -1] = 0
        error = (exponentials / sums[:, None] - truth) * sample_weights[:, None]
        value = float(sample_weights @ losses + (weights**2).sum() / 2)
        return value, np.asarray((error.T @ inputs + weights).ravel())

    found = minimise(objective, np.zeros(classes * inputs.shape[1])).reshape(classes, -1)
    return Regression(found[:, :-1], found[:, -1])


def minimise(objective: Objective, start: Float64Array) -> Float64Array:
    """L-BFGS with a halving line search: Nocedal & Wright 2006, algorithms 7.4 and 3.1."""
    at = start
    value, gradient = objective(at)
    steps: list[Float64Array] = []
    changes: list[Float64Array] = []
    for _ in range(_MAX_STEPS):
        if np.abs(gradient).max() <= _TOLERANCE:
            break
        direction = -_times_inverse_hessian(gradient, steps, changes)
        slope = float(gradient @ direction)
        # The first step knows no curvature yet.
        length = 1.0 if steps else 1.0 / max(1.0, float(np.linalg.norm(gradient)))
        for _ in range(_MAX_HALVINGS):
            found, found_gradient = objective(at + length * direction)
            if found <= value + _ARMIJO * length * slope:
                break
            length /= 2
        else:
            break
        step, change = length * direction, found_gradient - gradient
        if step @ change > 1e-10 * (change @ change):
            steps, changes = [*steps, step][-_MEMORY:], [*changes, change][-_MEMORY:]
        at, value, gradient = at + step, found, found_gradient
    return at


def _times_inverse_hessian(
    gradient: Float64Array, steps: list[Float64Array], changes: list[Float64Array]
) -> Float64Array:
    """The two-loop recursion: ibid., algorithm 7.4."""
    result = gradient.copy()
    pairs = list(zip(steps, changes, strict=True))
    shares = []
    for step, change in reversed(pairs):
        share = float(step @ result) / float(step @ change)
        result -= share * change
        shares.append(share)
    if pairs:
        step, change = pairs[-1]
        result *= float(step @ change) / float(change @ change)
    for (step, change), share in zip(pairs, reversed(shares), strict=True):
        result += step * (share - float(change @ result) / float(step @ change))
    return result
