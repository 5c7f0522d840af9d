"""Detects a hand that stands out from a plain background.

The constants of this module were chosen on synthetic photos and on the Sign Language Digits
dataset.
"""

from collections.abc import Callable

import cv2
import numpy as np

from core.common.types import BoolArray, Box, Float32Array, Photo, Step, Uint8Array
from core.hands.detections import Detection, Detections, HandMask

ANALYSIS_SIZE = 224
"""Longer side, in pixels, of the small copy that is searched."""

MIN_SIDE = 16
"""Shorter side of that copy below which no hand can be recognised."""

BORDER_SHARE = 0.06
"""Width of the border from which the background is estimated, as a share of the shorter side."""

CHANNEL_WEIGHTS = (0.3, 1.2, 1.2)
"""Weights of luma, red and blue chroma in the difference from the background."""

BORDER_SAMPLES = 1_200
"""About this many of the border's pixels are sampled."""

WRIST_AT_PALM_RADII = 1.5
"""Distance from the palm's centre to the wrist; on the Fingers dataset it is 1.5 ± 0.3."""

NATURAL_LEAN = 20.0
"""Degrees; a hand that leans less is not rotated, because the dataset's hands lean as much."""

MIN_HAND_SHARE = 0.01
MAX_HAND_SHARE = 0.75
"""Bounds on a hand's area as a share of the frame."""

MIN_CONTRAST = 6.0
"""Minimum difference between hand and background, in units of the background's noise."""

MAX_CLUTTER = 0.5
"""Area of all other regions that stand out, relative to the largest one; with more, the
background is not plain."""


def detect_by_background(photo: Photo) -> Detections:
    """The one hand that stands out from a plain background, or none."""
    scale = min(1.0, ANALYSIS_SIZE / max(photo.width, photo.height))
    if min(photo.width, photo.height) * scale < MIN_SIDE:
        return Detections(())
    width, height = (round(side * scale) for side in (photo.width, photo.height))
    small = cv2.resize(photo.pixels, (width, height), interpolation=cv2.INTER_AREA)
    difference = background_difference(np.asarray(small, np.uint8))
    steps = (
        Step(
            "What stands out",
            "How much each pixel differs from the background, which is learned from the border.",
            np.clip(difference * 4, 0, 255).astype(np.uint8),
        ),
    )
    region = _largest_region(difference)
    if region is None:
        return Detections((), steps)
    mask, score = region
    hand_mask = measured_mask(mask, scale, _arm_direction)
    return Detections((Detection(_box(hand_mask, photo), score, hand_mask),), steps)


