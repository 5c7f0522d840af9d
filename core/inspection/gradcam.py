"""Grad-CAM: which places of the last feature maps an answer rests on.

After Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
Localization" (2017). Only dense layers follow the last maps of these networks, so that the gradient
is a product of their weights.
"""

from collections.abc import Sequence

import numpy as np

from core.common.types import Float32Array
from core.inspection.columns import Column
from core.inspection.layers import Activations, InspectedModel


def last_maps(columns: Sequence[Column]) -> Column | None:
    """The last column of learned feature maps; None for a network without convolutions."""
    of_maps = [each for each in columns if each.kind in ("convolution", "block")]
    return of_maps[-1] if of_maps else None


def gradient(
    model: InspectedModel,
    found: Activations,
    columns: Sequence[Column],
    answer: int,
) -> Float32Array:
    """How one logit changes with the last feature maps, of their shape (rows, columns, maps).

    Raises:
        ValueError: the network has no feature maps.
    """
    maps = last_maps(columns)
    if maps is None:
        raise ValueError(f"'{model.card.name}' has no feature maps")
    after = [each for each in columns if each.kind in ("dense", "answer")]
    slope = model.weights[after[-1].key].arrays[0][:, answer]
    for hidden in reversed(after[:-1]):
        # Where ReLU gave zero, nothing before it changes the answer.
        slope = model.weights[hidden.key].arrays[0] @ (slope * (found[hidden.output] > 0))
    return np.asarray(slope.reshape(maps.shape), np.float32)


def grad_cam(
    model: InspectedModel,
    found: Activations,
    columns: Sequence[Column],
    answer: int,
    sign: int = 1,
) -> Float32Array:
    """(rows, columns) float32, 0 or more: what speaks for an answer at each place of the last maps.

    Each map counts by its mean gradient. With ``sign`` -1 it is what speaks for the opposite of a
    lone logit.

    Raises:
        ValueError: the network has no feature maps.
    """
    maps = last_maps(columns)
    weights = sign * gradient(model, found, columns, answer).mean(axis=(0, 1))
    assert maps is not None
    return np.maximum(found[maps.output] @ weights, np.float32(0))
