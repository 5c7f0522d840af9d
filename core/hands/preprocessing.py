"""From a detected hand to the 128×128 grey image that every model reads.

Photos, camera frames, the command line, training and tests all use it; pixels are resized
and cropped by ``core.images.geometry`` alone.
"""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from core.common.types import IMAGE_SIZE, Box, Float32Array, Step, Uint8Array
from core.hands.detections import HandMask
from core.images.geometry import Affine, crop, square_around, warp

# The look of the Fingers dataset's hands, measured on 1,500 of its training images. Grey
# levels range from 155 ± 35 for fists to 181 ± 27 for open hands; these lie in between.
DATASET_PALM_RADIUS = 17.0
DATASET_HAND_MEAN = 168.0
DATASET_HAND_DEVIATION = 30.0
DATASET_BACKGROUND_MEAN = 49.6
DATASET_BACKGROUND_DEVIATION = 6.6

MAX_CONTRAST = 1.2
"""Maximum gain in contrast beyond that of brightening the hand: more would turn the noise of a
flatly lit hand into skin texture."""

MARGIN = 6
"""Empty pixels around a hand in the preprocessed image."""


@dataclass(frozen=True)
class PreprocessedHand:
    """A hand as the models see it, (128, 128) grey uint8, and how it was made, for display."""

    image: Uint8Array
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        if self.image.shape != (IMAGE_SIZE, IMAGE_SIZE) or self.image.dtype != np.uint8:
            raise ValueError(f"not a preprocessed image: {self.image.shape} {self.image.dtype}")


def as_model_input(images: Uint8Array) -> Float32Array:
    """(images, 128, 128, 1) float32, still 0 to 255: the models scale pixels themselves."""
    return images[..., None].astype(np.float32)


def preprocess_like_dataset(grey: Uint8Array, hand_mask: HandMask) -> PreprocessedHand:
    """Give a grey photo's hand the direction, size, light and background of the Fingers dataset."""
    placement = _placement(hand_mask)
    cropped = warp(grey, placement, cv2.BORDER_REPLICATE)
    mask = _warped_mask(hand_mask, placement)
    toned = _tone_like_dataset(cropped, mask)
    image = np.rint(toned * mask + background() * (1 - mask)).astype(np.uint8)
    return PreprocessedHand(
        image,
        (
            Step(
                "Cropped and rotated",
                "Grey, upright and centred, with the palm as large as in the dataset.",
                cropped,
            ),
            Step(
                "The hand alone",
                "White is the hand. The arm ends at the wrist, as in the dataset.",
                np.rint(mask * 255).astype(np.uint8),
            ),
            Step("As the model sees it", "Brightness and background like the dataset's.", image),
        ),
    )


def preprocess_crop(grey: Uint8Array, box: Box) -> PreprocessedHand:
    """Crop the square around a hand's box in a grey photo, with its background."""
    image = crop(grey, square_around(box))
    step = Step(
        "As the model sees it",
        "Cropped to the hand, grey, 128 × 128 pixels. A hand that is unclear or rotated "
        "is also read upright and mirrored.",
        image,
    )
    return PreprocessedHand(image, (step,))


def already_preprocessed(grey: Uint8Array) -> PreprocessedHand:
    """Wrap a photo that is already a 128×128 grey image, unchanged."""
    step = Step("Unchanged", "Already a 128 × 128 grey image: the model reads it as it is.", grey)
    return PreprocessedHand(grey, (step,))


def _placement(hand_mask: HandMask) -> Affine:
    """The (2, 3) affine map from photo pixels to those of the preprocessed image."""
    y, x = np.nonzero(hand_mask.mask)
    points = (np.stack([x, y], axis=1) + 0.5) / hand_mask.scale
    centre = points.mean(axis=0)
    angle = np.radians(hand_mask.rotation)
    rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    reach = float(np.abs((points - centre) @ rotation.T).max())
    # The palm sets the scale, so that a fist stays smaller than an open hand, unless the hand
    # would not fit.
    scale = min(DATASET_PALM_RADIUS / hand_mask.palm_radius, (IMAGE_SIZE / 2 - MARGIN) / reach)
    linear = scale * rotation
    offset = IMAGE_SIZE / 2 - linear @ centre
    return np.hstack([linear, offset[:, None]])


def _warped_mask(hand_mask: HandMask, placement: Affine) -> Float32Array:
    """(128, 128) float32 alpha mask of the hand, 0 to 1, with a soft edge."""
    levels = cv2.GaussianBlur(hand_mask.mask.astype(np.uint8) * 255, (3, 3), 0)
    from_small = placement.copy()
    from_small[:, :2] /= hand_mask.scale
    warped = warp(np.asarray(levels, np.uint8), from_small, cv2.BORDER_CONSTANT)
    return warped.astype(np.float32) / np.float32(255)


def _tone_like_dataset(cropped: Uint8Array, mask: Float32Array) -> Float32Array:
    """Shift and stretch the hand's grey levels towards the dataset's mean and deviation."""
    hand = cropped[mask > 0.9].astype(np.float32)
    if hand.size == 0:
        return cropped.astype(np.float32)
    mean, deviation = max(float(hand.mean()), 1.0), max(float(hand.std()), 1.0)
    gain = min(DATASET_HAND_DEVIATION / deviation, MAX_CONTRAST * DATASET_HAND_MEAN / mean)
    toned = (cropped - mean) * gain + DATASET_HAND_MEAN
    return np.asarray(np.clip(toned, 0, 255), np.float32)


@cache
def background() -> Float32Array:
    """(128, 128) cloudy dark grey with the dataset's mean and deviation; deterministic."""
    generator = np.random.default_rng(0)
    clouds = np.zeros((IMAGE_SIZE, IMAGE_SIZE), np.float32)
    for cells, strength in ((4, 1.0), (16, 0.6), (64, 0.5)):
        noise = generator.standard_normal((cells, cells)).astype(np.float32)
        clouds += strength * cv2.resize(noise, clouds.shape, interpolation=cv2.INTER_CUBIC)
    clouds = (clouds - clouds.mean()) / clouds.std()
    texture: Float32Array = DATASET_BACKGROUND_MEAN + DATASET_BACKGROUND_DEVIATION * clouds
    texture.setflags(write=False)
    return texture
