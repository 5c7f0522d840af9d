"""A picture in every format that the app reads, and files that are put together by hand."""

import importlib
import io
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image


def encode(image: Image.Image, file_format: str, **options: Any) -> bytes:
    """A picture as the content of a file."""
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def asymmetric_picture(width: int = 60, height: int = 44, noise: float = 20.0) -> Image.Image:
    """No two of its rotations and reflections are alike."""
    rows, columns = np.mgrid[:height, :width]
    plain = np.stack(
        [columns * 255 // width, rows * 255 // height, (rows + 2 * columns) % 256], axis=2
    )
    noisy = plain + np.random.default_rng(0).normal(0, noise, plain.shape)
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


def png_chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk of a PNG file with its length and its checksum."""
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def png(width: int, height: int, rows: bytes, extra: bytes = b"", colour_type: int = 0) -> bytes:
    """A PNG file of such a size, whatever its rows are; ``extra`` chunks stand before them."""
    header = struct.pack(">IIBBBBB", width, height, 8, colour_type, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + extra
        + png_chunk(b"IDAT", zlib.compress(rows))
        + png_chunk(b"IEND", b"")
    )


def run_length_bmp(width: int, height: int, codes: bytes) -> bytes:
    """A BMP file whose pixels are run-length coded."""
    offset = 54 + 1024
    file_header = b"BM" + struct.pack("<IHHI", offset + len(codes), 0, 0, offset)
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(codes), 0, 0, 256, 0)
    return file_header + info + bytes(range(256)) * 4 + codes


# It lets Pillow write HEIC.
importlib.import_module("core.images.decoding")

PICTURE = asymmetric_picture()
WHOLE_FILES = {
    "jpeg": encode(PICTURE, "JPEG"),
    "jpeg progressive": encode(PICTURE, "JPEG", progressive=True),
    "jpeg with exif": encode(
        PICTURE, "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0"
    ),
    "jpeg cmyk": encode(PICTURE.convert("CMYK"), "JPEG"),
    "png": encode(PICTURE, "PNG"),
    "png palette": encode(PICTURE.convert("P"), "PNG"),
    "png alpha": encode(PICTURE.convert("RGBA"), "PNG"),
    "webp": encode(PICTURE, "WEBP"),
    "webp lossless": encode(PICTURE, "WEBP", lossless=True),
    "bmp": encode(PICTURE, "BMP"),
    "gif": encode(PICTURE, "GIF"),
    "heic": encode(PICTURE, "HEIF"),
}
"""PICTURE in every format and way of writing it, by name."""
