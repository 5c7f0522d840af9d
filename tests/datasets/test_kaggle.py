"""The import of the Fingers dataset straight from Kaggle, and every way in which that fails."""

import socket
import sys
import time
import types
import zipfile
from pathlib import Path

import pytest

from core.__main__ import main
from core.datasets.importing import KAGGLE_HANDLE, download_from_kaggle
from core.datasets.store import DatasetError, open_store

pytestmark = pytest.mark.usefixtures("stores")

Output = pytest.CaptureFixture[str]


class RequestsError(OSError):
    """As requests raises: an OSError with a response."""

    def __init__(self, status: int) -> None:
        super().__init__(f"{status} Client Error")
        self.response = types.SimpleNamespace(status_code=status)


class CredentialError(Exception):
    """As kagglehub raises."""


class TestKaggle:
    def install(
        self, monkeypatch: pytest.MonkeyPatch, outcome: "str | Exception | float"
    ) -> list[str]:
        """A kagglehub that returns a folder, raises, or hangs for some seconds."""
        asked: list[str] = []

        def dataset_download(handle: str) -> str:
            asked.append(handle)
            if isinstance(outcome, Exception):
                raise outcome
            if isinstance(outcome, float):
                time.sleep(outcome)
            return str(outcome)

        module = types.ModuleType("kagglehub")
        module.dataset_download = dataset_download  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "kagglehub", module)
        return asked

    def test_import_from_kaggle(
        self, dataset_zip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with zipfile.ZipFile(dataset_zip) as archive:
            archive.extractall(tmp_path / "cache")
        asked = self.install(monkeypatch, str(tmp_path / "cache"))
        assert main(["data", "import", "kaggle"]) == 0
        assert asked == [KAGGLE_HANDLE]
        assert open_store("fingers").facts.images == 24

    def test_not_installed(self, monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
        monkeypatch.setitem(sys.modules, "kagglehub", None)
        assert main(["data", "import", "kaggle"]) == 1
        assert "pip install kagglehub" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("raised", "sentence"),
        [
            (RequestsError(401), "does not accept your credentials"),
            (RequestsError(403), "refused the download"),
            (RequestsError(404), "no longer has this dataset"),
            (RequestsError(500), "failed: 500 Client Error"),
            (CredentialError("x"), "not set up"),
            (ConnectionError("Failed to resolve"), "cannot be reached"),
            (TimeoutError(), "cannot be reached"),
            (socket.gaierror("no address"), "cannot be reached"),
            (ValueError(), "failed: ValueError"),
        ],
    )
    def test_failures_are_plain_sentences(
        self, raised: Exception, sentence: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.install(monkeypatch, raised)
        with pytest.raises(DatasetError, match=sentence) as caught:
            download_from_kaggle()
        assert "kaggle.com/datasets/koryakinp/fingers" in str(caught.value)

    def test_it_does_not_hang(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.install(monkeypatch, 3.0)
        started = time.monotonic()
        with pytest.raises(DatasetError, match="did not end within"):
            download_from_kaggle(timeout_seconds=0.1)
        assert time.monotonic() - started < 2
