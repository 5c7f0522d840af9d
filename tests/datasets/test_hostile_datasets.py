"""Zips and folders that are built to do harm: the import refuses them with a clear message."""

import os
import random
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.datasets import sources
from core.datasets.importing import IMPORTED_NAME, import_dataset
from core.datasets.store import DatasetError, open_store, verify_fingerprint
from tests.helpers.dataset_files import (
    Files,
    ImportFiles,
    encode,
    grey_pixels,
    small_dataset,
    write_folder,
    write_zip,
)


def patched(path: Path, old: bytes, new: bytes) -> Path:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))
    return path


class TestHostileZips:
    @pytest.mark.parametrize(
        "name",
        [
            "../evil_1L.png",
            "train/../../evil_1L.png",
            "/etc/evil_1L.png",
            "C:/evil_1L.png",
            "train\\evil_1L.png",
        ],
    )
    def test_names_that_point_outside(
        self, name: str, import_files: ImportFiles, tmp_path: Path
    ) -> None:
        with pytest.raises(DatasetError, match="outside its own folder"):
            import_files(small_dataset() | {name: b"x"})
        assert {entry.name for entry in tmp_path.iterdir()} <= {"dataset.zip", "stores"}

    def test_links(self, tmp_path: Path, root: Path) -> None:
        path = write_zip(tmp_path / "a.zip", small_dataset())
        link = zipfile.ZipInfo("train/link_1L.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(link, "/etc/passwd")
        with pytest.raises(DatasetError, match="holds a link"):
            import_dataset(path, root)

    def test_password(self, tmp_path: Path, root: Path) -> None:
        path = write_zip(tmp_path / "a.zip", small_dataset())
        content = bytearray(path.read_bytes())
        content[content.index(b"PK\1\2") + 8] |= 1
        path.write_bytes(content)
        with pytest.raises(DatasetError, match="password"):
            import_dataset(path, root)

    @pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_unusual_compression(self, compression: int, tmp_path: Path, root: Path) -> None:
        path = write_zip(tmp_path / "a.zip", small_dataset(), compression)
        with pytest.raises(DatasetError, match="unusual compression"):
            import_dataset(path, root)

    def test_too_much_content(
        self, import_files: ImportFiles, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sources, "MAX_TOTAL_BYTES", 100_000)
        with pytest.raises(DatasetError, match="unpack to more"):
            import_files(small_dataset())

    @pytest.mark.parametrize("write", [write_zip, write_folder])
    def test_too_many_files(
        self,
        write: Callable[[Path, Files], Path],
        tmp_path: Path,
        root: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(sources, "MAX_FILES", 20)
        with pytest.raises(DatasetError, match="more than 20 files"):
            import_dataset(write(tmp_path / "source", small_dataset()), root)

    def test_a_zip_that_is_too_large(self, tmp_path: Path, root: Path) -> None:
        path = tmp_path / "a.zip"
        with path.open("wb") as file:
            file.truncate(sources.MAX_ZIP_BYTES + 1)
        with pytest.raises(DatasetError, match="larger than 2 GB"):
            import_dataset(path, root)

    @pytest.mark.slow
    def test_a_member_that_unpacks_a_thousandfold(self, import_files: ImportFiles) -> None:
        bomb = {"train/bomb_1L.png": bytes(200_000_000)}
        with pytest.raises(DatasetError, match=r"bomb_1L\.png is larger than 1 MB"):
            import_files(small_dataset() | bomb)

    @pytest.mark.parametrize("claimed", [100, 1_000_000])
    def test_a_member_that_lies_about_its_size(
        self, claimed: int, tmp_path: Path, root: Path
    ) -> None:
        files = small_dataset() | {"train/liar_1L.png": bytes(5_000_000)}
        true_size = struct.pack("<I", 5_000_000)
        path = patched(write_zip(tmp_path / "a.zip", files), true_size, struct.pack("<I", claimed))
        with pytest.raises(DatasetError, match=r"liar_1L\.png is damaged inside the zip"):
            import_dataset(path, root)

    def test_a_wrong_checksum(self, tmp_path: Path, root: Path) -> None:
        files = small_dataset()
        name = next(iter(files))
        checksum = struct.pack("<I", zlib.crc32(files[name]))
        path = patched(write_zip(tmp_path / "a.zip", files), checksum, b"\1\2\3\4")
        with pytest.raises(DatasetError, match="damaged inside the zip"):
            import_dataset(path, root)

    def test_a_table_of_contents_of_absurd_length(
        self, tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sources, "MAX_ZIP_READ", 1_000)
        path = write_zip(tmp_path / "a.zip", small_dataset())
        with pytest.raises(DatasetError, match="table of contents is too long"):
            import_dataset(path, root)

    @pytest.mark.parametrize("content", [b"", b"PK\3\4", b"hello", b"PK\5\6" + b"\xff" * 18])
    def test_not_a_zip(self, content: bytes, tmp_path: Path, root: Path) -> None:
        path = tmp_path / "a.zip"
        path.write_bytes(content)
        with pytest.raises(DatasetError, match="not a zip file"):
            import_dataset(path, root)

    def test_truncated(self, tmp_path: Path, root: Path) -> None:
        path = write_zip(tmp_path / "a.zip", small_dataset())
        content = path.read_bytes()
        for length in range(0, len(content), len(content) // 40):
            path.write_bytes(content[:length])
            with pytest.raises(DatasetError, match="cut off"):
                import_dataset(path, root)

    @pytest.mark.slow
    def test_mutated_zips_give_a_dataset_or_the_named_error(
        self, tmp_path: Path, root: Path
    ) -> None:
        tiny = {
            f"{split}/a_{fingers}L.png": encode(np.full((128, 128), fingers, np.uint8))
            for split in ("train", "test")
            for fingers in range(2)
        }
        content = write_zip(tmp_path / "a.zip", tiny).read_bytes()
        path = tmp_path / "mutated.zip"
        source = random.Random(0)
        imported = 0
        for _ in range(300):
            mutated = bytearray(content)
            for _ in range(source.randint(1, 3)):
                place = source.randrange(len(mutated))
                mutated[place] = source.choice([0, 0xFF, source.randrange(256)])
            path.write_bytes(mutated)
            try:
                import_dataset(path, root)
            except DatasetError:
                continue
            imported += 1
        assert imported < 300
        assert verify_fingerprint(open_store(IMPORTED_NAME, root)) or imported == 0


class TestHostileFolders:
    def test_a_link_that_points_outside(self, tmp_path: Path, root: Path) -> None:
        secret = tmp_path / "secret.png"
        secret.write_bytes(encode(grey_pixels(1)))
        folder = write_folder(tmp_path / "source", small_dataset())
        (folder / "train" / "link_1L.png").symlink_to(secret)
        with pytest.raises(DatasetError, match="leads out"):
            import_dataset(folder, root)

    def test_a_split_that_points_outside(self, tmp_path: Path, root: Path) -> None:
        elsewhere = write_folder(tmp_path / "elsewhere", small_dataset())
        folder = tmp_path / "source"
        folder.mkdir()
        (folder / "train").symlink_to(elsewhere / "train")
        with pytest.raises(DatasetError, match="leads out"):
            import_dataset(folder, root)

    def test_pipes_and_loops_are_not_read(self, tmp_path: Path, root: Path) -> None:
        folder = write_folder(tmp_path / "source", small_dataset())
        os.mkfifo(folder / "train" / "pipe_1L.png")
        (folder / "train" / "loop").symlink_to(folder / "train")
        assert import_dataset(folder, root).facts.images == 24

    @pytest.mark.parametrize("name", ["none.zip", "a\0b"])
    def test_no_dataset(self, name: str, tmp_path: Path, root: Path) -> None:
        with pytest.raises(DatasetError, match="no zip file or folder"):
            import_dataset(tmp_path / name, root)
