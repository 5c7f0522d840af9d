"""Small files that cost a decoder much time or memory, each built part by part."""

import struct
import zlib
from collections.abc import Iterator

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


def costly_photos() -> Iterator[tuple[str, bytes]]:
    """Name and content of each file; all are small enough to be accepted, and most are photos."""
    jpeg = encode(Image.new("RGB", (32, 32), (200, 120, 90)), "JPEG")
    progressive = encode(Image.new("L", (1_000, 1_000), 128), "JPEG", progressive=True)
    scan = progressive[progressive.rindex(b"\xff\xda") : -2]
    exif = jpeg_segment(0xE1, b"Exif\0\0a")
    small_png = png(32, 32, bytes(33 * 32))
    pixels = small_png.index(b"IDAT") - 4
    yield "animated WebP of 40 megapixels", animated_webp(8_000, 5_000, 3)
    yield "RGBA PNG of 40 megapixels", large_png(8_000, 5_000, colour_type=6, channels=4)
    yield "Exif behind an end", b"\xff\xd8\xff\xd9" + exif * 600_000 + jpeg[2:]
    yield (
        "1,990 large Exif",
        jpeg[:2] + jpeg_segment(0xE1, b"Exif\0\0" + bytes(5_900)) * 1_990 + jpeg[2:],
    )
    yield "nothing but FF", b"\xff\xd8" + b"\xff" * (MAX_BYTES - 2)
    yield "comments", jpeg[:2] + jpeg_segment(0xFE, b"") * 3_000_000 + jpeg[2:]
    yield "Exif", jpeg[:2] + exif * 900_000 + jpeg[2:]
    yield "scans", progressive[:-2] + scan * 10_000 + progressive[-2:]
    yield (
        "empty IDAT",
        small_png[:pixels] + png_chunk(b"IDAT", b"") * 1_000_000 + small_png[pixels:],
    )
    profile = png_chunk(b"iCCP", b"k\0\0" + zlib.compress(bytes(1_000_000), 9))
    yield "colour profiles", small_png[:pixels] + profile * 5_000 + small_png[pixels:]
    yield "GIF of comments", gif_of_comments(2_400_000)


def costly_frames() -> Iterator[tuple[str, bytes]]:
    """Name and content of live frames that are no pictures of a camera."""
    jpeg = encode(Image.new("RGB", (32, 32), (200, 120, 90)), "JPEG")
    progressive = encode(Image.new("L", (1_000, 1_000), 128), "JPEG", progressive=True)
    scan = progressive[progressive.rindex(b"\xff\xda") : -2]
    count = (FRAME_BYTES - len(progressive)) // len(scan)
    yield "nothing but FF", b"\xff\xd8" + b"\xff" * FRAME_BYTES
    yield "comments", jpeg[:2] + jpeg_segment(0xFE, b"") * 70_000 + jpeg[2:]
    yield "scans", progressive[:-2] + scan * count + progressive[-2:]
