"""Decodes photos, within limits on their size, and turns them upright.

A file within these limits may still be built to take minutes or a gigabyte: what others send goes
through ``isolated_decoding``.
"""

import io

import cv2
import numpy as np
import pillow_heif
from PIL import (
    BmpImagePlugin,
    ExifTags,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    PngImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from core.common.errors import UserError
from core.common.types import IMAGE_SIZE, Photo, Uint8Array

MAX_BYTES = 12 * 1024 * 1024
MAX_PIXELS = 40_000_000
LARGE_SIDE, LARGE_PIXELS = 1080, 10_000_000
"""A photo is halved, up to three times, while its shorter side keeps so many pixels or it has more
pixels than that: no model needs more. A JPEG is decoded so, in a fraction of the time."""
MIN_SIDE = 8
MAX_SIDE = 20_000
FORMAT_NAMES = "JPEG, PNG, WebP, BMP, GIF or HEIC"

# Named by plugin, so that Pillow's forty other plugins are not loaded. The JPEG plugin also opens
# MPO, which many phones write: a JPEG followed by further pictures.
_FORMATS = (
    JpegImagePlugin.JpegImageFile.format,
    PngImagePlugin.PngImageFile.format,
    WebPImagePlugin.WebPImageFile.format,
    BmpImagePlugin.BmpImageFile.format,
    GifImagePlugin.GifImageFile.format,
    pillow_heif.HeifImageFile.format,
)
_BACKGROUND = (224, 224, 224)
"""Colour behind transparent pixels: light and neutral, like a wall behind a hand."""
_STRIP_ROWS = 256
_MAX_RUN_LENGTH_CODED = 1_000_000
"""Limit in bytes and in pixels, because Pillow decodes these BMPs in Python, pixel by pixel."""

_LEFT_RIGHT, _TOP_BOTTOM, _BOTH = 1, 0, -1
_UPRIGHT_STEPS: dict[int, tuple[bool, int | None]] = {
    2: (False, _LEFT_RIGHT),
    3: (False, _BOTH),
    4: (False, _TOP_BOTTOM),
    5: (True, None),
    6: (True, _LEFT_RIGHT),
    7: (True, _BOTH),
    8: (True, _TOP_BOTTOM),
}
"""EXIF orientation -> whether to transpose, then the axis to flip."""

# Thumbnails, depth maps and gain maps beside the photo are never used, so they are not parsed.
pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)


class PhotoError(UserError):
    """A file is not a readable photo; the message says why, and what to do."""


