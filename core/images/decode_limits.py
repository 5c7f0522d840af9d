"""Limits on the structure of a photo file, checked before a decoder reads it.

The limits on bytes and pixels do not bound a decoder's time. A file of a few megabytes can make a
progressive JPEG repeat its picture a hundred thousand times, or hold ten thousand compressed
colour profiles that a PNG reader unpacks one by one. The scans below take a few milliseconds on a
file of the largest size.
"""

import re

MAX_JPEG_SEGMENTS = 2_000
MAX_JPEG_SCANS = 64
"""Encoders write about ten scans; each scan costs a pass over the whole picture."""
MAX_PNG_EXTRA_CHUNKS = 200

_JPEG_START = b"\xff\xd8"
_JPEG_MARKER = re.compile(rb"\xff[\x02-\xcf\xd8-\xfe]")
_JPEG_WITHOUT_LENGTH = frozenset({0xD8})
_JPEG_END = 0xD9
_JPEG_SCAN = 0xDA

_PNG_START = b"\x89PNG\r\n\x1a\n"
_PNG_PIXELS = b"IDAT"
_PNG_END = b"IEND"


def is_built_to_stall(content: bytes) -> bool:
    """Whether a photo file has far more parts than any camera or program produces.

    Other formats and truncated files are not checked here.
    """
    if content.startswith(_JPEG_START):
        return _jpeg_has_too_many_parts(content)
    if content.startswith(_PNG_START):
        return _png_has_too_many_parts(content)
    return False


def _jpeg_has_too_many_parts(content: bytes) -> bool:
    segments = scans = 0
    position = len(_JPEG_START)
    while found := _JPEG_MARKER.search(content, position):
        marker = content[found.start() + 1]
        if marker == _JPEG_END:
            break
        segments += 1
        scans += marker == _JPEG_SCAN
        if segments > MAX_JPEG_SEGMENTS or scans > MAX_JPEG_SCANS:
            return True
        position = found.end()
        if marker not in _JPEG_WITHOUT_LENGTH:
            position += int.from_bytes(content[position : position + 2], "big")
    return False


def _png_has_too_many_parts(content: bytes) -> bool:
    extra = 0
    position = len(_PNG_START)
    while position + 8 <= len(content):
        length = int.from_bytes(content[position : position + 4], "big")
        kind = content[position + 4 : position + 8]
        if kind == _PNG_END:
            break
        extra += kind != _PNG_PIXELS
        if extra > MAX_PNG_EXTRA_CHUNKS:
            return True
        position += 12 + length
    return False
