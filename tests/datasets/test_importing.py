"""The import of the Fingers dataset: all of it, or a clear message that names what is wrong."""

import os
import re
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.common.types import SIDES
from core.datasets.importing import IMPORTED_NAME, decode_image, import_dataset
from core.datasets.sources import RefusedImageError, printable
from core.datasets.store import DatasetError, open_store, store_exists
from tests.helpers.dataset_files import (
    Files,
    ImportFiles,
    encode,
    grey_pixels,
    nested,
    small_dataset,
    write_folder,
    write_zip,
)


class TestWholeDatasets:
    def test_images_labels_names_and_splits(self, import_files: ImportFiles, root: Path) -> None:
        files = small_dataset()
        report = import_files(files)
        dataset = open_store(IMPORTED_NAME, root)
        assert dataset.facts == report.facts
        assert not dataset.facts.rendered
        names = [dataset.file_name(index) for index in range(24)]
        assert names == sorted(names, key=lambda name: (name.startswith("test"), name))
        for index, name in enumerate(names):
            decoded = cv2.imdecode(np.frombuffer(files[name], np.uint8), cv2.IMREAD_GRAYSCALE)
            assert decoded is not None
            assert np.array_equal(dataset.images[index], decoded)
            assert f"_{dataset.fingers[index]}{SIDES[dataset.sides[index]]}.png" in name
        assert dataset.indices("train").tolist() == list(range(12))
        assert dataset.indices("test").tolist() == list(range(12, 24))
        assert (report.refused, report.ignored) == ((), 0)

    def test_zip_folder_and_doubled_tree_have_one_fingerprint(self, tmp_path: Path) -> None:
        files = small_dataset()
        doubled = files | nested(files)
        paths = [
            write_zip(tmp_path / "root.zip", files),
            write_zip(tmp_path / "stored.zip", files, zipfile.ZIP_STORED),
            write_zip(tmp_path / "nested.zip", nested(files)),
            write_zip(tmp_path / "doubled.zip", doubled),
            write_zip(tmp_path / "reversed.zip", dict(reversed(doubled.items()))),
            write_folder(tmp_path / "root", files),
            write_folder(tmp_path / "nested", nested(files)),
            write_folder(tmp_path / "doubled", doubled),
        ]
        facts = [import_dataset(path, tmp_path / "stores").facts for path in paths]
        assert len({fact.fingerprint for fact in facts}) == 1
        assert {fact.images for fact in facts} == {24}

    def test_junk_is_silent_and_other_files_are_counted(self, import_files: ImportFiles) -> None:
        extra = {
            "__MACOSX/train/._a_1L.png": b"junk",
            "train/.DS_Store": b"junk",
            "train/._b_2R.png": b"junk",
            "README.md": b"hello",
            "train/notes.txt": b"hello",
            "other/c_1L.png": b"hello",
        }
        report = import_files(small_dataset() | extra)
        assert (report.facts.images, report.ignored) == (24, 3)

    def test_folder_entries_in_a_zip(self, tmp_path: Path, root: Path) -> None:
        path = write_zip(tmp_path / "a.zip", small_dataset())
        with zipfile.ZipFile(path, "a") as archive:
            archive.mkdir("train/empty_1L.png")
        assert import_dataset(path, root).ignored == 0

    def test_progress_grows_to_the_total(self, import_files: ImportFiles) -> None:
        seen: list[tuple[int, int]] = []
        import_files(small_dataset(), progress=lambda done, total: seen.append((done, total)))
        assert seen[-1] == (24, 24)
        assert seen == sorted(seen)

    def test_other_encodings_of_the_same_size_are_converted(
        self, import_files: ImportFiles, root: Path
    ) -> None:
        grey = grey_pixels(5)
        colour = np.zeros((128, 128, 3), np.uint8)
        colour[..., 0] = 255
        files = small_dataset() | {
            "train/a_1L.png": encode(np.repeat(grey[..., None], 3, axis=2)),
            "train/b_1L.png": encode(colour),
            "train/c_1L.bmp": encode(grey, "BMP"),
        }
        import_files(files)
        dataset = open_store(IMPORTED_NAME, root)
        images = {dataset.file_name(index): dataset.images[index] for index in range(27)}
        assert np.array_equal(images["train/a_1L.png"], grey)
        assert (images["train/b_1L.png"] == 76).all()
        assert np.array_equal(images["train/c_1L.bmp"], grey)


def _header_of_another_size() -> bytes:
    content = bytearray(encode(grey_pixels(1)))
    content[16:24] = struct.pack(">II", 128, 256)
    return bytes(content)


