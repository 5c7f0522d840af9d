"""A full disk: every command that writes says so in words, and what was there stays."""

import errno
import re
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.__main__ import discover_commands, main
from core.artifacts import store as artifacts
from core.datasets.importing import import_dataset
from core.experiments.records.store import EXPERIMENTS_ROOT
from core.hands_training.report import PhotoReport
from core.synthetic.dataset_look import draw_dataset_image
from tests.helpers.browser import encoded
from tests.helpers.own_process import ROOT

READING = {"bench", "health", "models", "predict"}
"""Commands that keep nothing on the disk."""

WRITING: dict[str, Callable[[Path, Path], list[str]]] = {
    "data import": lambda archive, photos: ["data", "import", str(archive)],
    "data render": lambda archive, photos: ["data", "render", "--count", "24"],
    "data pack": lambda archive, photos: ["data", "pack", str(photos)],
    "evaluate": lambda archive, photos: ["evaluate", "photos", "--record"],
    "evaluate synthetic": lambda archive, photos: ["evaluate", "softmax", "--data", "rendered"],
    "experiment": lambda archive, photos: ["experiment", "pooling"],
    "train": lambda archive, photos: ["train", "dense_128", "--dry-run"],
    "train hands": lambda archive, photos: ["train", "hand_detector", "--dry-run"],
}


@contextmanager
def full_disk() -> Iterator[None]:
    """No file can grow, so that the first byte of any file is too much."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def contents(*folders: Path) -> dict[Path, bytes]:
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return {path: path.read_bytes() for path in files}


def test_every_command_is_known_to_write_or_not_to() -> None:
    writing = {name.split()[0] for name in WRITING}
    assert set(discover_commands()) == READING | writing


@pytest.mark.slow
@pytest.mark.parametrize("name", WRITING)
def test_a_full_disk_is_reported_by_every_command(
    name: str,
    stores: Path,
    dataset_zip: Path,
    photos: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if name == "experiment":
        import_dataset(dataset_zip, stores)
    # Measuring takes minutes; what is written is the same.
    monkeypatch.setattr("core.cli.evaluate.measure", lambda *_: PhotoReport())
    roots = stores, artifacts.MODELS_ROOT, EXPERIMENTS_ROOT
    before = contents(*roots)
    with full_disk():
        status = main(WRITING[name](dataset_zip, photos))
    assert status == 1
    message = capsys.readouterr().err.splitlines()[-1]
    assert message.startswith("error: ")
    assert re.search("no (space left|room)", message)
    assert contents(*roots) == before


@pytest.mark.slow
@pytest.mark.parametrize("command", [["models"], ["data", "info"], ["predict"]], ids=" ".join)
def test_output_that_does_not_fit_on_the_disk_is_reported(
    command: list[str], tmp_path: Path
) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(encoded(draw_dataset_image(3, "L", 0), ".png"))
    files = [str(photo)] if command == ["predict"] else []
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "core", *command, *files],
            stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert "no space left on the disk" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            OSError(errno.ENOSPC, "No space left", "/x/results.json"),
            "no space left on the disk: /x/results",
        ),
        (
            PermissionError(errno.EACCES, "Permission denied", "/x/card.json"),
            "denied: /x/card.json",
        ),
    ],
)
def test_the_file_that_cannot_be_written_is_named(
    error: OSError, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: object) -> int:
        raise error

    monkeypatch.setattr("core.cli.models.run", fail)
    assert main(["models"]) == 1
    assert words in capsys.readouterr().err
