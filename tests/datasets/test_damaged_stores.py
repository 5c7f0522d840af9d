"""A store that is damaged, in every way that comes to mind: it is reported."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from core.datasets.store import DatasetError, open_store, store_path, verify_fingerprint
from tests.helpers.small_stores import some_images, write_store

LABELS = np.dtype([("fingers", "u1"), ("sides", "u1"), ("splits", "u1"), ("names", "S96")])


def array(values: npt.NDArray[Any], allow_pickle: bool = False) -> bytes:
    content = io.BytesIO()
    np.save(content, values, allow_pickle=allow_pickle)
    return content.getvalue()


def labels(count: int = 6, **columns: int) -> npt.NDArray[Any]:
    made = np.zeros(count, LABELS)
    for column, value in columns.items():
        made[column] = value
    return made


def header(shape: str) -> bytes:
    text = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}}}".encode()
    return b"\x93NUMPY\1\0" + len(text).to_bytes(2, "little") + text


OBJECTS = array(np.array([{"a": 1}] * 6, dtype=object), allow_pickle=True)
SOUND = [array(some_images(6)), array(labels())]


def facts_of(root: Path) -> dict[str, Any]:
    content = store_path("hands", root).read_bytes()
    facts: dict[str, Any] = json.loads(content[content.rindex(b"{") :])
    return facts


def put(root: Path, *parts: bytes) -> None:
    store_path("hands", root).write_bytes(b"".join(parts))


class TestDamage:
    def test_no_store(self, tmp_path: Path) -> None:
        with pytest.raises(DatasetError, match="There is no dataset 'hands'"):
            open_store("hands", tmp_path)

    def test_a_store_consists_of_these_parts(self, tmp_path: Path) -> None:
        write_store(tmp_path)
        put(tmp_path, *SOUND, json.dumps(facts_of(tmp_path)).encode())
        assert open_store("hands", tmp_path).images.shape == (6, 128, 128)

    @pytest.mark.parametrize("part", [0, 1])
    @pytest.mark.parametrize(
        "damaged",
        [
            b"",
            b"PK\3\4" + bytes(300),
            header("(99999999999999999999,)"),
            header("(4611686018427387904,)"),
            header("(-1, 128, 128)"),
            header("(6,)"),
            header("6"),
            header("[" * 5_000),
            OBJECTS,
            array(np.zeros(6, np.float64)),
            array(np.zeros((5, 128, 128), np.uint8)),
            array(np.asfortranarray(some_images(6))),
            array(np.zeros((6, 64, 64), np.uint8)),
            array(labels(5)),
            array(labels(0)),
        ],
    )
    def test_damaged_arrays(self, part: int, damaged: bytes, tmp_path: Path) -> None:
        write_store(tmp_path)
        parts = SOUND.copy()
        parts[part] = damaged
        put(tmp_path, *parts, json.dumps(facts_of(tmp_path)).encode())
        with pytest.raises(DatasetError, match="damaged"):
            open_store("hands", tmp_path)

    def test_truncated_anywhere(self, tmp_path: Path) -> None:
        write_store(tmp_path)
        content = store_path("hands", tmp_path).read_bytes()
        for length in [*range(0, len(content), 977), len(content) - 1]:
            put(tmp_path, content[:length])
            with pytest.raises(DatasetError, match="damaged"):
                open_store("hands", tmp_path)

    @pytest.mark.parametrize("column", ["fingers", "sides", "splits"])
    def test_labels_out_of_range(self, column: str, tmp_path: Path) -> None:
        write_store(tmp_path)
        damaged = array(labels(**{column: 6}))
        put(tmp_path, SOUND[0], damaged, json.dumps(facts_of(tmp_path)).encode())
        with pytest.raises(DatasetError, match=f"damaged .*{column}"):
            open_store("hands", tmp_path)

    @pytest.mark.parametrize(
        "content",
        ["", "[]", "null", "{", '{"name": "hands"}', "[" * 100_000, '"text"', "\udc80"],
    )
    def test_damaged_facts(self, content: str, tmp_path: Path) -> None:
        put(tmp_path, *SOUND, content.encode("utf-8", "surrogatepass"))
        with pytest.raises(DatasetError, match="damaged"):
            open_store("hands", tmp_path)

    @pytest.mark.parametrize(
        ("fact", "value"),
        [
            ("images", 0),
            ("images", "6"),
            ("images", 7),
            ("fingerprint", "short"),
            ("fingerprint", 5),
            ("rendered", "no"),
            ("origin", None),
            ("origin", "x" * 10_000),
            ("created", []),
        ],
    )
    def test_wrong_facts(self, fact: str, value: object, tmp_path: Path) -> None:
        write_store(tmp_path)
        put(tmp_path, *SOUND, json.dumps(facts_of(tmp_path) | {fact: value}).encode())
        with pytest.raises(DatasetError, match="damaged"):
            open_store("hands", tmp_path)

    def test_another_format_version(self, tmp_path: Path) -> None:
        write_store(tmp_path)
        put(tmp_path, *SOUND, json.dumps(facts_of(tmp_path) | {"format_version": 3}).encode())
        with pytest.raises(DatasetError, match="format 3"):
            open_store("hands", tmp_path)

    @pytest.mark.parametrize("place", [200, -800])
    def test_verifying_detects_a_single_changed_byte(self, place: int, tmp_path: Path) -> None:
        """One of a pixel, and one of a name."""
        write_store(tmp_path)
        assert verify_fingerprint(open_store("hands", tmp_path))
        content = bytearray(store_path("hands", tmp_path).read_bytes())
        content[place] ^= 1
        put(tmp_path, bytes(content))
        assert not verify_fingerprint(open_store("hands", tmp_path))
