"""Photos of every kind, and files that are none: a picture or a clear error, always in time."""

import contextlib
import io
import os
import random
import struct
import time
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageOps

from core.photos import (
    MAX_BYTES,
    MAX_PIXELS,
    MAX_SIDE,
    PhotoError,
    decode_photo,
    read_photo,
    to_grey,
)
from core.types import Box, Photo, Uint8Array

FUZZ_EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "3000"))
LIGHT_GREY = 224

pytestmark = pytest.mark.filterwarnings("ignore")


def encode(image: Image.Image, file_format: str, **options: Any) -> bytes:
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
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def png(width: int, height: int, rows: bytes, extra: bytes = b"", colour_type: int = 0) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, colour_type, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + extra
        + png_chunk(b"IDAT", zlib.compress(rows))
        + png_chunk(b"IEND", b"")
    )


def run_length_bmp(width: int, height: int, codes: bytes) -> bytes:
    offset = 54 + 1024
    file_header = b"BM" + struct.pack("<IHHI", offset + len(codes), 0, 0, offset)
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(codes), 0, 0, 256, 0)
    return file_header + info + bytes(range(256)) * 4 + codes


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


class TestFormats:
    @pytest.mark.parametrize("name", WHOLE_FILES)
    def test_every_format_gives_the_picture(self, name: str) -> None:
        photo = decode_photo(WHOLE_FILES[name])
        expected = np.asarray(PICTURE, dtype=float)
        if name == "jpeg with exif":
            expected = np.rot90(expected, -1)
        assert photo.pixels.shape == expected.shape
        assert photo.pixels.flags.c_contiguous
        assert not photo.prepared
        assert np.abs(photo.pixels - expected).mean() < 20

    @pytest.mark.parametrize("name", ["png", "webp lossless", "bmp", "png alpha"])
    def test_lossless_formats_keep_every_pixel(self, name: str) -> None:
        assert np.array_equal(decode_photo(WHOLE_FILES[name]).pixels, np.asarray(PICTURE))

    @pytest.mark.parametrize(
        ("mode", "colour", "expected"),
        [
            ("1", 1, (255, 255, 255)),
            ("L", 77, (77, 77, 77)),
            ("LA", (40, 255), (40, 40, 40)),
            ("LA", (40, 0), (LIGHT_GREY, LIGHT_GREY, LIGHT_GREY)),
            ("RGB", (1, 2, 3), (1, 2, 3)),
            ("RGBA", (1, 2, 3, 255), (1, 2, 3)),
            ("RGBA", (1, 2, 3, 0), (LIGHT_GREY, LIGHT_GREY, LIGHT_GREY)),
            ("RGBA", (0, 0, 0, 128), (112, 112, 112)),
            ("I;16", 0, (0, 0, 0)),
            ("I;16", 0x8000, (128, 128, 128)),
            ("I;16", 0xFFFF, (255, 255, 255)),
        ],
    )
    def test_modes_of_png(self, mode: str, colour: Any, expected: tuple[int, int, int]) -> None:
        photo = decode_photo(encode(Image.new(mode, (16, 12), colour), "PNG"))
        assert photo.pixels.shape == (12, 16, 3)
        assert tuple(photo.pixels[5, 5].tolist()) == expected

    def test_sixteen_bit_colour(self) -> None:
        header = struct.pack(">IIBBBBB", 8, 8, 16, 2, 0, 0, 0)
        row = b"\0" + bytes([0x12, 0x34, 0x80, 0xFF, 0xFF, 0xFF]) * 8
        content = (
            b"\x89PNG\r\n\x1a\n"
            + png_chunk(b"IHDR", header)
            + png_chunk(b"IDAT", zlib.compress(row * 8))
            + png_chunk(b"IEND", b"")
        )
        assert tuple(decode_photo(content).pixels[0, 0].tolist()) == (0x12, 0x80, 0xFF)

    @pytest.mark.parametrize("file_format", ["PNG", "GIF"])
    def test_transparent_palette_entry(self, file_format: str) -> None:
        image = Image.new("P", (10, 10), 1)
        image.putpalette([255, 0, 0, 0, 0, 255])
        image.paste(0, (0, 0, 5, 10))
        pixels = decode_photo(encode(image, file_format, transparency=0)).pixels
        assert tuple(pixels[0, 0].tolist()) == (LIGHT_GREY,) * 3
        assert tuple(pixels[0, 9].tolist()) == (0, 0, 255)

    @pytest.mark.parametrize(("mode", "colour"), [("RGB", (9, 9, 9)), ("L", 9)])
    def test_transparent_colour_without_an_alpha_channel(self, mode: str, colour: Any) -> None:
        content = encode(Image.new(mode, (10, 10), colour), "PNG", transparency=colour)
        assert tuple(decode_photo(content).pixels[0, 0].tolist()) == (LIGHT_GREY,) * 3

    @pytest.mark.parametrize("file_format", ["WEBP", "HEIF"])
    def test_alpha_of_lossy_formats(self, file_format: str) -> None:
        image = Image.new("RGBA", (64, 64), (200, 30, 30, 0))
        pixels = decode_photo(encode(image, file_format)).pixels
        assert np.abs(pixels.astype(int) - LIGHT_GREY).max() < 6

    def test_cmyk_as_adobe_writes_it_is_not_inverted(self) -> None:
        red = decode_photo(
            encode(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG", quality=95)
        )
        assert red.pixels[8, 8, 0] > 240
        assert red.pixels[8, 8, 1:].max() < 15

    @pytest.mark.parametrize("file_format", ["GIF", "WEBP", "PNG"])
    def test_animation_gives_its_first_frame(self, file_format: str) -> None:
        frames = [Image.new("RGB", (20, 20), (shade, 0, 0)) for shade in (250, 120, 10)]
        content = encode(frames[0], file_format, save_all=True, append_images=frames[1:])
        assert decode_photo(content).pixels[3, 3, 0] > 240

    def test_jpeg_with_further_pictures_as_phones_write_it(self) -> None:
        content = encode(PICTURE, "MPO", save_all=True, append_images=[Image.new("RGB", (9, 9))])
        assert decode_photo(content).pixels.shape == (44, 60, 3)


class TestOrientation:
    @pytest.mark.parametrize("orientation", range(1, 9))
    @pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP"])
    def test_agrees_with_pillow(self, orientation: int, file_format: str) -> None:
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = orientation
        content = encode(PICTURE, file_format, exif=exif)
        with Image.open(io.BytesIO(content)) as image:
            expected = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
        photo = decode_photo(content)
        assert np.array_equal(photo.pixels, expected)
        assert photo.pixels.flags.c_contiguous

    @pytest.mark.parametrize(
        "exif",
        [
            b"Exif\0\0",
            b"Exif\0\0garbage",
            b"Exif\0\0MM\0*\xff\xff\xff\xff",
            b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\xff" * 40,
            b"Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\2\0\0\0\4abc\0\0\0\0\0",
            b"Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\x63\0\0\0\0\0\0",
        ],
    )
    def test_broken_orientation_is_ignored(self, exif: bytes) -> None:
        photo = decode_photo(encode(PICTURE, "JPEG", exif=exif))
        assert (photo.width, photo.height) == PICTURE.size


class TestPrepared:
    @pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "I;16", "1"])
    def test_grey_of_the_models_size_is_prepared(self, mode: str) -> None:
        grey = asymmetric_picture(128, 128).convert("L")
        if mode == "I;16":
            image = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
        else:
            image = grey.convert(mode)
        photo = decode_photo(encode(image, "PNG"))
        assert photo.prepared
        if mode != "1":
            assert np.array_equal(to_grey(photo.pixels), np.asarray(grey))

    @pytest.mark.parametrize("size", [(127, 128), (256, 256)])
    def test_other_sizes_are_not(self, size: tuple[int, int]) -> None:
        assert not decode_photo(encode(Image.new("L", size), "PNG")).prepared

    def test_one_coloured_pixel_makes_it_a_photo(self) -> None:
        image = Image.new("RGB", (128, 128), (50, 50, 50))
        image.putpixel((127, 127), (50, 50, 51))
        assert not decode_photo(encode(image, "PNG")).prepared

    def test_grey_is_the_luma_of_bt_601(self) -> None:
        colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
        assert to_grey(colours).tolist() == [[76, 150, 29]]


