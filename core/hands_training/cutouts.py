"""Cuts hands out of photos whose background is plain, so that they can stand before another."""

import cv2
import numpy as np

from core.common.types import Uint8Array
from core.hands.background_subtraction import background_difference
from core.images.decoding import to_grey

CUTOUT_BLACK = 12
"""Grey level up to which a pixel of an image that was cut out before is background."""


def hand_mask(dataset: str, pixels: Uint8Array) -> Uint8Array | None:
    """(height, width) uint8, 255 on the hand; None where the dataset's background is not plain.

    Args:
        dataset: where the photo is from.
        pixels: (height, width, 3) uint8 RGB.
    """
    if dataset == "fingers":
        _, mask = cv2.threshold(
            cv2.GaussianBlur(to_grey(pixels), (5, 5), 0), 0, 255, cv2.THRESH_OTSU
        )
    elif dataset == "sign_digits":
        difference = np.clip(background_difference(pixels) * 4, 0, 255).astype(np.uint8)
        _, mask = cv2.threshold(difference, 0, 255, cv2.THRESH_OTSU)
    elif dataset == "sign_letters" and _is_cut_out(pixels):
        mask = np.where(to_grey(pixels) > CUTOUT_BLACK, 255, 0).astype(np.uint8)
    else:
        return None
    return _largest_part(np.asarray(mask, np.uint8))


def _is_cut_out(pixels: Uint8Array) -> bool:
    edge = np.concatenate([pixels[0], pixels[:, 0], pixels[:, -1]])
    return float(np.mean(edge < CUTOUT_BLACK)) > 0.8


def _largest_part(mask: Uint8Array) -> Uint8Array | None:
    count, labels, measures, _ = cv2.connectedComponentsWithStats(mask)
    if count < 2:
        return None
    areas = measures[1:, cv2.CC_STAT_AREA]
    share = areas.max() / mask.size
    if not 0.05 < share < 0.8:
        return None
    return np.where(labels == 1 + int(areas.argmax()), 255, 0).astype(np.uint8)
