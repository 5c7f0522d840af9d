"""A store whose files are damaged, in every way that comes to mind: it is told."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.datasets.store import Dataset, DatasetError, open_store, verify_fingerprint
from tests.helpers.small_stores import version_folder, write_store


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _fill_with_garbage(path: Path) -> None:
    path.write_bytes(b"PK\3\4" + bytes(300))


def _claim_a_huge_shape(path: Path) -> None:
    header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999,)}"
    path.write_bytes(b"\x93NUMPY\1\0" + len(header).to_bytes(2, "little") + header)


def _put_objects(path: Path) -> None:
    np.save(path, np.array([{"a": 1}] * 6, dtype=object), allow_pickle=True)


def _put_another_type(path: Path) -> None:
    np.save(path, np.zeros(6, np.float64))


def _put_too_few(path: Path) -> None:
    np.save(path, np.zeros(5, np.uint8))


def _remove(path: Path) -> None:
    path.unlink()


class TestDamage:
    def test_no_store(self, tmp_path: Path) -> None:
        with pytest.raises(DatasetError, match="There is no dataset 'hands'"):
            open_store("hands", tmp_path)

    @pytest.mark.parametrize("column", ["images", "fingers", "sides", "splits", "names"])
    @pytest.mark.parametrize(
        "damage",
        [
            _truncate,
            _empty,
            _fill_with_garbage,
            _claim_a_huge_shape,
            _put_objects,
            _put_another_type,
            _put_too_few,
            _remove,
        ],
    )
    def test_damaged_columns(
        self, column: str, damage: Callable[[Path], None], tmp_path: Path
    ) -> None:
        write_store(tmp_path)
        damage(version_folder(tmp_path) / f"{column}.npy")
        with pytest.raises(DatasetError, match="damaged"):
            open_store("hands", tmp_path)

    @pytest.mark.parametrize("column", ["fingers", "sides", "splits"])
    def test_labels_out_of_range(self, column: str, tmp_path: Path) -> None:
        write_store(tmp_path)
        np.save(version_folder(tmp_path) / f"{column}.npy", np.full(6, 6, np.uint8))
        with pytest.raises(DatasetError, match=column):
            open_store("hands", tmp_path)

    @pytest.mark.parametrize(
        "content", ["", "../../etc", "..", ".", "a/b", "x" * 5_000, "0" * 16 + "-" + "0" * 8]
    )
    def test_damaged_pointer(self, content: str, tmp_path: Path) -> None:
        write_store(tmp_path)
        (tmp_path / "hands" / "CURRENT").write_text(content)
        with pytest.raises(DatasetError, match="damaged"):
            open_store("hands", tmp_path)
        write_store(tmp_path)
        open_store("hands", tmp_path)

    @pytest.mark.parametrize(
        "content",
        ["", "[]", "null", "{", '{"name": "hands"}', "[" * 100_000, '"text"', "\udc80"],
    )
    def test_damaged_facts(self, content: str, tmp_path: Path) -> None:
        write_store(tmp_path)
        path = version_folder(tmp_path) / "facts.json"
        path.write_bytes(content.encode("utf-8", "surrogatepass"))
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
            ("created", []),
        ],
    )
    def test_wrong_facts(self, fact: str, value: object, tmp_path: Path) -> None:
        write_store(tmp_path)
        path = version_folder(tmp_path) / "facts.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {fact: value}))
        with pytest.raises(DatasetError, match="damaged"):
            open_store("hands", tmp_path)

    def test_another_format_version(self, tmp_path: Path) -> None:
        write_store(tmp_path)
        path = version_folder(tmp_path) / "facts.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"format_version": 2}))
        with pytest.raises(DatasetError, match="format 2"):
            open_store("hands", tmp_path)

    def test_one_changed_pixel_is_found_by_verifying(self, tmp_path: Path) -> None:
        write_store(tmp_path)
        path = version_folder(tmp_path) / "images.npy"
        content = bytearray(path.read_bytes())
        content[-5] ^= 1
        path.write_bytes(content)
        dataset: Dataset = open_store("hands", tmp_path)
        assert not verify_fingerprint(dataset)
