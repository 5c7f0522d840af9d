"""Decodes live camera frames: small baseline JPEGs, in about half a millisecond each."""

import struct

import cv2
import numpy as np

from core.common.types import Photo
from core.images.decoding import MIN_SIDE, PhotoError

MAX_FRAME_SIDE = 1280
"""Longer side in pixels; live camera frames have 320."""

MAX_SEGMENTS = 32
"""Before a frame's pixels; browsers write about ten."""

_START, _END = b"\xff\xd8", b"\xff\xd9"
_BASELINE, _SCAN = 0xC0, 0xDA
_OTHER_SEGMENTS = frozenset({0xC4, 0xDB, 0xDD, 0xFE, *range(0xE0, 0xF0)})
"""Huffman tables, quantisation tables, restart interval, comment, application data."""


def decode_frame(content: bytes) -> Photo:
    """Decode a live camera frame as browsers make them from a canvas: a small baseline JPEG.

    Anything else that a JPEG may be is refused before OpenCV sees it, so that a frame costs no
    more than its pixels: it has at most ``MAX_SEGMENTS`` segments without a byte between them, and
    one scan with all its components.

    Args:
        content: the whole file.

    Raises:
        PhotoError: it is another kind of file, is too large, or is damaged.
    """
    try:
        width, height = _size(content)
    except (struct.error, IndexError, ValueError) as error:
        raise PhotoError("This frame is not a readable JPEG.") from error
    if not MIN_SIDE <= min(width, height) <= max(width, height) <= MAX_FRAME_SIDE:
        raise PhotoError(f"A frame has {MIN_SIDE} to {MAX_FRAME_SIDE:,} pixels in each direction.")
    flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), flags)
    except cv2.error:
        pixels = None
    if pixels is None or pixels.shape != (height, width, 3):
        raise PhotoError("This frame is damaged.")
    return Photo(np.asarray(pixels, np.uint8))


def _size(content: bytes) -> tuple[int, int]:
    """Width and height of a baseline JPEG (ITU-T T.81, annex B).

    Raises:
        ValueError, IndexError, struct.error: it is no JPEG, or none that a browser makes.
    """
    if not (content.startswith(_START) and content.endswith(_END)):
        raise ValueError("no JPEG")
    size: tuple[int, int] | None = None
    components = 0
    position = len(_START)
    for _ in range(MAX_SEGMENTS):
        prefix, marker, length = struct.unpack_from(">BBH", content, position)
        if prefix != 0xFF or length < 2:
            raise ValueError("bytes between segments")
        if marker == _SCAN:
            # With fewer components than the frame has, more scans would follow.
            if size is None or content[position + 4] != components:
                raise ValueError("several scans")
            return size
        if marker == _BASELINE and size is None:
            height, width, components = struct.unpack_from(">HHB", content, position + 5)
            size = (width, height)
        elif marker not in _OTHER_SEGMENTS:
            raise ValueError("no baseline JPEG")
        position += 2 + length
    raise ValueError("too many segments")
