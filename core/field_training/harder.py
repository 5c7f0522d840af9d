"""Held-out photos made harder: far away, turned, badly lit, blurred or compressed.

Every view of a photo is the same each time, whichever other photos are there.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from core.field_training.drawn import UNSEEN_SHAPES_SEED
from core.field_training.sources import LabelledPhoto, dataset_names
from core.framing import letterbox
from core.renderer import PhotoSettings, draw_photo
from core.types import Box, Uint8Array

MOST_OF_A_DATASET = 60
"""So that none dominates. An even number, as every other photo of a dataset is turned left."""

HARDER_SEED = UNSEEN_SHAPES_SEED + 2_000_000
SCENE = PhotoSettings(width=640, height=480, hands=0)
FAR_SIDE = SCENE.width // 3
"""The longer side of a photo that is far away, in pixels of the scene."""

OVEREXPOSED_MEAN = 170
LARGEST_GAIN = 2.5
DARK_GAMMA = 1.6
DARK_WHITE = 50
DARK_NOISE = 4
BLUR = 0.01
"""Standard deviation, as a share of the photo's longer side."""

COMPRESSED_QUALITY = 8


@dataclass(frozen=True)
class Picture:
    """A photo of one hand.

    Attributes:
        pixels: (height, width, 3) uint8 RGB.
        box: of the hand in pixels; None where nobody labelled it.
        lot: its number, which decides all that is drawn by lot.
    """

    pixels: Uint8Array
    box: Box | None
    lot: int


View = Callable[[Picture], Picture]
"""Makes another picture; the one that it is given stays as it is."""


def chosen(photos: Sequence[LabelledPhoto]) -> Iterator[tuple[int, LabelledPhoto]]:
    """Photos of one hand whose count is known, evenly spaced, each with its lot.

    Args:
        photos: of one dataset.
    """
    fit = [photo for photo in photos if len(photo.hands) == 1 and photo.hands[0].fingers >= 0]
    count = min(len(fit), MOST_OF_A_DATASET)
    for number in range(count):
        photo = fit[number * len(fit) // count]
        yield dataset_names().index(photo.dataset) * MOST_OF_A_DATASET + number, photo


def _far(picture: Picture) -> Picture:
    """The whole photo, small and anywhere in a drawn scene."""
    small = letterbox(picture.pixels, FAR_SIDE)
    rng = np.random.default_rng(HARDER_SEED + picture.lot)
    left = int(rng.integers(SCENE.width - small.width + 1))
    top = int(rng.integers(SCENE.height - small.height + 1))
    pixels = draw_photo(HARDER_SEED + picture.lot, SCENE).pixels.copy()
    pixels[top : top + small.height, left : left + small.width] = small.pixels[
        : small.height, : small.width
    ]
    box = picture.box
    if box is not None:
        box = Box(
            left + box.x0 * small.x_scale,
            top + box.y0 * small.y_scale,
            left + box.x1 * small.x_scale,
            top + box.y1 * small.y_scale,
        )
    return replace(picture, pixels=pixels, box=box)


def _turned(picture: Picture) -> Picture:
    """By a quarter: to the left, the next one to the right."""
    height, width = picture.pixels.shape[:2]
    left = picture.lot % 2 == 0
    pixels = np.ascontiguousarray(np.rot90(picture.pixels, 1 if left else -1))
    box = picture.box
    if box is not None and left:
        box = Box(box.y0, width - box.x1, box.y1, width - box.x0)
    elif box is not None:
        box = Box(height - box.y1, box.x0, height - box.y0, box.x1)
    return replace(picture, pixels=pixels, box=box)


def _overexposed(picture: Picture) -> Picture:
    """So bright that the lightest parts are lost in white."""
    mean = max(float(picture.pixels.mean()), 1.0)
    gain = np.clip(OVEREXPOSED_MEAN / mean, 1.0, LARGEST_GAIN)
    table = np.clip(np.arange(256) * gain, 0, 255).astype(np.uint8)
    return replace(picture, pixels=np.asarray(cv2.LUT(picture.pixels, table), np.uint8))


def _dark(picture: Picture) -> Picture:
    """Nearly dark, with the noise of a camera that sees little."""
    levels = (picture.pixels.astype(np.float32) / np.float32(255)) ** np.float32(DARK_GAMMA)
    rng = np.random.default_rng(HARDER_SEED + picture.lot)
    noise = rng.standard_normal(levels.shape, np.float32)
    levels = np.float32(DARK_WHITE) * levels + np.float32(DARK_NOISE) * noise
    return replace(picture, pixels=np.clip(levels, 0, 255).astype(np.uint8))


def _blurred(picture: Picture) -> Picture:
    """Out of focus."""
    deviation = BLUR * max(picture.pixels.shape[:2])
    blurred = cv2.GaussianBlur(picture.pixels, (0, 0), deviation)
    return replace(picture, pixels=np.asarray(blurred, np.uint8))


def _compressed(picture: Picture) -> Picture:
    """A JPEG in which the blocks are seen."""
    bgr = np.ascontiguousarray(picture.pixels[:, :, ::-1])
    encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, COMPRESSED_QUALITY])[1]
    decoded = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)
    return replace(picture, pixels=np.ascontiguousarray(decoded[:, :, ::-1]))


HARDER: dict[str, View] = {
    "harder: far": _far,
    "harder: turned": _turned,
    "harder: overexposed": _overexposed,
    "harder: dark": _dark,
    "harder: blurred": _blurred,
    "harder: compressed": _compressed,
}
"""The views by the name of their set. The comparison of lab and field is made on the photos as they
are."""
