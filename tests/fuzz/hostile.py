"""Malicious files by name, each made by a few lines of code."""

import io
import json
import struct
import zipfile
import zlib

import numpy as np
from PIL import Image

PNG_START = b"\x89PNG\r\n\x1a\n"


def png_chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk of a PNG file with its length and its checksum."""
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum


def png_header(width: int, height: int, colour: int = 0, bits: int = 8) -> bytes:
    """The start of a PNG file that claims to have this size."""
    return PNG_START + png_chunk(
        b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    )


def decompression_bomb(width: int, height: int) -> bytes:
    """A few kilobytes that decompress to that many pixels."""
    packer = zlib.compressobj(9)
    row = bytes(width + 1)
    pixels = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    return png_header(width, height) + png_chunk(b"IDAT", pixels) + png_chunk(b"IEND", b"")


def saved(file_format: str, width: int = 48, height: int = 40, **options: object) -> bytes:
    """A small picture of noise in a file format."""
    pixels = np.random.default_rng(width).integers(0, 256, (height, width, 3), dtype=np.uint8)
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, file_format, **options)
    return content.getvalue()


def animated_gif(frames: int) -> bytes:
    """An animation of small frames, written frame by frame."""
    head = b"GIF89a" + struct.pack("<HH", 16, 16) + b"\x80\x00\x00" + b"\x00\x00\x00\xff\xff\xff"
    image = b"," + struct.pack("<HHHH", 0, 0, 16, 16) + b"\x00"
    pixels = b"\x02\x16" + bytes.fromhex("8c2d99872a1cdc33a00275ec95faa8de608c0491") + b"\x4c\x01"
    frame = image + pixels + b"\x00"
    return head + frame * frames + b";"


def animated_png(frames: int) -> bytes:
    """An APNG of many frames."""
    pixels = zlib.compress(bytes(17 * 16))
    control = struct.pack(">IIIIIHHBB", 0, 16, 16, 0, 0, 1, 10, 0, 0)
    parts = [png_header(16, 16), png_chunk(b"acTL", struct.pack(">II", frames, 0))]
    parts += [png_chunk(b"fcTL", control), png_chunk(b"IDAT", pixels)]
    for number in range(frames - 1):
        order = struct.pack(">I", 2 * number + 1)
        parts += [
            png_chunk(b"fcTL", order + control[4:]),
            png_chunk(b"fdAT", struct.pack(">I", 2 * number + 2) + pixels),
        ]
    return b"".join([*parts, png_chunk(b"IEND", b"")])


def with_exif(exif: bytes) -> bytes:
    """A JPEG with this block of metadata."""
    jpeg = saved("JPEG")
    block = b"Exif\x00\x00" + exif
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + jpeg[2:]


def looping_exif() -> bytes:
    """Metadata whose directory points to itself as the next one."""
    entry = struct.pack("<HHII", 0x0112, 3, 1, 6)
    return with_exif(b"II*\x00" + struct.pack("<IH", 8, 1) + entry + struct.pack("<I", 8))


def endless_scans() -> bytes:
    """A progressive JPEG that repeats its picture."""
    jpeg = saved("JPEG", progressive=True)
    scan = jpeg.index(b"\xff\xda")
    return jpeg[:scan] + jpeg[scan:-2] * 3000 + b"\xff\xd9"


def images() -> dict[str, bytes]:
    """Pictures, and files that pretend to be one."""
    jpeg, png = saved("JPEG"), saved("PNG")
    return {
        "nothing": b"",
        "bomb of 40 megapixels": decompression_bomb(8000, 5000),
        "bomb of a gigapixel": png_header(30_000, 40_000) + png_chunk(b"IDAT", zlib.compress(b"")),
        "1 by 100,000": decompression_bomb(1, 100_000),
        "100,000 by 1": decompression_bomb(100_000, 1),
        "no pixels": png_header(0, 0),
        "four gigapixels a side": png_header(2**32 - 1, 2**32 - 1),
        "negative sizes": b"BM" + struct.pack("<IHHIIiiHHI", 60, 0, 0, 54, 40, -32, -32, 1, 24, 0),
        "negative height": b"BM"
        + struct.pack("<IHHIIiiHHI", 3_200, 0, 0, 54, 40, 32, -(2**31), 1, 24, 0)
        + bytes(3_000),
        "10,000 frames of GIF": animated_gif(10_000),
        "10,000 frames of PNG": animated_png(10_000),
        "an endless JPEG": endless_scans(),
        "broken EXIF": with_exif(b"II*\x00\xff\xff\xff\xff"),
        "looping EXIF": looping_exif(),
        "EXIF of zeros": with_exif(bytes(60_000)),
        "orientation 255": with_exif(
            b"II*\x00" + struct.pack("<IHHHII", 8, 1, 0x0112, 3, 1, 255) + bytes(4)
        ),
        "JPEG and zip": jpeg + hostile_zip({"a.txt": b"x"}),
        "GIF and script": b"GIF89a/*" + b"A" * 300 + b"*/=1;alert(1)",
        "PNG and HTML": png + b"<script>alert(1)</script>",
        "PDF": b"%PDF-1.7\n" + bytes(500),
        "SVG": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        "SVG that reads files": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>',
        "TIFF": b"II*\x00" + bytes(400),
        "EPS": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run\n",
        "all ones": b"\xff" * 5_000,
        "text chunks": png[:33]
        + png_chunk(b"zTXt", b"a\x00\x00" + zlib.compress(bytes(20_000_000))) * 5
        + png[33:],
        "colour profile bomb": png[:33]
        + png_chunk(b"iCCP", b"a\x00\x00" + zlib.compress(bytes(50_000_000)))
        + png[33:],
        "HEIC of nothing": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(200),
        "WebP cut off": saved("WEBP")[:60],
        "MPO of itself": jpeg[:-2] + b"\xff\xe2\x00\x20MPF\x00II*\x00" + bytes(22) + b"\xff\xd9",
    }


def hostile_zip(files: dict[str, bytes]) -> bytes:
    """A zip of these files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def link_zip(target: str) -> bytes:
    """A zip whose images are symbolic links."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in ("train/0_1L.png", "test/0_1L.png"):
            entry = zipfile.ZipInfo(name)
            entry.create_system, entry.external_attr = 3, 0o120777 << 16
            archive.writestr(entry, target)
    return content.getvalue()


def overlapping_zip() -> bytes:
    """A zip whose entries all share the same bytes (after Fifield, "A better zip bomb", 2019)."""
    content = bytearray(hostile_zip({"train/0_1L.png": bytes(900_000)}))
    end = content.rindex(b"PK\x05\x06")
    start = content.rindex(b"PK\x01\x02")
    entry = bytes(content[start:end])
    count = 20_000
    entries = b"".join(
        entry.replace(b"train/0_1L", b"train/%01x_1L" % (number % 16)) for number in range(count)
    )
    tail = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, len(entries), start, 0)
    return bytes(content[:start]) + entries + tail


def zips() -> dict[str, bytes]:
    """Archives for the import of a dataset."""
    image = saved("PNG", 128, 128)
    return {
        "nothing": b"",
        "empty": hostile_zip({}),
        "upwards": hostile_zip({"../../train/0_1L.png": image, "test/../../../0_1L.png": image}),
        "absolute": hostile_zip({"/train/0_1L.png": image, "/etc/test/0_1L.png": image}),
        "backslashes": hostile_zip({"..\\..\\train\\0_1L.png": image, "test\\0_1L.png": image}),
        "links": link_zip("/etc/passwd"),
        "links upwards": link_zip("../../../../etc/shadow"),
        "devices": hostile_zip({"train/CON_1L.png": image, "test/NUL_1L.png": image}),
        "bomb": hostile_zip({"train/0_1L.png": bytes(300_000_000), "test/0_1L.png": image}),
        "overlapping": overlapping_zip(),
        "pixel bomb": hostile_zip({"train/0_1L.png": decompression_bomb(8000, 5000)}),
        "twice": hostile_zip({"train/0_1L.png": image}) + hostile_zip({"test/0_1L.png": image}),
        "control characters": hostile_zip({"train/\x1b[2J\r\n_1L.png": image}),
        "long names": hostile_zip({f"train/{'a' * 60_000}_1L.png": image}),
        "100,000 files": hostile_zip({f"train/{n}_1L.png": b"" for n in range(20_000)}),
    }


MESSAGES: dict[str, object] = {
    "not a number": {"sequence": float("nan"), "taken": float("nan"), "jpeg": float("nan")},
    "infinite": {"sequence": float("inf"), "taken": float("-inf"), "jpeg": ""},
    "negative": {"sequence": -1, "taken": -1, "width": -1, "height": -(2**63), "jpeg": ""},
    "huge": {"sequence": 2**4000, "taken": 1e308, "jpeg": "data:image/jpeg;base64,"},
    "30 megabytes": {
        "sequence": 1,
        "taken": 1,
        "jpeg": "data:image/jpeg;base64," + "A" * 30_000_000,
    },
    "30 megabytes of keys": {str(n): n for n in range(1_000_000)},
    "deep": json.loads("[" * 900 + "]" * 900),
    "wrong types": {"sequence": [1], "taken": {"a": 1}, "jpeg": ["data:image/jpeg;base64,"]},
    "a million rounds": {"sequence": 1, "taken": 1, "rounds": [{"number": 1}] * 1_000_000},
    "results of anything": {"sequence": 1, "taken": 1, "rounds": {"a": 1}, "trials": [1]},
    "surrogates": {"sequence": 1, "taken": 1, "jpeg": "data:image/jpeg;base64,\ud800"},
    "no base64": {"sequence": 1, "taken": 1, "jpeg": "data:image/jpeg;base64,====%%%%"},
}
"""What a browser may send instead of a frame."""

SETTINGS = (
    "", "NaN", "inf", "-inf", "-1", "1e999", "9" * 5000, "0x10", "1_000", "null", "true", "[1,2]",
    "../../etc/passwd", "<script>alert(1)</script>", "'; DROP TABLE x;--", "\x00", "%00", "\u202e",
    "😀" * 500, "A" * 100_000, "{{7*7}}", "${7*7}", "1,2,3", " ", "\r\nSet-Cookie: a=b", "\\", "²",
)  # fmt: skip
"""What a link may contain instead of a setting."""
