"""The hand detector's targets and its loss."""

from typing import TYPE_CHECKING, Any

import numpy as np

from core.common.types import Box, Float32Array
from core.hands.detector import CELL_CENTRES
from core.zoo.hand_detector import CELLS, STRIDE

if TYPE_CHECKING:
    import keras

HEATMAP = 0
WEIGHT = 1
OFFSETS = slice(2, 6)
TARGETS = 6
"""Per cell: its value in the heatmap of centres, the weight of its offsets, and these in cells."""


def frame_target(boxes: list[Box], ignored: list[Box]) -> Float32Array:
    """(24, 24, 6) float32: the hand detector's target for boxes in pixels of the frame.

    The heatmap is masked with NaN in ``ignored`` boxes, of hands mostly hidden or cut off.
    """
    target = np.zeros((CELLS, CELLS, TARGETS), np.float32)
    heat = target[..., HEATMAP]
    for box in ignored:
        columns = (box.x0 < CELL_CENTRES) & (box.x1 > CELL_CENTRES)
        rows = (box.y0 < CELL_CENTRES) & (box.y1 > CELL_CENTRES)
        heat[np.ix_(rows, columns)] = np.nan
    for box in sorted(boxes, key=lambda each: -each.width * each.height):
        _add_hand(target, box)
    return target


def _add_hand(target: Float32Array, box: Box) -> None:
    middle_x, middle_y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    column = int(np.clip(middle_x // STRIDE, 0, CELLS - 1))
    row = int(np.clip(middle_y // STRIDE, 0, CELLS - 1))
    across = (CELL_CENTRES - CELL_CENTRES[column]) / max(0.14 * box.width, 0.45 * STRIDE)
    down = (CELL_CENTRES - CELL_CENTRES[row]) / max(0.14 * box.height, 0.45 * STRIDE)
    heat = np.exp(-0.5 * (across[None, :] ** 2 + down[:, None] ** 2)).astype(np.float32)
    known = np.nan_to_num(target[..., HEATMAP])
    target[..., HEATMAP] = np.where(heat > 0.05, np.maximum(known, heat), target[..., HEATMAP])
    target[row, column, HEATMAP] = 1
    near = (heat > 0.4) & (heat > target[..., WEIGHT])
    x, y = np.meshgrid(CELL_CENTRES, CELL_CENTRES)
    offsets = np.stack([x - box.x0, y - box.y0, box.x1 - x, box.y1 - y], axis=-1)
    inside = near & (offsets.min(axis=-1) > 0.5)
    target[inside, WEIGHT] = heat[inside]
    target[inside, OFFSETS] = offsets[inside] / STRIDE


def detection_loss(true: Any, predicted: Any) -> "keras.KerasTensor":
    """The focal loss of the heatmap (Zhou et al., equation 1) and the loss of the boxes.

    The latter is 1 - IoU and the mean absolute error of the offsets' logarithms. ``true`` is
    (batch, 24, 24, 6) of ``frame_target``, ``predicted`` (batch, 24, 24, 5).
    """
    from keras import ops

    heat, logit = true[..., HEATMAP], predicted[..., 0]
    known = ops.cast(ops.logical_not(ops.isnan(heat)), "float32")
    heat = ops.where(ops.isnan(heat), ops.zeros_like(heat), heat)
    probability = ops.sigmoid(logit)
    is_middle = ops.cast(heat > 0.999, "float32")
    missed = ops.square(1 - probability) * ops.softplus(-logit) * is_middle
    false = ops.power(1 - heat, 4) * ops.square(probability) * ops.softplus(logit) * (1 - is_middle)
    middles = ops.sum((missed + false) * known) / (ops.sum(is_middle) + 1.0)
    offsets = true[..., OFFSETS]
    estimated = ops.exp(ops.clip(predicted[..., 1:], -4.0, 4.0))
    intersection = _area(ops.minimum(offsets, estimated))
    iou = intersection / (_area(offsets) + _area(estimated) - intersection + 1e-3)
    stretch = ops.mean(ops.abs(ops.log(ops.maximum(offsets, 0.06)) - ops.log(estimated)), axis=-1)
    weight = true[..., WEIGHT]
    boxes = ops.sum((1.0 - iou + 0.3 * stretch) * weight) / (ops.sum(weight) + 1.0)
    return middles + boxes


def _area(offsets: Any) -> Any:
    return (offsets[..., 0] + offsets[..., 2]) * (offsets[..., 1] + offsets[..., 3])
