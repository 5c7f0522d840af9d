"""Live frames: only what a browser makes of a canvas is decoded; everything else costs nothing."""

import contextlib
import io
import struct
import time

import numpy as np
import pytest
from PIL import Image

from core.images.decoding import PhotoError
from core.images.frame_decoding import MAX_FRAME_SIDE, MAX_SEGMENTS, decode_frame
from tests.helpers.costly_photos import costly_frames, jpeg_segment
from tests.helpers.pictures import WHOLE_FILES, asymmetric_picture, encode

FRAME = encode(asymmetric_picture(320, 240), "JPEG")
COSTLY = dict(costly_frames())
END = b"\xff\xd9"


@pytest.mark.parametrize("options", [{}, {"quality": 95, "subsampling": 0}, {"optimize": True}])
def test_a_frame_is_decoded_as_pillow_decodes_it(options: dict[str, int]) -> None:
    content = encode(asymmetric_picture(320, 240), "JPEG", **options)
    expected = np.asarray(Image.open(io.BytesIO(content)))
    assert np.array_equal(decode_frame(content).pixels, expected)


def test_a_grey_frame_and_one_with_metadata_are_decoded() -> None:
    assert (
        decode_frame(encode(Image.new("L", (64, 48), 90), "JPEG")).pixels.tolist()[0][0] == [90] * 3
    )
    # Upright as it is: a canvas has been turned already.
    assert decode_frame(WHOLE_FILES["jpeg with exif"]).pixels.shape == (44, 60, 3)


@pytest.mark.parametrize("name", COSTLY)
def test_a_costly_frame_is_refused_at_once(name: str) -> None:
    started = time.process_time()
    with pytest.raises(PhotoError, match="not a readable JPEG"):
        decode_frame(COSTLY[name])
    assert time.process_time() - started < 0.01


@pytest.mark.parametrize("name", [name for name in WHOLE_FILES if "jpeg" not in name])
def test_other_formats_are_refused(name: str) -> None:
    with pytest.raises(PhotoError, match="not a readable JPEG"):
        decode_frame(WHOLE_FILES[name])


@pytest.mark.parametrize("size", [(MAX_FRAME_SIDE + 1, 20), (20, 65_000), (7, 20)])
def test_a_frame_has_few_pixels(size: tuple[int, int]) -> None:
    with pytest.raises(PhotoError, match="pixels in each direction"):
        decode_frame(encode(Image.new("L", size), "JPEG"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        FRAME[:2] + END,
        FRAME[:-2],
        FRAME[:2] + jpeg_segment(0xFE, b"c") * MAX_SEGMENTS + FRAME[2:],
        FRAME[:2] + b"\xff" + FRAME[2:],
        FRAME[:2] + b"\0" + FRAME[2:],
        FRAME[:2] + b"\xff\xe0\0\1" + FRAME[2:],
        FRAME[:2] + b"\xff\xe0\xff\xff" + FRAME[2:200] + END,
        FRAME[:2] + b"\xff\xd8" + FRAME[2:],
        FRAME.replace(b"\xff\xc0", b"\xff\xc9"),
        FRAME[:2] + FRAME[FRAME.index(b"\xff\xda") :],
        encode(asymmetric_picture(320, 240), "JPEG", progressive=True),
    ],
)
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(PhotoError, match="not a readable JPEG"):
        decode_frame(content)


def test_a_frame_of_several_scans_is_refused() -> None:
    """Each scan would cost a pass over all pixels."""
    scan = FRAME.index(b"\xff\xda")
    content = bytearray(FRAME)
    content[scan + 4] = 1
    with pytest.raises(PhotoError, match="not a readable JPEG"):
        decode_frame(bytes(content))


def test_a_header_that_lies_gives_no_picture() -> None:
    header = FRAME.index(b"\xff\xc0")
    small = b"\x08" + struct.pack(">HHB", 9, 9, 1) + b"\1\x11\0"
    with pytest.raises(PhotoError):
        decode_frame(FRAME[:header] + jpeg_segment(0xC0, small) + FRAME[header:])


def test_what_follows_the_pixels_is_not_read() -> None:
    scan = FRAME[FRAME.index(b"\xff\xda") : -2]
    started = time.process_time()
    with contextlib.suppress(PhotoError):
        decode_frame(FRAME[:-2] + scan * 20 + END)
    assert time.process_time() - started < 0.1
