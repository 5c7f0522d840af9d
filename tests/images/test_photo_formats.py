"""Photos of every format, colour mode and orientation: the picture that they hold."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageOps

from core.images.decoding import decode_photo, to_grey
from tests.helpers.pictures import PICTURE, WHOLE_FILES, asymmetric_picture, encode, png_chunk

LIGHT_GREY = 224

pytestmark = pytest.mark.filterwarnings("ignore")


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
    def test_a_grey_image_of_the_models_size_is_preprocessed(self, mode: str) -> None:
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
