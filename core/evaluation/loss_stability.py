"""How much a training's loss jumps from epoch to epoch, as one number."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

MIN_LOSS = 1e-4
"""In nats; the mean loss of a model that gives the right answers 99.99 %. What happens below it is
no jump that anybody would notice, and histories round losses to a hundredth of it."""


def loss_increases(losses: Sequence[float]) -> npt.NDArray[np.float64]:
    """(epochs - 1,) float64, at least 1: by which factor each epoch's loss is above the last one's.

    A loss that falls or stays counts as a factor of 1.

    Args:
        losses: one an epoch, at least two, in nats.

    Raises:
        ValueError: there are fewer, or one is negative or not a number.
    """
    values = np.asarray(losses, np.float64)
    if values.ndim != 1 or len(values) < 2:
        raise ValueError("a rise needs the losses of two epochs")
    if not (np.isfinite(values) & (values >= 0)).all():
        raise ValueError("a loss is a number from 0 on")
    seen = np.maximum(values, MIN_LOSS)
    return np.maximum(seen[1:] / seen[:-1], 1.0)


def mean_loss_increase(losses: Sequence[float]) -> float:
    """The geometric mean of all rises: 1 where the loss never rises, the more the more it jumps.

    Its logarithm is the positive variation (Jordan) of the loss's logarithm, per epoch: a loss that
    doubles in every second epoch and halves in the others has a mean rise of the root of 2,
    whatever its size and however far it falls in the end.

    Raises:
        ValueError: as in ``loss_increases``.
    """
    return float(np.exp(np.log(loss_increases(losses)).mean()))


def max_loss_increase(losses: Sequence[float]) -> float:
    """The largest factor by which the loss rises within one epoch; 1 where it never rises.

    Raises:
        ValueError: as in ``loss_increases``.
    """
    return float(loss_increases(losses).max())
