"""Which places of the last pictures an answer rests on, by the gradient of its logit.

Grad-CAM is that of Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via
Gradient-based Localization" (2017). Only dense layers follow the last pictures of these networks,
so that the gradient is a product of their weights.
"""

from collections.abc import Sequence

import numpy as np

from core.common.types import Float32Array
from core.inspection.columns import Column
from core.inspection.layers import Activations, InspectedModel
from core.inspection.units import batch_norm_slopes


def last_pictures(columns: Sequence[Column]) -> Column:
    """The last column whose outputs are pictures: feature maps or, without any, the image."""
    kinds = [each.kind for each in columns]
    return columns[kinds.index("flatten") - 1]


def has_feature_maps(columns: Sequence[Column]) -> bool:
    """Whether the last pictures were learned: whether the network has convolutions."""
    return last_pictures(columns).kind in ("convolution", "block")


def gradient(
    model: InspectedModel, found: Activations, columns: Sequence[Column], answer: int
) -> Float32Array:
    """How one logit changes with the last pictures, of their shape (rows, columns, maps)."""
    after = [each for each in columns if each.kind in ("dense", "answer")]
    slope = model.weights[after[-1].key].arrays[0][:, answer]
    for hidden in reversed(after[:-1]):
        # Where ReLU gave zero, nothing before it changes the answer.
        slope = slope * (found[hidden.output] > 0) * batch_norm_slopes(model, hidden)
        slope = model.weights[hidden.key].arrays[0] @ slope
    return np.asarray(slope.reshape(last_pictures(columns).shape), np.float32)


def grad_cam(
    model: InspectedModel, found: Activations, columns: Sequence[Column], answer: int, sign: int = 1
) -> Float32Array:
    """(rows, columns) float32, 0 or more: what speaks for an answer at each place of the last maps.

    Each map counts by its mean gradient. With ``sign`` -1 it is what speaks for the opposite of a
    lone logit. It is 0 everywhere if the maps that are active count against the answer on average.

    Raises:
        ValueError: the network has no feature maps.
    """
    if not has_feature_maps(columns):
        raise ValueError(f"'{model.card.name}' has no feature maps")
    weights = sign * gradient(model, found, columns, answer).mean(axis=(0, 1))
    maps = found[last_pictures(columns).output]
    return np.asarray(np.maximum(maps @ weights, 0), np.float32)


def added_by_place(
    model: InspectedModel, found: Activations, columns: Sequence[Column], answer: int, sign: int = 1
) -> Float32Array:
    """(rows, columns) float32: what each place of the last pictures adds to a logit.

    That is gradient times output, summed over the maps: HiResCAM of Draelos and Carin, "Use
    HiResCAM instead of Grad-CAM for faithful explanations of convolutional neural networks" (2020).
    Where one dense layer follows, all places and the bias add up to the logit.
    """
    slopes = sign * gradient(model, found, columns, answer)
    return np.asarray((slopes * found[last_pictures(columns).output]).sum(axis=2), np.float32)
