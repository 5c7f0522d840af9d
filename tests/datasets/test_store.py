"""The store of images: opened by memory map, replaced as a whole, never half written."""

import os
import pickle
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.datasets import store
from core.datasets.store import (
    DatasetError,
    Facts,
    ImageLabel,
    StoredBatch,
    data_root,
    open_store,
    store_exists,
    store_path,
    verify_fingerprint,
)
from tests.helpers.small_stores import leftovers, some_images, some_labels, write_store


class TestWriting:
    def test_what_is_written_is_read(self, tmp_path: Path) -> None:
        facts = write_store(tmp_path)
        dataset = open_store("hands", tmp_path)
        assert dataset.facts == facts
        assert np.array_equal(dataset.images, some_images(6))
        assert dataset.fingers.tolist() == [0, 1, 2, 3, 4, 5]
        assert dataset.sides.tolist() == [1, 0, 1, 0, 1, 0]
        assert dataset.indices("test").tolist() == [5]
        assert dataset.file_name(4) == "train/4.png"
        assert verify_fingerprint(dataset)

    def test_columns_are_read_only_memory_maps(self, tmp_path: Path) -> None:
        write_store(tmp_path)
        dataset = open_store("hands", tmp_path)
        assert isinstance(dataset.images, np.memmap)
        for column in (dataset.images, dataset.fingers, dataset.names):
            with pytest.raises(ValueError, match="read-only"):
                column[0] = 0

    def test_any_numpy_program_reads_the_images(self, tmp_path: Path) -> None:
        write_store(tmp_path)
        images = np.load(store_path("hands", tmp_path), mmap_mode="r", allow_pickle=False)
        assert np.array_equal(images, some_images(6))

    def test_another_process_maps_the_same_store_or_refuses(self, tmp_path: Path) -> None:
        write_store(tmp_path)
        pickled = pickle.dumps(open_store("hands", tmp_path))
        assert len(pickled) < 1_000
        read = pickle.loads(pickled)  # noqa: S301
        assert isinstance(read.images, np.memmap)
        assert np.array_equal(read.images, some_images(6))
        assert pickle.loads(pickled) is read  # noqa: S301
        other = pickled.replace(read.facts.fingerprint.encode(), b"0" * 64)
        with pytest.raises(DatasetError, match="another dataset than the client's"):
            pickle.loads(other)  # noqa: S301

    def test_fingerprints_distinguish_content(self, tmp_path: Path) -> None:
        first = write_store(tmp_path, seed=1).fingerprint
        assert write_store(tmp_path, seed=1).fingerprint == first
        assert write_store(tmp_path, seed=2).fingerprint != first

    def test_opening_a_large_store_is_fast(self, tmp_path: Path) -> None:
        write_store(tmp_path, count=3_000)
        started = time.perf_counter()
        open_store("hands", tmp_path)
        assert time.perf_counter() - started < 0.1

    @pytest.mark.parametrize(
        ("batch", "reason"),
        [
            ((some_images(2), some_labels(1)), "1 labels"),
            ((np.zeros((1, 64, 64), np.uint8), some_labels(1)), "64, 64"),
            ((np.zeros((1, 128, 128), np.float32), some_labels(1)), "float32"),
            ((some_images(1), [ImageLabel(1, "L", "train", "ü" * 49)]), "longer than 96 bytes"),
            ((some_images(0), []), "number of images"),
        ],
    )
    def test_only_images_and_labels_of_the_format_are_accepted(
        self, batch: StoredBatch, reason: str, tmp_path: Path
    ) -> None:
        with pytest.raises(ValueError, match=reason):
            store.write_store("hands", "a test", rendered=False, batches=[batch], root=tmp_path)
        assert not store_exists("hands", tmp_path)
        assert leftovers(tmp_path) == []


