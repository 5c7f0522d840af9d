"""An import that fails or breaks off: the store that was there stays as it was."""

import resource
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from core.datasets.importing import IMPORTED_NAME, import_dataset
from core.datasets.store import DatasetError, open_store, verify_fingerprint
from tests.helpers.dataset_files import ImportFiles, small_dataset, write_zip


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
            from core.datasets.importing import import_dataset
            from core.datasets.store import DatasetError
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
            from core.datasets.importing import import_dataset
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
