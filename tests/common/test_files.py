"""Atomic writes: whole or not at all."""

from pathlib import Path

import pytest

from core.common.files import write_bytes_atomically, write_text_atomically


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
