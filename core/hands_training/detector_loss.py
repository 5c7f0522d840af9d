"""What the hand detector is asked of a frame, and how wrong an answer is."""

from typing import TYPE_CHECKING, Any

import numpy as np

from core.common.types import Box, Float32Array
from core.hands.detector_outputs import CELL_CENTRES, CELLS, STRIDE

if TYPE_CHECKING:
    import keras

HEATMAP = 0
WEIGHT = 1
OFFSETS = slice(2, 6)
ANSWER_WIDTH = 6
"""Of a cell's answer: how much of a middle it is, the weight of its reaches, and these in cells."""


def frame_answer(boxes: list[Box], unclear: list[Box]) -> Float32Array:
    """(24, 24, 6) what the hand detector should say of a frame.

    Args:
        boxes: of the hands, in pixels of the frame that the hand detector sees.
        unclear: of hands that are mostly hidden or cut off: nothing is asked there.
    """
    answer = np.zeros((CELLS, CELLS, ANSWER_WIDTH), np.float32)
    heat = answer[..., HEATMAP]
    for box in unclear:
        columns = (box.x0 < CELL_CENTRES) & (box.x1 > CELL_CENTRES)
        rows = (box.y0 < CELL_CENTRES) & (box.y1 > CELL_CENTRES)
        heat[np.ix_(rows, columns)] = np.nan
    for box in sorted(boxes, key=lambda each: -each.width * each.height):
        _add_hand(answer, box)
    return answer


def _add_hand(answer: Float32Array, box: Box) -> None:
    middle_x, middle_y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    column = int(np.clip(middle_x // STRIDE, 0, CELLS - 1))
    row = int(np.clip(middle_y // STRIDE, 0, CELLS - 1))
    across = (CELL_CENTRES - CELL_CENTRES[column]) / max(0.14 * box.width, 0.45 * STRIDE)
    down = (CELL_CENTRES - CELL_CENTRES[row]) / max(0.14 * box.height, 0.45 * STRIDE)
    heat = np.exp(-0.5 * (across[None, :] ** 2 + down[:, None] ** 2)).astype(np.float32)
    known = np.nan_to_num(answer[..., HEATMAP])
    answer[..., HEATMAP] = np.where(heat > 0.05, np.maximum(known, heat), answer[..., HEATMAP])
    answer[row, column, HEATMAP] = 1
    near = (heat > 0.4) & (heat > answer[..., WEIGHT])
    shape = (CELLS, CELLS)
    offsets = np.stack(
        [
            np.broadcast_to(CELL_CENTRES[None, :] - box.x0, shape),
            np.broadcast_to(CELL_CENTRES[:, None] - box.y0, shape),
            np.broadcast_to(box.x1 - CELL_CENTRES[None, :], shape),
            np.broadcast_to(box.y1 - CELL_CENTRES[:, None], shape),
        ],
        axis=-1,
    )
    inside = near & (offsets.min(axis=-1) > 0.5)
    answer[inside, WEIGHT] = heat[inside]
    answer[inside, OFFSETS] = offsets[inside] / STRIDE


def finding_loss(true: Any, predicted: Any) -> "keras.KerasTensor":
    """Focal loss of the middles (Zhou et al., equation 1) and the boxes' overlap and reaches.

    Args:
        true: (batch, 24, 24, 6) of ``frame_answer``.
        predicted: (batch, 24, 24, 5) of the hand detector.
    """
    from keras import ops

    heat, logit = true[..., HEATMAP], predicted[..., 0]
    asked = ops.cast(ops.logical_not(ops.isnan(heat)), "float32")
    heat = ops.where(ops.isnan(heat), ops.zeros_like(heat), heat)
    sure = ops.sigmoid(logit)
    is_middle = ops.cast(heat > 0.999, "float32")
    missed = ops.square(1 - sure) * ops.softplus(-logit) * is_middle
    wrongly = ops.power(1 - heat, 4) * ops.square(sure) * ops.softplus(logit) * (1 - is_middle)
    middles = ops.sum((missed + wrongly) * asked) / (ops.sum(is_middle) + 1.0)
    offsets = true[..., OFFSETS]
    guessed = ops.exp(ops.clip(predicted[..., 1:], -4.0, 4.0))
    shared = ops.minimum(offsets, guessed)
    both = (shared[..., 0] + shared[..., 2]) * (shared[..., 1] + shared[..., 3])
    iou = both / (_area(offsets) + _area(guessed) - both + 1e-3)
    non_max_suppression = ops.mean(
        ops.abs(ops.log(ops.maximum(offsets, 0.06)) - ops.log(guessed)), axis=-1
    )
    weight = true[..., WEIGHT]
    boxes = ops.sum((1.0 - iou + 0.3 * non_max_suppression) * weight) / (ops.sum(weight) + 1.0)
    return middles + boxes


def _area(offsets: Any) -> Any:
    return (offsets[..., 0] + offsets[..., 2]) * (offsets[..., 1] + offsets[..., 3])
