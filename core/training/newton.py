"""Logistic regression in the images' span: Newton's method, preconditioned conjugate gradients.

Weights are given by dual coefficients α (``core.training.gram``). In this form a conjugate gradient
step takes one product with the m×m Gram matrix, instead of two with an m×16,384 matrix on raw
pixels, and a line search takes none. See Nocedal & Wright 2006, "Numerical
Optimization", algorithms 5.3 (preconditioned CG) and 7.1 (line search Newton-CG).

For an image with ``scores`` s, one per class, the probabilities are softmax(s) and the loss is the
negative log probability of the true class. scikit-learn's ``LogisticRegression`` minimises

    C · (sum of losses) + ½ ‖weights‖²

without penalising the intercepts, and so does this module. Classes are the rows of all arrays, so
that every step of a softmax runs along contiguous memory.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from core.common.types import Float64Array
from core.training.gram import Gram

Labels = npt.NDArray[np.intp]

TOLERANCE = 1e-3
"""The stopping criterion, as a share of the objective. Half the squared Newton decrement estimates
how far the objective is above its minimum (Boyd & Vandenberghe 2004, "Convex Optimization", 9.5.1).
Once it falls below this share, one more step is taken, which closes most of the gap."""

MAX_STEPS = 100
MAX_PRODUCTS = 200

_ARMIJO = 1e-4
_SHORTEST = 1e-10


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


class _Vector(NamedTuple):
    """Weights or a direction, with the scores they give the images, computed only once."""

    dual: Float64Array
    scores: Float64Array
    intercepts: Float64Array

    def plus(self, factor: float, other: "_Vector") -> "_Vector":
        return _Vector(*(mine + factor * its for mine, its in zip(self, other, strict=True)))

    def dot(self, other: "_Vector") -> float:
        """The inner product of the weights and intercepts themselves."""
        return float(np.vdot(self.dual, other.scores) + self.intercepts @ other.intercepts)

    def all_scores(self) -> Float64Array:
        return self.scores + self.intercepts[:, None]


@dataclass(frozen=True)
class DualFit:
    """One fitted model.

    Attributes:
        dual: (classes, images) float64; the weights are their products with the images.
        intercepts: (classes,) float64, of mean 0.
        scores: (classes, images) float64, of the training images.
        steps, products: numbers of Newton steps and of products with the Gram matrix.
        converged: whether the stopping criterion was met.
    """

    dual: Float64Array
    intercepts: Float64Array
    scores: Float64Array
    objective: float
    steps: int
    products: int
    converged: bool


def fit(space: Gram, labels: Labels, c: float, start: DualFit | None = None) -> DualFit:
    """Minimise the objective for (images,) labels from 0 on, each of which has images.

    It starts from zeros, or from a fit of the same classes on the first of these images or with
    another C.
    """
    problem = _Problem(space, labels, c)
    at = problem.start(start)
    value, probabilities = problem.value(at)
    steps, converged = 0, False
    while steps < MAX_STEPS and not converged:
        steps += 1
        gradient = problem.gradient(at, probabilities)
        direction = _newton_direction(problem, gradient, probabilities, value)
        slope = gradient.dot(direction)
        length, value, probabilities = _search(problem, at, direction, value, slope)
        at = at.plus(length, direction)
        converged = -slope / 2 <= TOLERANCE * value
        if length < _SHORTEST:
            break
    intercepts = at.intercepts - at.intercepts.mean()
    at = at._replace(intercepts=intercepts)
    return DualFit(at.dual, intercepts, at.all_scores(), value, steps, problem.products, converged)


class _Problem:
    """The objective of one fit, and its derivatives in the images' span."""

    def __init__(self, space: Gram, labels: Labels, c: float) -> None:
        if len(labels) != len(space.gram) or c <= 0:
            raise ValueError(f"{len(labels)} labels of {len(space.gram)} images, C = {c}")
        self.space = space
        self.labels = labels
        self.c = c
        self.truth = one_hot(labels, int(labels.max()) + 1)
        self.products = 0

    def times_gram(self, dual: Float64Array) -> Float64Array:
        self.products += 1
        return np.asarray(dual @ self.space.gram)

    def start(self, fit: DualFit | None) -> _Vector:
        dual = np.zeros_like(self.truth)
        if fit is None:
            return _Vector(dual, np.zeros_like(dual), np.zeros(len(dual)))
        if len(fit.dual) != len(dual):
            raise ValueError(f"a fit of {len(fit.dual)} classes cannot start one of {len(dual)}")
        dual[:, : fit.dual.shape[1]] = fit.dual
        return _Vector(dual, self.times_gram(dual), fit.intercepts)

    def value(self, at: _Vector) -> tuple[float, Float64Array]:
        """The objective and the probabilities."""
        losses, probabilities = losses_and_probabilities(at.all_scores(), self.labels)
        return objective(losses, float(np.vdot(at.dual, at.scores)), self.c), probabilities

    def gradient(self, at: _Vector, probabilities: Float64Array) -> _Vector:
        return self._with_losses(at, self.c * (probabilities - self.truth))

    def hessian_times(self, direction: _Vector, probabilities: Float64Array) -> _Vector:
        change = curvature_times(probabilities, direction.all_scores())
        return self._with_losses(direction, self.c * change)

    def _with_losses(self, weights: _Vector, by_scores: Float64Array) -> _Vector:
        """The gradient of the penalty, which is the weights themselves, plus that of the losses."""
        return _Vector(
            weights.dual + by_scores,
            weights.scores + self.times_gram(by_scores),
            by_scores.sum(axis=1),
        )


