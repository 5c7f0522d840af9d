"""Small files that cost a decoder much time or memory, each built part by part."""

import struct
import zlib
from collections.abc import Callable, Iterator

from PIL import Image

from core.images.decoding import MAX_BYTES
from tests.helpers.pictures import encode, png, png_chunk

FRAME_BYTES = 298_000
"""About what fits into the text of a live frame."""


def jpeg_segment(marker: int, content: bytes) -> bytes:
    """A segment of a JPEG: its marker, its length and its content."""
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def webp_chunk(name: bytes, content: bytes) -> bytes:
    """A chunk of a WebP file, filled up to an even length."""
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def animated_webp(width: int, height: int, frames: int) -> bytes:
    """An animation of lossless frames of one colour each, which are a few bytes long."""

    def three_bytes(number: int) -> bytes:
        return struct.pack("<I", number)[:3]

    size = three_bytes(width - 1) + three_bytes(height - 1)
    # One colour takes no bits a pixel, so the codes of a small picture do for any size, which its
    # header has in two fields of 14 bits (RFC 9649).
    small = encode(Image.new("RGBA", (16, 16), (9, 8, 7, 6)), "WEBP", lossless=True)
    pixels = bytearray(small[small.index(b"VP8L") + 8 :])
    header = int.from_bytes(pixels[1:5], "little") & ~((1 << 28) - 1)
    pixels[1:5] = (header | (width - 1) | (height - 1) << 14).to_bytes(4, "little")
    frame = bytes(6) + size + three_bytes(100) + b"\x02" + webp_chunk(b"VP8L", bytes(pixels))
    body = webp_chunk(b"VP8X", b"\x12\0\0\0" + size) + webp_chunk(b"ANIM", bytes(6))
    body += webp_chunk(b"ANMF", frame) * frames
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def large_png(width: int, height: int, colour_type: int, channels: int) -> bytes:
    """A PNG of one colour."""
    row = bytes(width * channels + 1)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    empty = png(width, height, b"", colour_type=colour_type)
    start = empty.index(b"IDAT") - 4
    return empty[:start] + png_chunk(b"IDAT", packed) + png_chunk(b"IEND", b"")


def gif_of_comments(count: int) -> bytes:
    """A GIF with that many comments of one byte before its picture."""
    content = encode(Image.new("P", (32, 32), 3), "GIF")
    image = content.index(b",")
    return content[:image] + b"\x21\xfe\x01c\x00" * count + content[image:]


def costly_photos() -> dict[str, Callable[[], bytes]]:
    """Makes each file, by its name; all are small enough to be accepted, and most are photos."""
    jpeg = encode(Image.new("RGB", (32, 32), (200, 120, 90)), "JPEG")
    progressive = encode(Image.new("L", (1_000, 1_000), 128), "JPEG", progressive=True)
    scan = progressive[progressive.rindex(b"\xff\xda") : -2]
    exif = jpeg_segment(0xE1, b"Exif\0\0a")
    large_exif = jpeg_segment(0xE1, b"Exif\0\0" + bytes(5_900))
    small_png = png(32, 32, bytes(33 * 32))
    pixels = small_png.index(b"IDAT") - 4
    profile = png_chunk(b"iCCP", b"k\0\0" + zlib.compress(bytes(1_000_000), 9))

    def with_chunks(chunks: bytes) -> bytes:
        return small_png[:pixels] + chunks + small_png[pixels:]

    return {
        "animated WebP of 40 megapixels": lambda: animated_webp(8_000, 5_000, 3),
        "RGBA PNG of 40 megapixels": lambda: large_png(8_000, 5_000, colour_type=6, channels=4),
        "Exif behind an end": lambda: b"\xff\xd8\xff\xd9" + exif * 600_000 + jpeg[2:],
        "1,990 large Exif": lambda: jpeg[:2] + large_exif * 1_990 + jpeg[2:],
        "nothing but FF": lambda: b"\xff\xd8" + b"\xff" * (MAX_BYTES - 2),
        "comments": lambda: jpeg[:2] + jpeg_segment(0xFE, b"") * 3_000_000 + jpeg[2:],
        "Exif": lambda: jpeg[:2] + exif * 900_000 + jpeg[2:],
        "scans": lambda: progressive[:-2] + scan * 10_000 + progressive[-2:],
        "empty IDAT": lambda: with_chunks(png_chunk(b"IDAT", b"") * 1_000_000),
        "colour profiles": lambda: with_chunks(profile * 5_000),
        "GIF of comments": lambda: gif_of_comments(2_400_000),
    }


def costly_frames() -> Iterator[tuple[str, bytes]]:
    """Name and content of live frames that are no pictures of a camera."""
    jpeg = encode(Image.new("RGB", (32, 32), (200, 120, 90)), "JPEG")
    progressive = encode(Image.new("L", (1_000, 1_000), 128), "JPEG", progressive=True)
    scan = progressive[progressive.rindex(b"\xff\xda") : -2]
    count = (FRAME_BYTES - len(progressive)) // len(scan)
    yield "nothing but FF", b"\xff\xd8" + b"\xff" * FRAME_BYTES
    yield "comments", jpeg[:2] + jpeg_segment(0xFE, b"") * 70_000 + jpeg[2:]
    yield "scans", progressive[:-2] + scan * count + progressive[-2:]
