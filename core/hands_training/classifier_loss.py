"""What the classifier is asked of a hand, as one row of numbers, and how wrong an answer is."""

from typing import TYPE_CHECKING, Any

import numpy as np

from core.common.types import FINGER_COUNTS, Float32Array
from core.hands.classifier_outputs import BACK, COUNT, EXTENDED, HAND, LANDMARKS, RIGHT, WIDTH

if TYPE_CHECKING:
    import keras

LABEL_SMOOTHING = 0.03
YES_OR_NO_WEIGHTS = (0.5, 0.4, 0.8, *[0.25] * 5)
"""In the loss, of the side, the face, being a hand at all, and each finger."""

FARTHEST_LANDMARK = 1.5
"""Landmarks farther out are not asked for."""

UNKNOWN_ANSWER = np.full(WIDTH, np.nan, np.float32)
"""A row that asks for nothing: what is not a number is left out of the loss."""


def no_hand() -> Float32Array:
    """The answer for an image without a hand."""
    row = UNKNOWN_ANSWER.copy()
    row[HAND] = 0
    return row


def hand_answer(
    fingers: int,
    side: int,
    face: int,
    extended: "np.ndarray[Any, Any]",
    landmarks: Float32Array | None,
) -> Float32Array:
    """The answer for a hand; negative labels are unknown.

    Args:
        fingers: 0 to 5.
        side: index into SIDES.
        face: 0 palm, 1 back.
        extended: (5,), 1 extended, 0 not.
        landmarks: (21, 2), 0 at the middle of the image, 1 at its right or lower edge.
    """
    row = UNKNOWN_ANSWER.copy()
    row[HAND] = 1
    if fingers >= 0:
        row[COUNT] = np.array(FINGER_COUNTS) == fingers
    if side >= 0:
        row[RIGHT] = side
    if face >= 0:
        row[BACK] = face
    row[EXTENDED] = np.where(np.asarray(extended) < 0, np.nan, extended)
    if landmarks is not None:
        near = np.abs(landmarks) <= FARTHEST_LANDMARK
        row[LANDMARKS] = np.where(near, landmarks, np.nan).reshape(-1)
    return row


def reading_loss(true: Any, predicted: Any) -> "keras.KerasTensor":
    """The mean over a batch of the weighted losses of all that is known.

    Args:
        true: (batch, 56) rows of ``hand_answer`` or ``no_hand``.
        predicted: (batch, 56) logits and coordinates.
    """
    from keras import ops

    known = ops.logical_not(ops.isnan(true))
    mask = ops.cast(known, "float32")
    label = ops.where(known, true, ops.zeros_like(true))
    smooth = label[:, COUNT] * (1 - LABEL_SMOOTHING) + LABEL_SMOOTHING / len(FINGER_COUNTS)
    count = -ops.sum(smooth * ops.log_softmax(predicted[:, COUNT]), axis=-1) * mask[:, 0]
    binary = slice(RIGHT, EXTENDED.stop)
    logits = predicted[:, binary]
    crossed = ops.relu(logits) - logits * label[:, binary] + ops.softplus(-ops.abs(logits))
    weights = np.array(YES_OR_NO_WEIGHTS, np.float32)
    yes_or_no = ops.sum(crossed * mask[:, binary] * weights, axis=-1)
    non_max_suppression = (
        ops.abs(predicted[:, LANDMARKS] - label[:, LANDMARKS]) * mask[:, LANDMARKS]
    )
    points = ops.sum(non_max_suppression, axis=-1) / (LANDMARKS.stop - LANDMARKS.start)
    return ops.mean(count + yes_or_no + 4.0 * points)
