"""Atomic writes: whole or not at all."""

import ctypes
from pathlib import Path

import pytest

from core.common.files import exchange, write_bytes_atomically, write_text_atomically


def test_new_content_replaces_the_old(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file.txt"
    write_text_atomically(path, "first")
    write_text_atomically(path, "zweite Größe")
    assert path.read_text(encoding="utf-8") == "zweite Größe"
    assert list(path.parent.iterdir()) == [path]


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file.bin"
    write_bytes_atomically(path, b"before")

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        write_bytes_atomically(path, b"after")
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.fixture(params=["in one step", "in three steps"])
def exchanging(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "in three steps":
        # As on a system whose library has no such function.
        monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: object())


@pytest.mark.usefixtures("exchanging")
def test_folders_are_exchanged(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        (folder / folder.name).touch()
    exchange(one, other)
    assert [path.name for path in one.iterdir()] == ["other"]
    assert [path.name for path in other.iterdir()] == ["one"]
    assert sorted(tmp_path.iterdir()) == [one, other]


@pytest.mark.usefixtures("exchanging")
def test_an_exchange_with_nothing_changes_nothing(tmp_path: Path) -> None:
    one, missing = tmp_path / "one", tmp_path / "missing"
    one.touch()
    for pair in ((one, missing), (missing, one)):
        with pytest.raises(OSError, match="No such file"):
            exchange(*pair)
    assert list(tmp_path.iterdir()) == [one]
