"""Segments hands in photos with a plain background, so that they can be composited onto another.

Each function takes (height, width, 3) uint8 RGB and returns (height, width) uint8, 255 on the hand,
or None if no hand can be cut out.
"""

import cv2
import numpy as np

from core.common.types import Uint8Array
from core.hands.background_subtraction import background_difference
from core.images.decoding import to_grey

MAX_BLACK = 12
"""Highest grey level of the background in an image that is already cut out."""


def bright_hand(pixels: Uint8Array) -> Uint8Array | None:
    """A hand that is brighter than its surroundings, as in the Fingers dataset."""
    smooth = cv2.GaussianBlur(to_grey(pixels), (5, 5), 0)
    return _largest_part(_above_otsu(np.asarray(smooth, np.uint8)))


def hand_on_plain_background(pixels: Uint8Array) -> Uint8Array | None:
    """A hand whose colour differs from an evenly lit background."""
    difference = np.clip(background_difference(pixels) * 4, 0, 255).astype(np.uint8)
    return _largest_part(_above_otsu(difference))


def hand_on_black(pixels: Uint8Array) -> Uint8Array | None:
    """A hand that is already cut out, on black; None on any other background."""
    edge = np.concatenate([pixels[0], pixels[:, 0], pixels[:, -1]])
    if float(np.mean(edge < MAX_BLACK)) <= 0.8:
        return None
    return _largest_part(np.where(to_grey(pixels) > MAX_BLACK, 255, 0).astype(np.uint8))


def _above_otsu(levels: Uint8Array) -> Uint8Array:
    return np.asarray(cv2.threshold(levels, 0, 255, cv2.THRESH_OTSU)[1], np.uint8)


def _largest_part(mask: Uint8Array) -> Uint8Array | None:
    count, labels, measures, _ = cv2.connectedComponentsWithStats(mask)
    if count < 2:
        return None
    areas = measures[1:, cv2.CC_STAT_AREA]
    share = areas.max() / mask.size
    if not 0.05 < share < 0.8:
        return None
    return np.where(labels == 1 + int(areas.argmax()), 255, 0).astype(np.uint8)
