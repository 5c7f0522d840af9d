"""Reading photos: how large they may be, files that are not there, and large JPEGs."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.common.types import Box
from core.images.decoding import (
    MAX_BYTES,
    MAX_PIXELS,
    MAX_SIDE,
    PhotoError,
    decode_photo,
    read_photo,
)
from tests.helpers.pictures import PICTURE, WHOLE_FILES, encode, png

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
        assert decode_photo(content).pixels.shape == (5_000, 8_000, 3)


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
    def test_it_is_decoded_as_small_as_the_models_allow(
        self, size: tuple[int, int], decoded: tuple[int, int]
    ) -> None:
        picture = Image.linear_gradient("L").resize(size).convert("RGB")
        photo = decode_photo(encode(picture, "JPEG"))
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

    def test_a_large_png_keeps_every_pixel(self) -> None:
        photo = decode_photo(encode(Image.new("RGB", (2400, 2300)), "PNG"))
        assert (photo.width, photo.height, photo.original_size) == (2400, 2300, None)
