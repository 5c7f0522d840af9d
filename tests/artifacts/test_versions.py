"""Versions of a published model: one before is kept, and a crash leaves a whole one."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from core.__main__ import main
from core.artifacts import store as artifacts
from core.artifacts.cards import ArtifactError

NAME = "logistic_pooled"
FILES = {file: artifacts.read_verified(NAME, file) for file in artifacts.read_card(NAME).sha256}


def publish(version: int, root: Path) -> None:
    artifacts.write_model(replace(artifacts.read_card(NAME), seed=0, epochs=version), FILES, root)


def version_in(root: Path) -> int:
    """The version in use, whole."""
    for file in FILES:
        artifacts.read_verified(NAME, file, root)
    return artifacts.read_card(NAME, root).epochs


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """Three versions were published."""
    for version in (1, 2, 3):
        publish(version, tmp_path)
    return tmp_path


def test_exactly_one_version_before_is_kept(models: Path) -> None:
    assert version_in(models) == 3
    assert version_in(models / artifacts.PREVIOUS) == 2
    assert sorted(path.name for path in models.iterdir()) == [artifacts.PREVIOUS, NAME]
    assert [path.name for path in (models / artifacts.PREVIOUS).iterdir()] == [NAME]


def test_a_second_roll_back_brings_back_the_newer_version(models: Path) -> None:
    assert artifacts.roll_back(NAME, models).epochs == version_in(models) == 2
    assert artifacts.roll_back(NAME, models).epochs == version_in(models) == 3


def test_without_a_version_before_nothing_happens(tmp_path: Path) -> None:
    publish(1, tmp_path)
    with pytest.raises(ArtifactError, match="No version of 'logistic_pooled' is kept"):
        artifacts.roll_back(NAME, tmp_path)
    assert version_in(tmp_path) == 1


@pytest.mark.parametrize("file", ["card.json", "serving.tflite"])
def test_a_damaged_version_before_is_refused(models: Path, file: str) -> None:
    (models / artifacts.PREVIOUS / NAME / file).write_bytes(b"{")
    with pytest.raises(ArtifactError, match=r"damaged|does not match"):
        artifacts.roll_back(NAME, models)
    assert version_in(models) == 3


class KilledError(BaseException):
    """The process is gone; nothing that it would still do happens."""


class Killer:
    """Ends the program before its n-th change of the disk, or after it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, changes: int) -> None:
        self.is_dead = False
        self._left = changes
        for name in ("exchange", "write_bytes_atomically", "write_text_atomically"):
            monkeypatch.setattr(artifacts, name, self._killing(getattr(artifacts, name)))
        monkeypatch.setattr(shutil, "rmtree", self._killing(shutil.rmtree))
        monkeypatch.setattr(Path, "rename", self._killing(Path.rename))

    def _killing(self, change: Callable[..., Any]) -> Callable[..., Any]:
        def change_or_die(*arguments: Any, **options: Any) -> Any:
            self.is_dead = self.is_dead or self._left == 0
            if self.is_dead:
                raise KilledError
            self._left -= 1
            return change(*arguments, **options)

        return change_or_die


@pytest.mark.parametrize("action", ["publish", "roll back"])
def test_a_crash_at_any_point_leaves_a_whole_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    found = []
    for changes in range(30):
        root = tmp_path / str(changes)
        for version in (1, 2):
            publish(version, root)
        with monkeypatch.context() as patch:
            killer = Killer(patch, changes)
            try:
                publish(3, root) if action == "publish" else artifacts.roll_back(NAME, root)
            except KilledError:
                assert killer.is_dead
        found.append(version_in(root))
        publish(4, root)
        assert version_in(root) == 4
        assert version_in(root / artifacts.PREVIOUS) == found[-1]
        if not killer.is_dead:
            break
    assert not killer.is_dead
    new = 3 if action == "publish" else 1
    # The old one up to a point, the new one from there on.
    assert found == sorted(found, reverse=new == 1)
    assert set(found) == {2, new}


def test_the_command_rolls_back_and_says_so(
    models: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(artifacts, "roll_back", partial(artifacts.roll_back, root=models))
    assert main(["models", "--rollback", NAME]) == 0
    assert "logistic_pooled is now the version that was trained on" in capsys.readouterr().out
    assert version_in(models) == 2
    shutil.rmtree(models / artifacts.PREVIOUS)
    assert main(["models", "--rollback", NAME]) == 1
    assert "No version of 'logistic_pooled' is kept" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["models", "--rollback", "../secret"])
