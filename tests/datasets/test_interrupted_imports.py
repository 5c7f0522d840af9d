"""An import that fails or breaks off: the store that was there stays as it was."""

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.datasets.importing import IMPORTED_NAME, import_dataset
from core.datasets.store import DatasetError, open_store, verify_fingerprint
from tests.helpers import import_process
from tests.helpers.browser import ROOT
from tests.helpers.dataset_files import ImportFiles, small_dataset, write_zip
from tests.helpers.small_stores import leftovers

# -B: with a limit on files, one of bytecode may be cut off.
IMPORT_PROCESS = [sys.executable, "-B", import_process.__file__]


class TestTheExistingStore:
    @pytest.fixture
    def fingerprint(self, tmp_path: Path, root: Path) -> str:
        """Of a store that is in force already."""
        path = write_zip(tmp_path / "before.zip", small_dataset(seed=1))
        return import_dataset(path, root).facts.fingerprint

    def assert_unchanged(self, root: Path, fingerprint: str) -> None:
        dataset = open_store(IMPORTED_NAME, root)
        assert dataset.facts.fingerprint == fingerprint
        assert verify_fingerprint(dataset)
        assert leftovers(root) == []

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

        def limit_file_size() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

        finished = subprocess.run(
            [*IMPORT_PROCESS, path, root],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
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
        with subprocess.Popen(
            [*IMPORT_PROCESS, path, root, "stop"],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"half way\n"
            process.send_signal(end)
        if end == signal.SIGKILL:
            assert len(leftovers(root)) == 1
            (root / leftovers(root)[0]).unlink()
        self.assert_unchanged(root, fingerprint)
