"""The targets of the hand classifier and of the hand detector, and their losses."""

from typing import TYPE_CHECKING, Any

import numpy as np

from core.common.types import FINGER_COUNTS, Box, Float32Array
from core.hands.classifier import BACK, COUNT, EXTENDED, HAND, LANDMARKS, RIGHT
from core.hands.detector import CELL_CENTRES
from core.zoo.hand_classifier import OUTPUTS
from core.zoo.hand_detector import CELLS, STRIDE

if TYPE_CHECKING:
    import keras

LABEL_SMOOTHING = 0.03
BINARY_WEIGHTS = (0.5, 0.4, 0.8, *[0.25] * 5)
"""Weights in the loss of the side, the face, being a hand at all, and each finger."""

LANDMARK_LOSS_WEIGHT = 4.0

MAX_LANDMARK = 1.5
"""Coordinates of landmarks beyond this are masked."""


def no_hand_target() -> Float32Array:
    """(56,) float32: the target for an image without a hand; NaN adds nothing to the loss."""
    row = np.full(OUTPUTS, np.nan, np.float32)
    row[HAND] = 0
    return row


def hand_target(
    fingers: int,
    side: int,
    face: int,
    extended: "np.ndarray[Any, Any]",
    landmarks: Float32Array | None,
) -> Float32Array:
    """(56,) float32: the target for a hand labelled as in the pack; negative is unknown.

    The landmarks are (21, 2), 0 at the image's centre, 1 at its right or lower edge, or None.
    """
    row = no_hand_target()
    row[HAND] = 1
    if fingers >= 0:
        row[COUNT] = np.array(FINGER_COUNTS) == fingers
    if side >= 0:
        row[RIGHT] = side
    if face >= 0:
        row[BACK] = face
    row[EXTENDED] = np.where(np.asarray(extended) < 0, np.nan, extended)
    if landmarks is not None:
        near = np.abs(landmarks) <= MAX_LANDMARK
        row[LANDMARKS] = np.where(near, landmarks, np.nan).reshape(-1)
    return row


def classification_loss(true: Any, predicted: Any) -> "keras.KerasTensor":
    """The multi-task loss: the weighted sum over all known targets, averaged over the batch.

    It consists of the cross-entropy of the count with label smoothing, binary cross-entropies, and
    the mean absolute error of the landmarks. Both arguments are (batch, 56).
    """
    from keras import ops

    known = ops.logical_not(ops.isnan(true))
    mask = ops.cast(known, "float32")
    label = ops.where(known, true, ops.zeros_like(true))
    smooth = label[:, COUNT] * (1 - LABEL_SMOOTHING) + LABEL_SMOOTHING / len(FINGER_COUNTS)
    count = -ops.sum(smooth * ops.log_softmax(predicted[:, COUNT]), axis=-1) * mask[:, 0]
    binary = slice(RIGHT, EXTENDED.stop)
    logits = predicted[:, binary]
    entropy = ops.relu(logits) - logits * label[:, binary] + ops.softplus(-ops.abs(logits))
    weights = np.array(BINARY_WEIGHTS, np.float32)
    binaries = ops.sum(entropy * mask[:, binary] * weights, axis=-1)
    distances = ops.abs(predicted[:, LANDMARKS] - label[:, LANDMARKS]) * mask[:, LANDMARKS]
    points = ops.sum(distances, axis=-1) / (LANDMARKS.stop - LANDMARKS.start)
    return ops.mean(count + binaries + LANDMARK_LOSS_WEIGHT * points)


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