class TestLimits:
    @pytest.mark.parametrize(
        ("width", "height"), [(100_000, 100_000), (2**31 - 1, 2**31 - 1), (8_000, 5_001)]
    )
    def test_too_many_pixels_are_refused_before_decoding(
        self, width: int, height: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Image.Image, "load", pytest.fail)
        with pytest.raises(PhotoError, match="megapixels"):
            decode_photo(png(width, height, b"", colour_type=2))

    @pytest.mark.parametrize(
        ("name", "offset", "size"),
        [("bmp", 18, b"\x00\x00\x01\x00\x00\x00\x01\x00"), ("gif", 6, b"\xff\xff\xff\xff")],
    )
    def test_huge_headers_of_other_formats(self, name: str, offset: int, size: bytes) -> None:
        content = WHOLE_FILES[name]
        with pytest.raises(PhotoError, match="megapixels"):
            decode_photo(content[:offset] + size + content[offset + len(size) :])

    @pytest.mark.parametrize("size", [(1, 1), (7, 100), (100, 7), (MAX_SIDE + 1, 10)])
    def test_absurd_sides(self, size: tuple[int, int]) -> None:
        with pytest.raises(PhotoError, match="each side"):
            decode_photo(encode(Image.new("L", size), "PNG"))

    def test_too_many_bytes_are_not_looked_at(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Image, "open", pytest.fail)
        with pytest.raises(PhotoError, match="12 MB"):
            decode_photo(WHOLE_FILES["jpeg"].ljust(MAX_BYTES + 1, b"\0"))

    def test_the_largest_file_is_read(self) -> None:
        content = WHOLE_FILES["jpeg"].ljust(MAX_BYTES, b"\0")
        assert (decode_photo(content).width, decode_photo(content).height) == PICTURE.size

    def test_the_most_pixels_are_read(self) -> None:
        content = encode(Image.new("L", (8_000, MAX_PIXELS // 8_000), 9), "PNG", compress_level=1)
        assert decode_photo(content).pixels.shape == (5_000, 8_000, 3)


class TestHostileFiles:
    @pytest.mark.parametrize("name", WHOLE_FILES)
    def test_cut_off_anywhere_gives_an_error_or_the_whole_picture(self, name: str) -> None:
        content = WHOLE_FILES[name]
        whole = decode_photo(content).pixels
        for length in range(1, len(content), 1 + len(content) // 150):
            try:
                cut = decode_photo(content[:length])
            except PhotoError:
                continue
            assert np.array_equal(cut.pixels, whole)

    @pytest.mark.parametrize(
        "content",
        [
            b"\0",
            b"hello",
            b"<html><img src=x></html>",
            b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
            b"%PDF-1.7\n",
            b"PK\3\4" + bytes(60),
            b"\x7fELF" + bytes(200),
            b"\xff\xd8\xff" + b"\xff" * 5_000,
            b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
            encode(Image.new("RGB", (20, 20)), "TIFF"),
            encode(Image.new("RGB", (20, 20)), "PPM"),
            encode(Image.new("RGB", (20, 20)), "ICO"),
        ],
    )
    def test_what_is_no_photo_is_refused(self, content: bytes) -> None:
        with pytest.raises(PhotoError, match="readable photo"):
            decode_photo(content)

    def test_empty(self) -> None:
        with pytest.raises(PhotoError, match="empty"):
            decode_photo(b"")

    def test_zip_behind_a_jpeg_changes_nothing(self) -> None:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as members:
            members.writestr("evil.py", "raise SystemExit")
        photo = decode_photo(WHOLE_FILES["jpeg"] + archive.getvalue())
        assert np.array_equal(photo.pixels, decode_photo(WHOLE_FILES["jpeg"]).pixels)

    def test_animation_of_ten_thousand_frames(self) -> None:
        content = encode(Image.new("P", (32, 32), 3), "GIF")
        frame = content[content.index(b",") : -1]
        started = time.perf_counter()
        assert decode_photo(content[:-1] + frame * 10_000 + b";").width == 32
        assert time.perf_counter() - started < 2

    @pytest.mark.parametrize(
        "extra",
        [
            png_chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(300_000_000), 9)),
            png_chunk(b"iCCP", b"k\0\0" + zlib.compress(bytes(1_000_000), 9)) * 5_000,
            png_chunk(b"zTXt", b"\0\0" + zlib.compress(bytes(1_000_000), 9)) * 5_000,
            png_chunk(b"tEXt", b"k\0v") * 500_000,
        ],
        ids=["one text", "profiles", "nameless texts", "many texts"],
    )
    def test_metadata_bombs_of_png(self, extra: bytes) -> None:
        started = time.perf_counter()
        with pytest.raises(PhotoError):
            decode_photo(png(32, 32, bytes(33 * 32), extra))
        assert time.perf_counter() - started < 3

    @pytest.mark.parametrize(
        "segment",
        [
            b"\xff\xe1" + struct.pack(">H", 9) + b"Exif\0\0a",
            b"\xff\xfe" + struct.pack(">H", 3) + b"c",
            b"\xff\xed" + struct.pack(">H", 16) + b"Photoshop 3.0\0",
        ],
    )
    def test_a_jpeg_of_countless_segments(self, segment: bytes) -> None:
        content = WHOLE_FILES["jpeg"]
        count = 10_000_000 // len(segment)
        started = time.perf_counter()
        with pytest.raises(PhotoError, match="far more parts"):
            decode_photo(content[:2] + segment * count + content[2:])
        assert time.perf_counter() - started < 3

    def test_a_progressive_jpeg_of_countless_scans(self) -> None:
        content = encode(Image.new("L", (1_000, 1_000), 128), "JPEG", progressive=True)
        last_scan = content[content.rindex(b"\xff\xda") : -2]
        with pytest.raises(PhotoError, match="far more parts"):
            decode_photo(content[:-2] + last_scan * 10_000 + content[-2:])
        assert decode_photo(content[:-2] + last_scan * 20 + content[-2:]).width == 1_000

    def test_run_length_coded_bmp(self) -> None:
        codes = b"\x10\x07\x00\x00" * 16 + b"\x00\x01"
        assert decode_photo(run_length_bmp(16, 16, codes)).pixels.shape == (16, 16, 3)
        with pytest.raises(PhotoError, match="run-length"):
            decode_photo(run_length_bmp(8_000, 5_000, b"\0\0" * 5_000_000))

    @pytest.mark.parametrize(
        "raised",
        [
            OSError,
            SyntaxError,
            ValueError,
            struct.error,
            EOFError,
            OverflowError,
            IndexError,
            KeyError,
            ZeroDivisionError,
            RuntimeError,
            AttributeError,
            AssertionError,
        ],
    )
    def test_whatever_a_decoder_raises_becomes_one_error(
        self, raised: type[Exception], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise raised("from inside a decoder")

        monkeypatch.setattr(Image.Image, "convert", fail)
        with pytest.raises(PhotoError, match="damaged or incomplete"):
            decode_photo(WHOLE_FILES["png palette"])

    def test_lack_of_memory_is_said(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: object) -> None:
            raise MemoryError

        monkeypatch.setattr(Image.Image, "convert", fail)
        with pytest.raises(PhotoError, match="memory"):
            decode_photo(WHOLE_FILES["png palette"])


def assert_a_photo_or_the_named_error(content: bytes) -> None:
    started = time.perf_counter()
    with contextlib.suppress(PhotoError):
        photo = decode_photo(content)
        assert isinstance(photo, Photo)
        assert photo.width * photo.height <= MAX_PIXELS
    assert time.perf_counter() - started < 10


BASES = [*WHOLE_FILES.values(), run_length_bmp(16, 16, b"\x10\x07\x00\x00" * 16)]


def mutate(content: bytes, source: random.Random) -> bytes:
    """One to five of: flipped bits, telling bytes, a cut, an insertion, a splice with another."""
    mutated = bytearray(content)
    for _ in range(source.randint(1, 5)):
        # Half of the changes go to the head, where the structure is.
        limit = source.choice([64, len(mutated) - 1])
        place = source.randint(0, max(0, min(limit, len(mutated) - 1)))
        match source.randrange(6):
            case 0:
                mutated[place : place + 1] = bytes([source.randrange(256)])
            case 1:
                mutated[place : place + 4] = source.choice(
                    [b"\xff\xff\xff\xff", bytes(4), b"\x7f\xff\xff\xff", b"\0\0\xff\xff"]
                )
            case 2:
                del mutated[place : place + source.randint(1, 40)]
            case 3:
                mutated[place:place] = source.randbytes(source.randint(1, 40))
            case 4:
                other = source.choice(BASES)
                start = source.randrange(len(other))
                mutated[place:] = other[start:]
            case _:
                end = place + source.randint(1, 200)
                mutated[place:place] = mutated[place:end] * source.randint(1, 20)
    return bytes(mutated)


class TestFuzz:
    @settings(
        max_examples=FUZZ_EXAMPLES,
        deadline=None,
        database=None,
        derandomize="FUZZ_EXAMPLES" not in os.environ,
        suppress_health_check=list(HealthCheck),
    )
    @given(base=st.integers(0, len(BASES) - 1), seed=st.integers(0, 2**64 - 1))
    def test_mutated_files(self, base: int, seed: int) -> None:
        assert_a_photo_or_the_named_error(mutate(BASES[base], random.Random(seed)))

    @settings(max_examples=200, deadline=None, database=None, derandomize=True)
    @given(
        start=st.sampled_from([b"", *(content[:16] for content in BASES)]),
        rest=st.binary(max_size=2_000),
    )
    def test_random_bytes_behind_a_valid_start(self, start: bytes, rest: bytes) -> None:
        assert_a_photo_or_the_named_error(start + rest)

    @settings(max_examples=40, deadline=None, database=None, derandomize=True)
    @given(
        width=st.integers(8, 70),
        height=st.integers(8, 70),
        seed=st.integers(0, 1_000),
        file_format=st.sampled_from(["PNG", "BMP"]),
    )
    def test_lossless_round_trip(
        self, width: int, height: int, seed: int, file_format: str
    ) -> None:
        pixels: Uint8Array = np.random.default_rng(seed).integers(
            0, 256, (height, width, 3), dtype=np.uint8
        )
        assert np.array_equal(
            decode_photo(encode(Image.fromarray(pixels), file_format)).pixels, pixels
        )


class TestReading:
    def test_reads_a_file(self, tmp_path: Path) -> None:
        path = tmp_path / "photo.png"
        path.write_bytes(WHOLE_FILES["png"])
        assert np.array_equal(read_photo(path).pixels, np.asarray(PICTURE))

    def test_no_such_file_and_no_file_at_all(self, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        for path in (tmp_path / "none.png", tmp_path, pipe, Path("a\0b")):
            with pytest.raises(PhotoError, match="no photo file"):
                read_photo(path)

    def test_empty_file(self, tmp_path: Path) -> None:
        path = tmp_path / "empty.png"
        path.touch()
        with pytest.raises(PhotoError, match="empty"):
            read_photo(path)

    def test_the_size_is_checked_before_reading(self, tmp_path: Path) -> None:
        path = tmp_path / "sparse.jpg"
        with path.open("wb") as file:
            file.truncate(2**36)
        with pytest.raises(PhotoError, match="12 MB"):
            read_photo(path)

    def test_unreadable(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "photo.png"
        path.write_bytes(WHOLE_FILES["png"])

        def refuse(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", refuse)
        with pytest.raises(PhotoError, match="Permission denied"):
            read_photo(path)


class TestLargeJpeg:
    """A large JPEG is decoded at a fraction of its size, and says how large it was."""

    @pytest.mark.parametrize(
        ("size", "decoded"),
        [
            ((2159, 2159), (2159, 2159)),
            ((2160, 3000), (1080, 1500)),
            ((4032, 3024), (2016, 1512)),
            ((6000, 4400), (1500, 1100)),
        ],
    )
    def test_as_small_as_the_models_allow(
        self, size: tuple[int, int], decoded: tuple[int, int]
    ) -> None:
        picture = Image.linear_gradient("L").resize(size).convert("RGB")
        photo = decode_photo(encode(picture, "JPEG"))
        assert (photo.width, photo.height) == decoded
        assert (photo.original_size or (photo.width, photo.height)) == size

    def test_turned_by_its_note_it_tells_the_upright_size(self) -> None:
        image = Image.new("RGB", (3000, 2200), (200, 30, 30))
        note = Image.Exif()
        note[0x0112] = 6
        photo = decode_photo(encode(image, "JPEG", exif=note))
        assert (photo.width, photo.height) == (1100, 1500)
        assert photo.original_size == (2200, 3000)
        assert photo.mirrored().original_size == (2200, 3000)
        box = photo.in_original_pixels(Box(0, 0, photo.width, photo.height / 2))
        assert box == Box(0, 0, 2200, 1500)

    def test_a_large_png_keeps_every_pixel(self) -> None:
        photo = decode_photo(encode(Image.new("RGB", (2400, 2300)), "PNG"))
        assert (photo.width, photo.height, photo.original_size) == (2400, 2300, None)
