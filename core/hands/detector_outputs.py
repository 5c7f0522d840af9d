"""What the hand detector answers about a frame, and what that means.

The frame is divided into square cells. In each the detector tells how likely it is the middle of a
hand, and how far that hand reaches to the left, up, right and down (Zhou et al., "Objects as
Points", 2019, for the middles; Tian et al., "FCOS", 2019, for the reaches).
"""

import cv2
import numpy as np

from core.common.types import Box, Float32Array
from core.zoo.hand_detector import FRAME_SIZE

STRIDE = 8
"""Height and width of a cell in pixels of that frame."""

CELLS = FRAME_SIZE // STRIDE
"""In each row and column."""

MAX_PROPOSALS = 6
"""At most so many places are looked at in a frame, so that its time stays bounded."""

SAME_HAND_IOU = 0.45
"""Of two boxes that overlap more (intersection over union), only the surer is kept."""

CELL_CENTRES = (np.arange(CELLS, dtype=np.float32) + np.float32(0.5)) * STRIDE
"""x or y of the cells' middles in pixels."""


def hands_in(output: Float32Array, threshold: float) -> list[tuple[Box, float]]:
    """The hands of a frame, surest first, as boxes in pixels of the frame that the detector saw.

    Args:
        output: (24, 24, 5) of the hand detector.
        threshold: the least probability of a hand.
    """
    logit = np.ascontiguousarray(output[..., 0])
    highest = cv2.dilate(logit, np.ones((3, 3), np.uint8))
    least = -float(np.log(1 / threshold - 1))
    rows, columns = np.nonzero((logit >= highest) & (logit > least))
    order = np.argsort(-logit[rows, columns], kind="stable")[: 4 * MAX_PROPOSALS]
    found: list[tuple[Box, float]] = []
    for row, column in zip(rows[order], columns[order], strict=True):
        reach = np.exp(np.clip(output[row, column, 1:], -4, 4)) * STRIDE
        x, y = float(CELL_CENTRES[column]), float(CELL_CENTRES[row])
        box = Box(
            x - float(reach[0]), y - float(reach[1]), x + float(reach[2]), y + float(reach[3])
        )
        if all(iou(box, other) < SAME_HAND_IOU for other, _ in found):
            found.append((box, float(1 / (1 + np.exp(-logit[row, column])))))
    return found[:MAX_PROPOSALS]


def iou(one: Box, other: Box) -> float:
    """Intersection over union of two boxes."""
    width = min(one.x1, other.x1) - max(one.x0, other.x0)
    height = min(one.y1, other.y1) - max(one.y0, other.y0)
    shared = max(0.0, width) * max(0.0, height)
    return shared / (one.width * one.height + other.width * other.height - shared)