BROKEN_IMAGES = {
    "cut off": (encode(grey_pixels(1))[:-400], "damaged or cut off"),
    "header only": (encode(grey_pixels(1))[:33], "damaged or cut off"),
    "empty": (b"", "empty"),
    "text": (b"not an image", "cannot be read"),
    "another size": (encode(np.zeros((64, 64), np.uint8)), "measures 64×64"),
    "wrong header": (_header_of_another_size(), "cannot be read"),
    "too large": (bytes(1024**2 + 1), "larger than 1 MB"),
}


class TestRefusedImages:
    @pytest.mark.parametrize("name", BROKEN_IMAGES)
    @pytest.mark.parametrize("write", [write_zip, write_folder])
    def test_a_broken_image_is_named(
        self, name: str, write: Callable[[Path, Files], Path], tmp_path: Path, root: Path
    ) -> None:
        content, reason = BROKEN_IMAGES[name]
        path = write(tmp_path / "source", small_dataset() | {"train/broken_3L.png": content})
        with pytest.raises(DatasetError, match=rf"train/broken_3L\.png .*{reason}"):
            import_dataset(path, root)
        assert not store_exists(IMPORTED_NAME, root)
        report = import_dataset(path, root, skip_broken=True)
        assert report.facts.images == 24
        assert [refused for refused, _ in report.refused] == ["train/broken_3L.png"]

    def test_every_truncation_of_an_image_is_noticed(self) -> None:
        content = encode(grey_pixels(3))
        for length in range(len(content) - 1, 0, -max(1, len(content) // 200)):
            with pytest.raises(RefusedImageError):
                decode_image(content[:length])

    @pytest.mark.parametrize(
        "name",
        [
            "train/plain.png",
            "train/a_6L.png",
            "train/a_1X.png",
            "train/a_1l.png",
            "train/a_12L.png",
            "train/deep/a_1L.png",
            "test/_.png",
            "train/" + "x" * 90 + "_1L.png",
        ],
    )
    def test_wrong_names(self, name: str, import_files: ImportFiles) -> None:
        with pytest.raises(DatasetError, match=re.escape(name)):
            import_files(small_dataset() | {name: encode(grey_pixels(1))})

    def test_a_few_are_named_and_the_rest_counted(self, import_files: ImportFiles) -> None:
        broken = {f"test/bad{index}_1L.png": b"x" for index in range(12)}
        with pytest.raises(DatasetError) as caught:
            import_files(small_dataset() | broken)
        assert ": 12." in str(caught.value)
        assert str(caught.value).count("test/bad") == 5
        assert "7 more" in str(caught.value)

    def test_names_cannot_steer_a_terminal(self, import_files: ImportFiles) -> None:
        with pytest.raises(DatasetError) as caught:
            import_files(small_dataset() | {"train/\x1b[2Jevil\n.png": b"x"})
        assert "\x1b" not in str(caught.value)
        assert r"\x1b[2Jevil\n" in str(caught.value)
        assert len(printable("a" * 500)) == 121
        printable("\udcff").encode()

    def test_names_that_are_not_text(self, tmp_path: Path, root: Path) -> None:
        folder = write_folder(tmp_path / "source", small_dataset())
        Path(os.fsdecode(os.fsencode(folder) + b"/train/\xff_1L.png")).write_bytes(b"x")
        with pytest.raises(DatasetError, match="not text"):
            import_dataset(folder, root)

    @pytest.mark.parametrize("write", [write_zip, write_folder])
    def test_two_different_images_of_one_name(
        self, write: Callable[[Path, Files], Path], tmp_path: Path, root: Path
    ) -> None:
        files = small_dataset()
        name = next(iter(files))
        path = write(tmp_path / "source", files | {f"fingers/{name}": encode(grey_pixels(77))})
        with pytest.raises(DatasetError, match="twice with different content"):
            import_dataset(path, root)

    @pytest.mark.parametrize("split", ["train", "test"])
    def test_a_missing_split(self, split: str, import_files: ImportFiles) -> None:
        kept = {name: data for name, data in small_dataset().items() if not name.startswith(split)}
        with pytest.raises(DatasetError, match=f"no usable images in {split}"):
            import_files(kept)

    def test_a_split_of_broken_images_is_missing_too(self, import_files: ImportFiles) -> None:
        files = {
            name: b"x" if name.startswith("test") else data
            for name, data in small_dataset().items()
        }
        with pytest.raises(DatasetError, match="no usable images in test"):
            import_files(files, skip_broken=True)

    @pytest.mark.parametrize("files", [{}, {"a.txt": b"x"}, {"archive/train/a_1L.png": b"x"}])
    def test_no_images_at_all(self, files: Files, import_files: ImportFiles) -> None:
        with pytest.raises(DatasetError, match="holds no images"):
            import_files(files)
