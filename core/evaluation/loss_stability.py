"""Measures how much the loss of a training fluctuates from epoch to epoch."""

from collections.abc import Sequence

import numpy as np

from core.common.types import Float64Array

MIN_LOSS = 1e-4
"""To base e; the mean loss of a model that gives the right answers a probability of 99.99%. No jump
below it would be noticed, and histories round losses to a hundredth of it."""


def loss_increases(losses: Sequence[float]) -> Float64Array:
    """(epochs - 1,) float64, at least 1: the factor by which the loss rises in each epoch.

    A loss that falls or stays the same counts as a factor of 1. Losses are to base e.

    Raises:
        ValueError: there are fewer than two, or one is negative or not a number.
    """
    values = np.asarray(losses, np.float64)
    if values.ndim != 1 or len(values) < 2:
        raise ValueError("a rise needs the losses of two epochs")
    if not (np.isfinite(values) & (values >= 0)).all():
        raise ValueError("a loss is a number from 0 on")
    seen = np.maximum(values, MIN_LOSS)
    return np.maximum(seen[1:] / seen[:-1], 1.0)


def mean_loss_increase(losses: Sequence[float]) -> float:
    """The geometric mean of all increases; 1 if the loss never rises.

    Its logarithm is the positive variation (Jordan) of the loss's logarithm, per epoch: a loss that
    doubles in every second epoch and halves in the others has a mean increase of √2, whatever its
    size and however far it falls in the end. Raises what ``loss_increases`` raises.
    """
    return float(np.exp(np.log(loss_increases(losses)).mean()))


def max_loss_increase(losses: Sequence[float]) -> float:
    """The largest factor by which the loss rises within one epoch; 1 if it never rises."""
    return float(loss_increases(losses).max())
