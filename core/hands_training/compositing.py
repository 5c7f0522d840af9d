"""Composites a cut-out hand onto another background, with a synthetic arm."""

import cv2
import numpy as np
import numpy.typing as npt

from core.common.types import IMAGE_SIZE, Float32Array, Uint8Array
from core.images.geometry import Square, crop


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


def _filled(corners: npt.NDArray[np.float64], square: Square) -> Float32Array:
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