class TestReplacing:
    def test_the_old_version_is_removed_and_open_maps_stay_readable(self, tmp_path: Path) -> None:
        write_store(tmp_path, seed=1)
        before = open_store("hands", tmp_path)
        write_store(tmp_path, seed=2)
        assert np.array_equal(before.images, some_images(6, seed=1))
        assert np.array_equal(open_store("hands", tmp_path).images, some_images(6, seed=2))
        assert [entry.name for entry in tmp_path.iterdir()] == ["hands.npy"]

    @pytest.mark.parametrize("raised", [RuntimeError, KeyboardInterrupt])
    def test_a_failed_write_leaves_the_old_version(
        self, raised: type[BaseException], tmp_path: Path
    ) -> None:
        facts = write_store(tmp_path)

        def batches() -> Iterator[StoredBatch]:
            yield some_images(3, seed=9), some_labels(3)
            raise raised

        with pytest.raises(raised):
            store.write_store("hands", "a test", rendered=False, batches=batches(), root=tmp_path)
        assert open_store("hands", tmp_path).facts == facts
        assert leftovers(tmp_path) == []

    @pytest.mark.parametrize("step", ["os.fsync", "pathlib.Path.chmod", "pathlib.Path.replace"])
    def test_a_disk_that_fails_at_the_very_end(
        self, step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        facts = write_store(tmp_path)

        def fail(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(step, fail)
        with pytest.raises(OSError, match="No space"):
            write_store(tmp_path, seed=3)
        assert open_store("hands", tmp_path).facts == facts
        assert leftovers(tmp_path) == []

    def test_two_writers_at_once(self, tmp_path: Path) -> None:
        ready = threading.Barrier(2)
        written: list[Facts] = []

        def write(seed: int) -> None:
            ready.wait()
            written.append(write_store(tmp_path, count=200, seed=seed))

        threads = [threading.Thread(target=write, args=(seed,)) for seed in (1, 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        dataset = open_store("hands", tmp_path)
        assert dataset.facts in written
        assert verify_fingerprint(dataset)

    def test_readers_never_see_a_gap(self, tmp_path: Path) -> None:
        write_store(tmp_path)
        stop = threading.Event()
        problems: list[DatasetError] = []

        def read() -> None:
            while not stop.is_set():
                try:
                    open_store("hands", tmp_path)
                except DatasetError as error:
                    problems.append(error)

        classifier = threading.Thread(target=read)
        classifier.start()
        for seed in range(20):
            write_store(tmp_path, seed=seed)
        stop.set()
        classifier.join()
        assert problems == []

    def test_leftovers_of_killed_imports_are_removed_later(self, tmp_path: Path) -> None:
        write_store(tmp_path)
        killed, running, other = (
            tmp_path / name for name in (".hands.npy.killed", ".hands.npy.running", ".notes.npy.x")
        )
        for path in (killed, running, other):
            path.touch()
        for path in (killed, other, store_path("hands", tmp_path)):
            os.utime(path, (0, 0))
        write_store(tmp_path)
        assert sorted(leftovers(tmp_path)) == [".hands.npy.running", ".notes.npy.x"]


class TestFormerFormat:
    """Before format 2, a store was a folder."""

    @pytest.fixture
    def former(self, tmp_path: Path) -> Path:
        (tmp_path / "hands").mkdir()
        (tmp_path / "hands" / "CURRENT").write_text("0123456789abcdef-01234567")
        return tmp_path / "hands"

    def test_what_to_do_is_reported(self, former: Path, tmp_path: Path) -> None:
        assert store_exists("hands", tmp_path)
        with pytest.raises(DatasetError, match="earlier version") as caught:
            open_store("hands", tmp_path)
        assert str(former) in str(caught.value)
        assert "data import" in str(caught.value)

    def test_a_new_store_takes_its_place(self, former: Path, tmp_path: Path) -> None:
        facts = write_store(tmp_path)
        assert open_store("hands", tmp_path).facts == facts
        assert former.is_dir()


class TestDataRoot:
    def test_environment_variable(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FINGERS_DATA", "~/elsewhere")
        assert data_root() == Path.home() / "elsewhere"
        monkeypatch.setenv("FINGERS_DATA", "")
        assert data_root() == Path(__file__).resolve().parents[2] / "data"

    def test_a_file_where_the_folder_should_be(self, tmp_path: Path) -> None:
        root = tmp_path / "root"
        root.write_text("a file")
        assert not store_exists("hands", root)
        with pytest.raises(DatasetError, match="There is no dataset"):
            open_store("hands", root)
        with pytest.raises(OSError, match="exists"):
            write_store(root)
        assert root.read_text() == "a file"

    def test_a_folder_where_the_file_should_be(self, tmp_path: Path) -> None:
        store_path("hands", tmp_path).mkdir()
        assert not store_exists("hands", tmp_path)
        with pytest.raises(DatasetError, match="damaged"):
            open_store("hands", tmp_path)
        with pytest.raises(OSError, match="directory"):
            write_store(tmp_path)
        assert leftovers(tmp_path) == []
