"""Damaged photos, and files that are none: a picture or a clear error, always in time."""

import contextlib
import io
import os
import random
import struct
import time
import zipfile
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from core.common.types import Photo, Uint8Array
from core.images import isolated_decoding
from core.images.decode_worker import MAX_MEMORY, MAX_SECONDS
from core.images.decoding import MAX_PIXELS, PhotoError, decode_photo
from core.images.isolated_decoding import decode_isolated, start_decoding
from tests.helpers.child_costs import costs_of_children
from tests.helpers.pictures import WHOLE_FILES, encode, png, png_chunk, run_length_bmp

FUZZ_EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "3000"))

pytestmark = pytest.mark.filterwarnings("ignore")


def costs_little(content: bytes) -> None:
    """Read or refused, and in either case within the limits of a process of its own."""
    start_decoding()
    assert isolated_decoding._SERVER.pid is not None
    with (
        costs_of_children(isolated_decoding._SERVER.pid) as costs,
        contextlib.suppress(PhotoError),
    ):
        decode_isolated(content)
    assert costs.processor_seconds <= MAX_SECONDS + 0.2
    assert costs.resident_bytes < MAX_MEMORY + 50e6


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
    def test_files_that_are_not_photos_are_refused(self, content: bytes) -> None:
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
            lambda: png_chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(300_000_000), 9)),
            lambda: png_chunk(b"zTXt", b"\0\0" + zlib.compress(bytes(1_000_000), 9)) * 5_000,
            lambda: png_chunk(b"tEXt", b"k\0v") * 500_000,
        ],
        ids=["one text", "nameless texts", "many texts"],
    )
    def test_metadata_bombs_of_png(self, extra: Callable[[], bytes]) -> None:
        costs_little(png(32, 32, bytes(33 * 32), extra()))

    def test_a_jpeg_of_countless_segments(self) -> None:
        content = WHOLE_FILES["jpeg"]
        segment = b"\xff\xed" + struct.pack(">H", 16) + b"Photoshop 3.0\0"
        count = 10_000_000 // len(segment)
        costs_little(content[:2] + segment * count + content[2:])

    def test_a_progressive_jpeg_of_countless_scans(self) -> None:
        content = encode(Image.new("L", (1_000, 1_000), 128), "JPEG", progressive=True)
        last_scan = content[content.rindex(b"\xff\xda") : -2]
        with pytest.raises(PhotoError, match="too much time or memory"):
            decode_isolated(content[:-2] + last_scan * 100_000 + content[-2:])
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

    def test_lack_of_memory_is_reported(self, monkeypatch: pytest.MonkeyPatch) -> None:
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
    @pytest.mark.slow
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
