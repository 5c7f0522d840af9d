"""Corruptions of held-out photos: far away, turned, badly lit, blurred or compressed.

A photo is always corrupted in the same way, whichever other photos there are.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from core.common.types import Box, Uint8Array
from core.hands_training.photo_datasets import datasets
from core.hands_training.photo_labels import LabelledPhoto
from core.hands_training.synthetic_frames import UNSEEN_SHAPES_SEED
from core.images.geometry import PADDING, letterbox
from core.synthetic.camera import compressed
from core.synthetic.photo import PhotoSettings, draw_photo

MAX_PHOTOS_PER_DATASET = 60
"""Per dataset, so that none dominates. An even number, as alternate photos are rotated left."""

CORRUPTION_SEED = UNSEEN_SHAPES_SEED + 2_000_000
SCENE = PhotoSettings(width=640, height=480, hands=0)
DISTANT_SIDE = SCENE.width // 3
"""The longer side of a distant photo, in pixels of the scene."""

TINY_HAND = (0.08, 0.12)
"""The height of a very distant hand's box, as a share of the scene's."""

ASKEW = 45.0
"""Degrees."""

OVEREXPOSED_MEAN = 170
MAX_GAIN = 2.5
DARK_GAMMA = 1.6
DARK_WHITE = 50
DARK_NOISE = 4
BLUR = 0.01
"""Standard deviation, as a share of the photo's longer side."""

COMPRESSED_QUALITY = 8


@dataclass(frozen=True)
class Picture:
    """An RGB photo of one hand, with its box if it is labelled; the index seeds all chance."""

    pixels: Uint8Array
    box: Box | None
    photo_index: int


Corruption = Callable[[Picture], Picture]
"""Returns a new picture and leaves the given one unchanged."""


def select_photos(photos: Sequence[LabelledPhoto]) -> Iterator[tuple[int, LabelledPhoto]]:
    """One dataset's photos of one hand whose count is known, evenly spaced, with their indices."""
    names = list(datasets())
    fit = [photo for photo in photos if len(photo.hands) == 1 and photo.hands[0].fingers >= 0]
    count = min(len(fit), MAX_PHOTOS_PER_DATASET)
    for number in range(count):
        photo = fit[number * len(fit) // count]
        yield names.index(photo.dataset) * MAX_PHOTOS_PER_DATASET + number, photo


def _downscale(picture: Picture) -> Picture:
    """The whole photo, small, somewhere in a synthetic scene."""
    return _in_scene(picture, DISTANT_SIDE)


def _shrink(picture: Picture) -> Picture:
    """The photo so small that the hand takes up a tenth of a synthetic scene's height."""
    height, width = picture.pixels.shape[:2]
    hand = height if picture.box is None else picture.box.height
    rng = np.random.default_rng(CORRUPTION_SEED + picture.photo_index)
    scale = rng.uniform(*TINY_HAND) * SCENE.height / hand
    scale = min(scale, SCENE.height / height, SCENE.width / width)
    return _in_scene(picture, max(1, int(scale * max(height, width))))


def _in_scene(picture: Picture, longer_side: int) -> Picture:
    small = letterbox(picture.pixels, longer_side)
    rng = np.random.default_rng(CORRUPTION_SEED + picture.photo_index)
    left = int(rng.integers(SCENE.width - small.width + 1))
    top = int(rng.integers(SCENE.height - small.height + 1))
    pixels = draw_photo(CORRUPTION_SEED + picture.photo_index, SCENE).pixels.copy()
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


def turned_left(picture: Picture, quarters: int) -> Picture:
    """By so many quarter turns, 0 to 3."""
    for _ in range(quarters):
        width, box = picture.pixels.shape[1], picture.box
        if box is not None:
            box = Box(box.y0, width - box.x1, box.y1, width - box.x0)
        picture = replace(picture, pixels=np.rot90(picture.pixels), box=box)
    return replace(picture, pixels=np.ascontiguousarray(picture.pixels))


def _rotate(picture: Picture) -> Picture:
    """By 90°: one photo to the left, the next one to the right."""
    return turned_left(picture, 1 if picture.photo_index % 2 == 0 else 3)


def _turn_over(picture: Picture) -> Picture:
    """By 180°."""
    return turned_left(picture, 2)


def _tilt(picture: Picture) -> Picture:
    """By 45°, before plain grey: one photo to the left, the next one to the right."""
    height, width = picture.pixels.shape[:2]
    degrees = ASKEW if picture.photo_index % 2 == 0 else -ASKEW
    side = int(np.ceil(np.hypot(height, width)))
    place = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    place[:, 2] += (side - width) / 2, (side - height) / 2
    pixels = cv2.warpAffine(picture.pixels, place, (side, side), borderValue=(PADDING,) * 3)
    box = picture.box
    if box is not None:
        x, y = place @ ((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2, 1)
        # About as large: a hand does not fill the corners of its box.
        half = (box.width + box.height) / 4
        box = Box(float(x - half), float(y - half), float(x + half), float(y + half))
    return replace(picture, pixels=np.asarray(pixels, np.uint8), box=box)


def _overexpose(picture: Picture) -> Picture:
    """So bright that the brightest parts are clipped."""
    mean = max(float(picture.pixels.mean()), 1.0)
    gain = np.clip(OVEREXPOSED_MEAN / mean, 1.0, MAX_GAIN)
    table = np.clip(np.arange(256) * gain, 0, 255).astype(np.uint8)
    return replace(picture, pixels=np.asarray(cv2.LUT(picture.pixels, table), np.uint8))


def _low_light(picture: Picture) -> Picture:
    """Nearly dark, with camera noise."""
    levels = (picture.pixels.astype(np.float32) / np.float32(255)) ** np.float32(DARK_GAMMA)
    rng = np.random.default_rng(CORRUPTION_SEED + picture.photo_index)
    noise = rng.standard_normal(levels.shape, np.float32)
    levels = np.float32(DARK_WHITE) * levels + np.float32(DARK_NOISE) * noise
    return replace(picture, pixels=np.clip(levels, 0, 255).astype(np.uint8))


def _blur(picture: Picture) -> Picture:
    """Out of focus."""
    deviation = BLUR * max(picture.pixels.shape[:2])
    blurred = cv2.GaussianBlur(picture.pixels, (0, 0), deviation)
    return replace(picture, pixels=np.asarray(blurred, np.uint8))


def _compress(picture: Picture) -> Picture:
    """A JPEG whose blocks are visible."""
    bgr = compressed(np.ascontiguousarray(picture.pixels[:, :, ::-1]), COMPRESSED_QUALITY)
    return replace(picture, pixels=np.ascontiguousarray(bgr[:, :, ::-1]))


CORRUPTIONS: dict[str, Corruption] = {
    "harder: far": _downscale,
    "harder: turned": _rotate,
    "harder: overexposed": _overexpose,
    "harder: dark": _low_light,
    "harder: blurred": _blur,
    "harder: compressed": _compress,
    "harder: very far": _shrink,
    "harder: askew": _tilt,
    "harder: upside down": _turn_over,
}
"""By the name of the resulting test set. Models are compared on uncorrupted photos."""

AS_THEY_ARE = "as they are"
"""The name of the test set of the same photos without any corruption."""


def unchanged(picture: Picture) -> Picture:
    """The photo as it is."""
    return picture
