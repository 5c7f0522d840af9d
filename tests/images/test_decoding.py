"""Decoding photos: how large they may be, and how large ones are read smaller."""

import pytest
from PIL import Image

from core.common.types import Box
from core.images.decoding import (
    MAX_BYTES,
    MAX_PIXELS,
    MAX_SIDE,
    PhotoError,
    decode_photo,
)
from tests.helpers.pictures import PICTURE, WHOLE_FILES, encode, png

FASTEST: dict[str, dict[str, int]] = {"JPEG": {}, "PNG": {"compress_level": 1}}

pytestmark = pytest.mark.filterwarnings("ignore")


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
    def test_absurd_dimensions(self, size: tuple[int, int]) -> None:
        with pytest.raises(PhotoError, match="each side"):
            decode_photo(encode(Image.new("L", size), "PNG"))

    def test_too_many_bytes_are_not_decoded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Image, "open", pytest.fail)
        with pytest.raises(PhotoError, match="12 MB"):
            decode_photo(WHOLE_FILES["jpeg"].ljust(MAX_BYTES + 1, b"\0"))

    def test_the_largest_file_is_read(self) -> None:
        content = WHOLE_FILES["jpeg"].ljust(MAX_BYTES, b"\0")
        assert (decode_photo(content).width, decode_photo(content).height) == PICTURE.size

    @pytest.mark.slow
    def test_the_most_pixels_are_read(self) -> None:
        content = encode(Image.new("L", (8_000, MAX_PIXELS // 8_000), 9), "PNG", compress_level=1)
        assert decode_photo(content).original_size == (8_000, MAX_PIXELS // 8_000)


class TestLargePhotos:
    """A large photo is read at a fraction of its size, and says how large it was."""

    @pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
    @pytest.mark.parametrize(
        ("size", "decoded"),
        [
            ((2159, 2159), (2159, 2159)),
            ((2160, 3000), (1080, 1500)),
            ((4032, 3024), (2016, 1512)),
            ((6000, 4400), (1500, 1100)),
            ((10_001, 1000), (5001, 500)),
        ],
    )
    def test_it_is_decoded_as_small_as_the_models_allow(
        self, size: tuple[int, int], decoded: tuple[int, int], file_format: str
    ) -> None:
        picture = Image.linear_gradient("L").resize(size).convert("RGB")
        photo = decode_photo(encode(picture, file_format, **FASTEST[file_format]))
        assert (photo.width, photo.height) == decoded
        assert (photo.original_size or (photo.width, photo.height)) == size

    def test_with_an_orientation_tag_it_reports_the_upright_size(self) -> None:
        image = Image.new("RGB", (3000, 2200), (200, 30, 30))
        note = Image.Exif()
        note[0x0112] = 6
        photo = decode_photo(encode(image, "JPEG", exif=note))
        assert (photo.width, photo.height) == (1100, 1500)
        assert photo.original_size == (2200, 3000)
        assert photo.mirrored().original_size == (2200, 3000)
        box = photo.in_original_pixels(Box(0, 0, photo.width, photo.height / 2))
        assert box == Box(0, 0, 2200, 1500)
