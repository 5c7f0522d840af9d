"""The hand classifier's targets and its loss."""

from typing import TYPE_CHECKING, Any

import numpy as np

from core.common.types import FINGER_COUNTS, Float32Array
from core.hands.classifier import BACK, COUNT, EXTENDED, HAND, LANDMARKS, RIGHT
from core.zoo.hand_classifier import OUTPUTS

if TYPE_CHECKING:
    import keras

LABEL_SMOOTHING = 0.03
BINARY_WEIGHTS = (0.5, 0.4, 0.8, *[0.25] * 5)
"""Weights in the loss of the side, the face, being a hand at all, and each finger."""

LANDMARK_LOSS_WEIGHT = 4.0

MAX_LANDMARK = 1.5
"""Coordinates of landmarks beyond this are masked."""

UNKNOWN_TARGET = np.full(OUTPUTS, np.nan, np.float32)
"""NaN masks an output: it adds nothing to the loss."""


def no_hand_target() -> Float32Array:
    """(56,) float32: the target for an image without a hand."""
    row = UNKNOWN_TARGET.copy()
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
    row = UNKNOWN_TARGET.copy()
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