def decode_photo(content: bytes) -> Photo:
    """Decode a photo: its first frame, upright, with a plain colour behind transparent pixels.

    Args:
        content: the whole file, at most ``MAX_BYTES`` bytes.

    Returns:
        The photo, at most ``LARGE_PIXELS`` pixels; a large one at a lower resolution. ``prepared``
        is set if it is a grey image of 128×128 pixels.

    Raises:
        PhotoError: the file is too large, damaged, or in another format.
    """
    _check_bytes(len(content))
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as image:
            _check_size(image, len(content))
            original_size = image.size
            if (reduction := _reduction(image)) > 1:
                # Of the formats, only JPEG can do that.
                image.draft(None, (image.width // reduction, image.height // reduction))
            image.load()
            _check_size(image, len(content))
            flat = _flatten(image, _reduction(image))
            orientation = _orientation(image)
    except PhotoError:
        raise
    except Image.DecompressionBombError as error:
        raise PhotoError(_too_many_pixels()) from error
    except MemoryError as error:
        raise PhotoError("There is not enough memory for this photo. Use a smaller one.") from error
    except UnidentifiedImageError as error:
        raise PhotoError(
            f"This file is not a readable photo: it is damaged or not a {FORMAT_NAMES} file. "
            "Choose another one."
        ) from error
    # A malicious file can make Pillow and its libraries raise nearly anything, from
    # struct.error to KeyError; all of it means the same to the user.
    except Exception as error:
        # Among them is a lack of memory, to which the library for WebP gives no name.
        raise PhotoError(
            "This photo is damaged or incomplete, or needs too much memory. Copy it again, or save "
            "it smaller or as JPEG."
        ) from error
    upright = _turn_upright(flat, orientation)
    if flat.shape[1::-1] == original_size:
        return Photo(upright, prepared=_is_prepared(upright))
    transposed = _UPRIGHT_STEPS.get(orientation, (False, None))[0]
    width, height = original_size
    return Photo(upright, original_size=(height, width) if transposed else (width, height))


def to_grey(pixels: Uint8Array) -> Uint8Array:
    """The brightness of a colour image (ITU-R BT.601 luma): (h, w, 3) uint8 RGB -> (h, w) uint8.

    A grey image stored as RGB keeps its values exactly.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return np.asarray(grey, dtype=np.uint8)


def _check_bytes(size: int) -> None:
    if size == 0:
        raise PhotoError(f"The file is empty. Choose a photo: {FORMAT_NAMES}.")
    if size > MAX_BYTES:
        raise PhotoError(
            f"The file is larger than {MAX_BYTES // 1024**2} MB. Save the photo smaller."
        )


def _too_many_pixels() -> str:
    return f"The photo has more than {MAX_PIXELS // 1_000_000} megapixels. Save it smaller."


def _check_size(image: Image.Image, content_bytes: int) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise PhotoError(_too_many_pixels())
    if max(width, height) > MAX_SIDE or min(width, height) < MIN_SIDE:
        raise PhotoError(
            f"The photo measures {width}×{height} pixels; "
            f"each side must have {MIN_SIDE} to {MAX_SIDE:,} pixels. Choose another one."
        )
    run_length_coded = any(tile[0] == "bmp_rle" for tile in getattr(image, "tile", ()))
    if run_length_coded and max(width * height, content_bytes) > _MAX_RUN_LENGTH_CODED:
        raise PhotoError("This run-length coded BMP is too large. Save it as PNG or JPEG.")


def _reduction(image: Image.Image) -> int:
    """By what a photo's sides are divided."""
    pixels, reduction = image.width * image.height, 8
    while reduction > 1 and min(image.size) < LARGE_SIDE * reduction:
        if pixels > LARGE_PIXELS * (reduction // 2) ** 2:
            break
        reduction //= 2
    return reduction


def _flatten(image: Image.Image, reduction: int) -> Uint8Array:
    """The pixels as 8-bit RGB, with the background behind transparent ones."""
    height, width = (-(-side // reduction) for side in (image.height, image.width))
    flat: Uint8Array = np.empty((height, width, 3), np.uint8)
    # Row by row, so that a large photo needs its memory once, not five times.
    for top in range(0, image.height, _STRIP_ROWS):
        bottom = min(top + _STRIP_ROWS, image.height)
        strip = _flat_strip(image.crop((0, top, image.width, bottom)))
        if reduction > 1:
            strip = np.asarray(Image.fromarray(strip).reduce(reduction))
        flat[top // reduction :][: len(strip)] = strip
    return flat


def _flat_strip(image: Image.Image) -> Uint8Array:
    if image.mode.startswith("I"):
        return _sixteen_bit_to_rgb(image)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        flat = Image.new("RGB", image.size, _BACKGROUND)
        flat.paste(layer, mask=layer.getchannel("A"))
        return np.asarray(flat)
    return np.asarray(image if image.mode == "RGB" else image.convert("RGB"))


def _sixteen_bit_to_rgb(image: Image.Image) -> Uint8Array:
    # Pillow's own conversion clips 16-bit grey at 255, which turns nearly every picture white.
    high_byte = np.clip(np.asarray(image) >> 8, 0, 255).astype(np.uint8)
    return np.repeat(high_byte[:, :, None], 3, axis=2)


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    # Broken metadata is common, and Pillow can raise anything on it; a readable
    # picture matters more than its metadata.
    except Exception:  # noqa: BLE001
        return 1


def _turn_upright(pixels: Uint8Array, orientation: int) -> Uint8Array:
    transposed, flipped = _UPRIGHT_STEPS.get(orientation, (False, None))
    if transposed:
        pixels = np.asarray(cv2.transpose(pixels), dtype=np.uint8)
    if flipped is not None:
        pixels = np.asarray(cv2.flip(pixels, flipped), dtype=np.uint8)
    return np.ascontiguousarray(pixels)


def _is_prepared(pixels: Uint8Array) -> bool:
    if pixels.shape[:2] != (IMAGE_SIZE, IMAGE_SIZE):
        return False
    return bool((pixels == pixels[:, :, :1]).all())
