"""The store of images: opened by memory map, replaced as a whole, never half written."""

import contextlib
import os
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from core.common.files import write_text_atomically
from core.common.types import Uint8Array
from core.datasets.store import (
    DatasetError,
    Facts,
    data_root,
    open_store,
    store_exists,
    verify_fingerprint,
)
from core.datasets.store_writer import StoreWriter
from tests.helpers.small_stores import some_images, version_folder, write_store


def leftovers(root: Path, name: str = "hands") -> list[str]:
    """What lies in a store beside the version in force."""
    current = (root / name / "CURRENT").read_text() if store_exists(name, root) else ""
    return [
        entry.name for entry in (root / name).iterdir() if entry.name not in ("CURRENT", current)
    ]


class TestWriting:
    def test_what_is_written_is_read(self, tmp_path: Path) -> None:
        facts = write_store(tmp_path)
        dataset = open_store("hands", tmp_path)
        assert dataset.facts == facts
        assert np.array_equal(dataset.images, some_images(6))
        assert dataset.fingers.tolist() == [0, 1, 2, 3, 4, 5]
        assert [dataset.side(index) for index in range(3)] == ["R", "L", "R"]
        assert dataset.indices("test").tolist() == [5]
        assert dataset.file_name(4) == "train/4.png"
        assert verify_fingerprint(dataset)

    def test_columns_are_read_only_memory_maps(self, tmp_path: Path) -> None:
        write_store(tmp_path)
        dataset = open_store("hands", tmp_path)
        assert isinstance(dataset.images, np.memmap)
        with pytest.raises(ValueError, match="read-only"):
            dataset.images[0] = 0

    def test_any_numpy_program_reads_the_columns(self, tmp_path: Path) -> None:
        write_store(tmp_path)
        images = np.load(version_folder(tmp_path) / "images.npy", allow_pickle=False)
        assert np.array_equal(images, some_images(6))

    def test_fingerprint_tells_content_apart(self, tmp_path: Path) -> None:
        first = write_store(tmp_path, seed=1).fingerprint
        assert write_store(tmp_path, seed=1).fingerprint == first
        assert write_store(tmp_path, seed=2).fingerprint != first

    def test_opening_a_large_store_is_fast(self, tmp_path: Path) -> None:
        write_store(tmp_path, count=3_000)
        started = time.perf_counter()
        open_store("hands", tmp_path)
        assert time.perf_counter() - started < 0.1

    def test_labels_must_fit_the_images(self, tmp_path: Path) -> None:
        with StoreWriter("hands", "a test", rendered=False, root=tmp_path) as writer:
            writer.append(some_images(2))
            with pytest.raises(ValueError, match="one of each label"):
                writer.commit([1], ["L"], ["train"], ["a"])
        assert not store_exists("hands", tmp_path)

    @pytest.mark.parametrize(
        "images", [np.zeros((1, 64, 64), np.uint8), np.zeros((1, 128, 128), np.float32)]
    )
    def test_only_images_of_the_format(self, images: Uint8Array, tmp_path: Path) -> None:
        with (
            StoreWriter("hands", "a test", rendered=False, root=tmp_path) as writer,
            pytest.raises(ValueError, match="images of shape"),
        ):
            writer.append(images)


class TestReplacing:
    def test_the_old_version_is_removed_and_open_maps_stay_readable(self, tmp_path: Path) -> None:
        write_store(tmp_path, seed=1)
        before = open_store("hands", tmp_path)
        write_store(tmp_path, seed=2)
        assert np.array_equal(before.images, some_images(6, seed=1))
        assert np.array_equal(open_store("hands", tmp_path).images, some_images(6, seed=2))
        assert leftovers(tmp_path) == []

    @pytest.mark.parametrize("raised", [RuntimeError, KeyboardInterrupt])
    def test_a_failed_write_leaves_the_old_version(
        self, raised: type[BaseException], tmp_path: Path
    ) -> None:
        facts = write_store(tmp_path)

        def fail_half_way() -> None:
            with StoreWriter("hands", "a test", rendered=False, root=tmp_path) as writer:
                writer.append(some_images(3, seed=9))
                raise raised

        with pytest.raises(raised):
            fail_half_way()
        assert open_store("hands", tmp_path).facts == facts
        assert leftovers(tmp_path) == []

    @pytest.mark.parametrize("file", ["facts.json", "CURRENT"])
    def test_a_disk_that_fills_at_the_very_end(
        self, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        facts = write_store(tmp_path)

        def fail_on_one_file(path: Path, content: str) -> None:
            if path.name == file:
                raise OSError(28, "No space left on device")
            write_text_atomically(path, content)

        monkeypatch.setattr("core.datasets.store_writer.write_text_atomically", fail_on_one_file)
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

    def test_abandoned_versions_are_removed_later(self, tmp_path: Path) -> None:
        write_store(tmp_path)
        folder = tmp_path / "hands"
        old = [folder / ".partial-killed", folder / "0123456789abcdef-01234567"]
        fresh = folder / ".partial-running"
        foreign = folder / "notes"
        for path in (*old, fresh, foreign):
            path.mkdir()
        for path in (*old, foreign, version_folder(tmp_path)):
            os.utime(path, (0, 0))
        with StoreWriter("hands", "a test", rendered=False, root=tmp_path):
            assert not any(path.exists() for path in old)
            assert fresh.exists()
            assert foreign.exists()
        open_store("hands", tmp_path)

    def test_a_killed_process_leaves_the_old_version(self, tmp_path: Path) -> None:
        facts = write_store(tmp_path)
        script = textwrap.dedent(
            """
            import sys, time, numpy as np
            from pathlib import Path
            from core.datasets.store_writer import StoreWriter
            with StoreWriter("hands", "killed", rendered=False, root=Path(sys.argv[1])) as writer:
                writer.append(np.zeros((50, 128, 128), np.uint8))
                print("half way", flush=True)
                time.sleep(60)
            """
        )
        with subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"half way\n"
            process.kill()
        assert open_store("hands", tmp_path).facts == facts
        write_store(tmp_path, seed=5)
        assert verify_fingerprint(open_store("hands", tmp_path))


class TestDataRoot:
    def test_environment_variable(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FINGERS_DATA", "~/elsewhere")
        assert data_root() == Path.home() / "elsewhere"
        monkeypatch.setenv("FINGERS_DATA", "")
        assert data_root() == Path(__file__).resolve().parents[2] / "data"

    def test_a_file_where_the_folder_should_be(self, tmp_path: Path) -> None:
        (tmp_path / "hands").write_text("a file")
        assert not store_exists("hands", tmp_path)
        with pytest.raises(DatasetError, match="There is no dataset"):
            open_store("hands", tmp_path)
        with contextlib.suppress(OSError):
            write_store(tmp_path)
        assert (tmp_path / "hands").read_text() == "a file"
