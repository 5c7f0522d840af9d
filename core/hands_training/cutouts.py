"""Cuts hands out of photos with a plain background, and composites them onto another.

To cut out takes (height, width, 3) uint8 RGB and returns (height, width) uint8, 255 on the hand, or
None if no hand can be cut out.
"""

import cv2
import numpy as np

from core.common.types import IMAGE_SIZE, Float32Array, Float64Array, Uint8Array
from core.hands.background_subtraction import background_difference
from core.images.decoding import to_grey
from core.images.geometry import Square, crop

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


def paste_hand(
    grey: Uint8Array,
    mask: Uint8Array,
    square: Square,
    background: Uint8Array,
    rng: np.random.Generator,
) -> Uint8Array:
    """(128, 128) uint8: the square of a grey photo with only the hand before a background.

    The mask is 255 on the hand, and as large as the photo; the background is (128, 128).
    """
    rows = np.flatnonzero(mask.any(axis=1))
    padded_mask = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    moved = Square(square.x + 1, square.y + 1, square.side, square.rotation)
    share = crop(np.asarray(padded_mask, np.uint8), moved).astype(np.float32) / np.float32(255)
    level = float(np.median(grey[mask > 0]))
    wanted = float(rng.uniform(60, 225))
    gain = np.float32(wanted / max(level, 1.0))
    hand = crop(grey, square).astype(np.float32)
    hand = (hand - level) * min(gain, np.float32(1.6)) * rng.uniform(0.7, 1.2) + wanted
    canvas = background.astype(np.float32)
    if rng.random() < 0.8:
        canvas = _with_arm(canvas, mask, int(rows[-1]), square, wanted, rng)
    return np.clip(canvas + share * (hand - canvas), 0, 255).astype(np.uint8)


def _with_arm(
    canvas: Float32Array,
    mask: Uint8Array,
    last_row: int,
    square: Square,
    skin: float,
    rng: np.random.Generator,
) -> Float32Array:
    """The canvas with an arm or a sleeve from the lower end of the hand to beyond the picture."""
    columns = np.flatnonzero(mask[max(0, last_row - 4) : last_row + 1].any(axis=0))
    left, right = float(columns[0]), float(columns[-1])
    width = right - left
    bend = rng.normal(0, 0.35) * square.side
    wider = rng.uniform(0.8, 1.6)
    far = last_row + square.side
    middle = (left + right) / 2
    corners = np.array(
        [
            [left, last_row - 3],
            [right, last_row - 3],
            [middle + bend + wider * width / 2, far],
            [middle + bend - wider * width / 2, far],
        ]
    )
    arm = _filled(corners, square)
    bare = rng.random() < 0.5
    tone = skin * rng.uniform(0.8, 1.1) if bare else rng.uniform(5, 245)
    texture = _texture(rng, 4 if bare else 14)
    canvas = canvas + arm * (tone + texture - canvas)
    if not bare:
        # The skin between hand and sleeve.
        cuff = last_row + rng.uniform(0, 0.25) * square.side
        share = (cuff - last_row) / (far - last_row)
        near = corners.copy()
        near[2:] = corners[[1, 0]] + share * (corners[2:] - corners[[1, 0]])
        canvas = canvas + _filled(near, square) * (skin + _texture(rng, 4) - canvas)
    return canvas


def _filled(corners: Float64Array, square: Square) -> Float32Array:
    """(128, 128) share of a polygon of the photo in each pixel of the crop."""
    placement = square.placement()
    placed = corners @ placement[:, :2].T + placement[:, 2]
    mask = np.zeros((IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    fixed = np.rint(np.clip(placed, -2000, 2000) * 16).astype(np.int32)
    cv2.fillConvexPoly(mask, fixed, 255, cv2.LINE_AA, 4)
    return mask.astype(np.float32) / np.float32(255)


def _texture(rng: np.random.Generator, strength: float) -> Float32Array:
    cells = int(rng.integers(4, 40))
    noise = rng.standard_normal((cells, cells), np.float32) * np.float32(strength)
    return np.asarray(cv2.resize(noise, (IMAGE_SIZE, IMAGE_SIZE)), np.float32)
