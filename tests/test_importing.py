"""The import of the Fingers dataset: whole, or a clear message and the old store as it was."""

import io
import os
import random
import re
import resource
import shutil
import signal
import stat
import struct
import subprocess
import sys
import textwrap
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from core.dataset import sources
from core.dataset.importing import IMPORTED_NAME, ImportReport, decode_image, import_dataset
from core.dataset.listing import RefusedImageError, printable
from core.dataset.store import DatasetError, open_store, store_exists, verify_fingerprint
from core.types import Uint8Array

Files = dict[str, bytes]
"""Path inside the zip or folder -> content."""


def grey_pixels(seed: int) -> Uint8Array:
    return np.random.default_rng(seed).integers(0, 256, (128, 128), dtype=np.uint8)


def encode(pixels: Uint8Array, file_format: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, file_format, **options)
    return buffer.getvalue()


def small_dataset(seed: int = 0) -> Files:
    """Every count of both hands, once in train and once in test."""
    return {
        f"{split}/{index:02}-{seed}_{fingers}{side}.png": encode(
            grey_pixels(1_000 * seed + 12 * index + 2 * fingers + (side == "R"))
        )
        for index, split in enumerate(("train", "test"))
        for fingers in range(6)
        for side in "LR"
    }


def write_zip(path: Path, files: Files, compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def write_folder(path: Path, files: Files) -> Path:
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def nested(files: Files) -> Files:
    return {f"fingers/{name}": content for name, content in files.items()}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The folder of the stores."""
    return tmp_path / "stores"


@pytest.fixture
def import_files(tmp_path: Path, root: Path) -> Callable[..., ImportReport]:
    """Writes files into a zip and imports it."""

    def write_and_import(files: Files, **options: Any) -> ImportReport:
        return import_dataset(write_zip(tmp_path / "dataset.zip", files), root, **options)

    return write_and_import


ImportFiles = Callable[..., ImportReport]


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
            assert f"_{dataset.fingers[index]}{dataset.side(index)}.png" in name
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

    def test_every_cut_of_an_image_is_noticed(self) -> None:
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
    def test_names_that_lead_outside(
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
    def test_no_zip(self, content: bytes, tmp_path: Path, root: Path) -> None:
        path = tmp_path / "a.zip"
        path.write_bytes(content)
        with pytest.raises(DatasetError, match="not a zip file"):
            import_dataset(path, root)

    def test_cut_off(self, tmp_path: Path, root: Path) -> None:
        path = write_zip(tmp_path / "a.zip", small_dataset())
        content = path.read_bytes()
        for length in range(0, len(content), len(content) // 40):
            path.write_bytes(content[:length])
            with pytest.raises(DatasetError, match="cut off"):
                import_dataset(path, root)

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
    def test_a_link_that_leads_out(self, tmp_path: Path, root: Path) -> None:
        secret = tmp_path / "secret.png"
        secret.write_bytes(encode(grey_pixels(1)))
        folder = write_folder(tmp_path / "source", small_dataset())
        (folder / "train" / "link_1L.png").symlink_to(secret)
        with pytest.raises(DatasetError, match="leads out"):
            import_dataset(folder, root)

    def test_a_split_that_leads_out(self, tmp_path: Path, root: Path) -> None:
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
    def test_nothing_there(self, name: str, tmp_path: Path, root: Path) -> None:
        with pytest.raises(DatasetError, match="no zip and no folder"):
            import_dataset(tmp_path / name, root)


class TestTheStoreThatWasThere:
    @pytest.fixture
    def fingerprint(self, tmp_path: Path, root: Path) -> str:
        """Of a store that is in force already."""
        path = write_zip(tmp_path / "before.zip", small_dataset(seed=1))
        return import_dataset(path, root).facts.fingerprint

    def assert_unchanged(self, root: Path, fingerprint: str) -> None:
        dataset = open_store(IMPORTED_NAME, root)
        assert dataset.facts.fingerprint == fingerprint
        assert verify_fingerprint(dataset)
        assert len(list((root / IMPORTED_NAME).iterdir())) == 2

    def test_stays_when_an_import_fails(
        self, import_files: ImportFiles, root: Path, fingerprint: str
    ) -> None:
        with pytest.raises(DatasetError):
            import_files(small_dataset() | {"test/bad_1L.png": b"x"})
        self.assert_unchanged(root, fingerprint)

    def test_stays_when_an_import_is_interrupted(
        self, import_files: ImportFiles, root: Path, fingerprint: str
    ) -> None:
        def interrupt(*_: int) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            import_files(small_dataset(), progress=interrupt)
        self.assert_unchanged(root, fingerprint)

    def test_stays_when_the_disk_is_full(
        self, tmp_path: Path, root: Path, fingerprint: str
    ) -> None:
        path = write_zip(tmp_path / "after.zip", small_dataset(seed=2))
        script = textwrap.dedent(
            """
            import sys
            from pathlib import Path
            from core.dataset.importing import import_dataset
            from core.dataset.store import DatasetError
            try:
                import_dataset(Path(sys.argv[1]), Path(sys.argv[2]))
            except DatasetError as error:
                print(error)
            """
        )

        def limit_file_size() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

        finished = subprocess.run(
            [sys.executable, "-B", "-c", script, str(path), str(root)],
            preexec_fn=limit_file_size,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert "no room for the dataset" in finished.stdout
        self.assert_unchanged(root, fingerprint)

    def test_stays_when_it_cannot_be_written(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = write_zip(tmp_path / "a.zip", small_dataset())
        (tmp_path / "file").write_text("not a folder")
        monkeypatch.setenv("FINGERS_DATA", str(tmp_path / "file"))
        with pytest.raises(DatasetError, match="Set FINGERS_DATA"):
            import_dataset(path)

    @pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
    def test_stays_when_the_process_ends(
        self, end: signal.Signals, tmp_path: Path, root: Path, fingerprint: str
    ) -> None:
        path = write_zip(tmp_path / "after.zip", small_dataset(seed=2))
        script = textwrap.dedent(
            """
            import signal, sys, time
            from pathlib import Path
            from core.dataset.importing import import_dataset
            # Processes in the background of a shell are started deaf to it.
            signal.signal(signal.SIGINT, signal.default_int_handler)
            def stop(done, total):
                print("half way", flush=True)
                time.sleep(60)
            import_dataset(Path(sys.argv[1]), Path(sys.argv[2]), progress=stop)
            """
        )
        with subprocess.Popen(
            [sys.executable, "-c", script, str(path), str(root)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"half way\n"
            process.send_signal(end)
        if end == signal.SIGKILL:
            (killed,) = (root / IMPORTED_NAME).glob(".partial-*")
            shutil.rmtree(killed)
        self.assert_unchanged(root, fingerprint)