def background_difference(pixels: Uint8Array) -> Float32Array:
    """How far each pixel's colour lies from a smooth background fitted to the border.

    Luma and both chroma axes (YCbCr) are each fitted by a quadratic surface. The fit is repeated
    three times without the border pixels that fit worst, because an arm enters through the border.
    Luma counts less, because shadows on the background change it. The result is (height, width)
    float32, 0 on the background, in weighted levels of luma and chroma.
    """
    height, width = pixels.shape[:2]
    smooth = cv2.GaussianBlur(pixels, (3, 3), 0)
    levels = cv2.cvtColor(smooth, cv2.COLOR_RGB2YCrCb).reshape(-1, 3).astype(np.float32)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / max(height, width) - 0.5
    surface = np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], axis=-1).reshape(-1, 6)
    edge = max(2, round(BORDER_SHARE * min(height, width)))
    border = np.ones((height, width), bool)
    border[edge:-edge, edge:-edge] = False
    kept = np.flatnonzero(border)
    kept = kept[:: max(1, len(kept) // BORDER_SAMPLES)]
    weights = np.array(CHANNEL_WEIGHTS, np.float32)
    # Starting from the median keeps an arm on up to half of the border from bending the first fit.
    fitted = np.median(levels[kept], axis=0)
    for _ in range(3):
        distance = np.linalg.norm((levels[kept] - fitted) * weights, axis=1)
        fitting = kept[distance <= np.percentile(distance, 70)]
        coefficients, *_ = np.linalg.lstsq(surface[fitting], levels[fitting], rcond=None)
        fitted = np.einsum("pk,kc->pc", surface[kept], coefficients)
    # einsum, because the threads of a matrix product cost more than they gain at this size.
    residual = (levels - np.einsum("pk,kc->pc", surface, coefficients)) * weights
    difference = np.sqrt(np.einsum("pc,pc->p", residual, residual))
    return np.asarray(difference.reshape(height, width), np.float32)


def _largest_region(difference: Float32Array) -> tuple[BoolArray, float] | None:
    """The mask and score of the one region that stands out, or None if there is no such region."""
    height, width = difference.shape
    levels = np.clip(difference * 4, 0, 255).astype(np.uint8)
    threshold = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[0] / 4
    outside = difference[difference <= threshold]
    noise = max(float(np.median(outside)), 0.5)
    strong = (difference > threshold * 0.9).astype(np.uint8)
    count, labels, measures, _ = cv2.connectedComponentsWithStats(_without_threads(strong))
    if count < 2:
        return None
    areas = measures[1:, cv2.CC_STAT_AREA]
    largest = 1 + int(areas.argmax())
    mask = labels == largest
    share = areas.max() / (height * width)
    contrast = float(np.median(difference[mask])) / noise
    clutter = (areas.sum() - areas.max()) / areas.max()
    if (
        not MIN_HAND_SHARE <= share <= MAX_HAND_SHARE
        or contrast < MIN_CONTRAST
        or clutter > MAX_CLUTTER
    ):
        return None
    score = float(np.clip(1 - clutter, 0, 1) * np.clip(contrast / (3 * MIN_CONTRAST), 0, 1))
    return _without_small_holes(mask), score


def _without_threads(mask: Uint8Array) -> Uint8Array:
    """The mask without parts that are one pixel thin."""
    kernel = np.ones((2, 2), np.uint8)
    # OpenCV's own opening would shift the mask by a pixel, since an even kernel has no centre.
    return np.asarray(cv2.dilate(cv2.erode(mask, kernel, anchor=(1, 1)), kernel, anchor=(0, 0)))


def _without_small_holes(mask: BoolArray) -> BoolArray:
    """Fill holes smaller than 1% of the region: creases and glints, but not a closed O."""
    count, labels, measures, _ = cv2.connectedComponentsWithStats((~mask).astype(np.uint8))
    is_small = measures[:, cv2.CC_STAT_AREA] < 0.01 * mask.sum()
    small = [label for label in range(1, count) if is_small[label]]
    return np.asarray(mask | np.isin(labels, small))


ArmDirection = Callable[[BoolArray, float, float], tuple[float, float] | None]
"""From a mask and its palm's centre, x and y, the unit vector towards the arm, if it is known."""


def measured_mask(mask: BoolArray, scale: float, arm_direction: ArmDirection) -> HandMask:
    """Cut the arm off and measure the palm; ``scale`` is mask pixels per photo pixel."""
    # A border of zeros makes the hand end at the frame's edge.
    padded = np.pad(mask.astype(np.uint8), 1)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1]
    palm_y, palm_x = np.unravel_index(int(depth.argmax()), depth.shape)
    radius = float(depth.max())
    rotation = 0.0
    arm = arm_direction(mask, float(palm_x), float(palm_y))
    if arm is not None:
        y, x = np.mgrid[0 : mask.shape[0], 0 : mask.shape[1]]
        along = (x - palm_x) * arm[0] + (y - palm_y) * arm[1]
        mask = mask & (along < WRIST_AT_PALM_RADII * radius)
        lean = float(np.degrees(np.arctan2(-arm[0], arm[1])))
        rotation = float(np.sign(lean) * max(0.0, abs(lean) - NATURAL_LEAN))
    palm = ((palm_x + 0.5) / scale, (palm_y + 0.5) / scale)
    return HandMask(mask, scale, palm, radius / scale, rotation)


def _arm_direction(mask: BoolArray, palm_x: float, palm_y: float) -> tuple[float, float] | None:
    """The unit vector from the palm to where the arm leaves the frame, if it does."""
    edge = np.zeros_like(mask)
    edge[[0, -1], :] = True
    edge[:, [0, -1]] = True
    y, x = np.nonzero(mask & edge)
    if len(x) < 3:
        return None
    vector = np.array([x.mean() - palm_x, y.mean() - palm_y])
    length = float(np.linalg.norm(vector))
    return (float(vector[0] / length), float(vector[1] / length)) if length > 1 else None


def _box(hand_mask: HandMask, photo: Photo) -> Box:
    y, x = np.nonzero(hand_mask.mask)
    return Box(
        max(0.0, x.min() / hand_mask.scale),
        max(0.0, y.min() / hand_mask.scale),
        min(float(photo.width), (x.max() + 1) / hand_mask.scale),
        min(float(photo.height), (y.max() + 1) / hand_mask.scale),
    )
