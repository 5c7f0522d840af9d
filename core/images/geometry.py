"""Every resize and crop between a photo and a model's input."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from core.common.types import IMAGE_SIZE, Box, Uint8Array

CROP_MARGIN = 1.35
"""Side of the square cropped around a hand's box, relative to the box's longer side."""

PADDING = 128
"""Grey level of the padding around a photo that does not fill its square."""

Affine = npt.NDArray[np.float64]
"""(2, 3): maps (x, y, 1) in pixels of one image to (x, y) in pixels of another."""


@dataclass(frozen=True)
class Square:
    """A rotated square of a photo.

    Attributes:
        x, y: its centre in pixels of the photo.
        side: its side in pixels of the photo.
        rotation: clockwise, in degrees.
    """

    x: float
    y: float
    side: float
    rotation: float = 0.0

    def placement(self) -> Affine:
        """The (2, 3) affine map from photo pixels to crop pixels."""
        scale = IMAGE_SIZE / self.side
        angle = np.radians(self.rotation)
        cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
        linear = np.array([[cosine, sine], [-sine, cosine]])
        offset = IMAGE_SIZE / 2 - linear @ (self.x, self.y)
        return np.hstack([linear, offset[:, None]])


def square_around(box: Box) -> Square:
    """The square to crop for a hand's box."""
    longer = max(box.width, box.height)
    return Square((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2, max(1.0, CROP_MARGIN * longer))


def crop(grey: Uint8Array, square: Square) -> Uint8Array:
    """Crop the square of a grey photo to (128, 128); outside it, its edge pixels are repeated."""
    # Only the part that can be visible is warped; shrinking all of a large photo takes longer.
    reach = square.side * (0.5 if square.rotation == 0 else 0.75) + 2
    left, top = (max(0, int(middle - reach)) for middle in (square.x, square.y))
    right, bottom = (int(np.ceil(middle + reach)) for middle in (square.x, square.y))
    height, width = grey.shape
    left, top = min(left, width - 1), min(top, height - 1)
    part = grey[top : max(bottom, top + 1), left : max(right, left + 1)]
    placement = replace(square, x=square.x - left, y=square.y - top).placement()
    return warp(part, placement, cv2.BORDER_REPLICATE)


def warp(
    pixels: Uint8Array, placement: Affine, border: int, length: int = IMAGE_SIZE
) -> Uint8Array:
    """Warp a photo by an affine map to ``length`` in height and width, without aliasing.

    It is (height, width) or (height, width, channels) uint8. The border is OpenCV's mode; a
    constant one is ``PADDING``, transparent in a fourth channel, and black around a grey photo.
    """
    # Rounded, so that the last bit of a sine does not choose how an unscaled image is interpolated.
    scale = round(float(np.hypot(placement[0, 0], placement[1, 0])), 9)
    placement = placement.copy()
    if scale < 0.5:
        # Average over areas first, since the warp itself interpolates only four neighbours.
        height, width = (max(1, round(side * 2 * scale)) for side in pixels.shape[:2])
        factors = np.array([width / pixels.shape[1], height / pixels.shape[0]])
        pixels = np.asarray(
            cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8
        )
        placement[:, :2] /= factors
    # OpenCV counts from pixel centres, the map from pixel corners.
    placement[:, 2] += placement[:, :2] @ (0.5, 0.5) - 0.5
    size = (length, length)
    interpolation = cv2.INTER_LINEAR if scale < 1 else cv2.INTER_CUBIC
    value = (PADDING, PADDING, PADDING, 0) if pixels.ndim == 3 else (0,)
    warped = cv2.warpAffine(
        pixels, placement, size, flags=interpolation, borderMode=border, borderValue=value
    )
    return np.asarray(warped, np.uint8)


@dataclass(frozen=True)
class Letterbox:
    """A whole photo, resized into the upper left corner of a square.

    Attributes:
        pixels: (size, size, 3) uint8 RGB, padded with grey.
        x_scale, y_scale: pixels of the square per pixel of the photo.
        width, height: of the shrunk photo.
    """

    pixels: Uint8Array
    x_scale: float
    y_scale: float
    width: int
    height: int

    def in_photo(self, box: Box) -> Box:
        """A box of the square in pixels of the photo, clipped to the photo."""
        return Box(
            max(box.x0, 0.0) / self.x_scale,
            max(box.y0, 0.0) / self.y_scale,
            min(box.x1, self.width) / self.x_scale,
            min(box.y1, self.height) / self.y_scale,
        )


def letterbox(pixels: Uint8Array, size: int) -> Letterbox:
    """Resize a (height, width, 3) uint8 RGB photo of any size to a network's square input."""
    height, width = pixels.shape[:2]
    scale = size / max(height, width)
    new_width, new_height = max(1, round(width * scale)), max(1, round(height * scale))
    # Halving has a fast path in OpenCV, and leaves little to resize.
    while pixels.shape[0] >= 2 * new_height and pixels.shape[1] >= 2 * new_width:
        half = (pixels.shape[1] // 2, pixels.shape[0] // 2)
        even = pixels[: 2 * half[1], : 2 * half[0]]
        pixels = np.asarray(cv2.resize(even, half, interpolation=cv2.INTER_AREA), np.uint8)
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    square = np.full((size, size, 3), PADDING, np.uint8)
    square[:new_height, :new_width] = cv2.resize(
        pixels, (new_width, new_height), interpolation=interpolation
    )
    return Letterbox(square, new_width / width, new_height / height, new_width, new_height)