class _Preconditioner:
    """The inverse Hessian in the span of the landmarks and the intercept, the identity elsewhere.

    Each class is treated separately, with the curvature p (1 - p); the coupling between classes is
    left to the conjugate gradients.
    """

    def __init__(self, problem: _Problem, probabilities: Float64Array) -> None:
        self._whitening = problem.space.whitening
        self._coordinates = problem.space.coordinates
        count, images = self._coordinates.shape
        features = np.vstack([self._coordinates, np.ones(images)])
        # The intercept is not penalised, but a class with no probability must not divide by zero.
        penalty = np.diag([*np.ones(count), 1e-12])
        curvature = problem.c * probabilities * (1 - probabilities)
        self._inverses = np.linalg.inv(
            np.stack([features * each @ features.T + penalty for each in curvature])
        )

    def times(self, residual: _Vector) -> _Vector:
        count = len(self._whitening)
        # Whitened inner products with the landmarks are coordinates in their orthonormal basis.
        inside = residual.scores[:, :count] @ self._whitening.T
        known = np.column_stack([inside, residual.intercepts])
        solved = (self._inverses @ known[:, :, None])[:, :, 0]
        change = solved[:, :count] - inside
        dual = residual.dual.copy()
        dual[:, :count] += change @ self._whitening
        return _Vector(dual, residual.scores + change @ self._coordinates, solved[:, count])


def _newton_direction(
    problem: _Problem, gradient: _Vector, probabilities: Float64Array, value: float
) -> _Vector:
    """Solve Hessian · direction = -gradient, more exactly the nearer the minimum is."""
    preconditioner = _Preconditioner(problem, probabilities)
    residual = _scaled(gradient, -1)
    nearer = preconditioner.times(residual)
    step = nearer
    direction = _scaled(gradient, 0)
    size = first = residual.dot(nearer)
    # Superlinear convergence needs an error that falls with the gradient: ibid., theorem 7.2.
    enough = min(0.1, math.sqrt(first / value)) ** 2 * first
    for _ in range(MAX_PRODUCTS):
        if size <= enough:
            break
        curved = problem.hessian_times(step, probabilities)
        length = size / step.dot(curved)
        direction = direction.plus(length, step)
        residual = residual.plus(-length, curved)
        nearer = preconditioner.times(residual)
        before, size = size, residual.dot(nearer)
        step = nearer.plus(size / before, step)
    return direction


def _scaled(vector: _Vector, factor: float) -> _Vector:
    return _Vector(*(factor * each for each in vector))


def _search(
    problem: _Problem, at: _Vector, direction: _Vector, value: float, slope: float
) -> tuple[float, float, Float64Array]:
    """Halve the full step until the objective falls enough (Armijo's rule).

    Returns the step length, and the objective and probabilities after it. A length below the
    shortest means that any further gain is lost in rounding.
    """
    length = 1.0
    while True:
        found, probabilities = problem.value(at.plus(length, direction))
        if found <= value + _ARMIJO * length * slope or length < _SHORTEST:
            return length, found, probabilities
        length /= 2
