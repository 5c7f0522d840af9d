"""The set-up by ``make``: what is missing is said, and what was interrupted is made anew."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MAKE = shutil.which("make") or "make"

# Stands for the system's Python; it writes down what it was asked to make.
PYTHON = """#!/bin/sh
case "$*" in
*version_info*) exit {old} ;;
*ensurepip*) exit {without_venv} ;;
*venv*)
    echo made >> calls
    mkdir -p "$3/bin"
    test -e half && {{ rm half; kill -9 $$; }}
    touch "$3/bin/python"
    ;;
esac
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "Makefile", tmp_path)
    return tmp_path


def make_environment(
    folder: Path, old: int = 0, without_venv: int = 0
) -> subprocess.CompletedProcess[str]:
    python = folder / "python"
    python.write_text(PYTHON.format(old=old, without_venv=without_venv))
    python.chmod(0o755)
    return subprocess.run(
        [MAKE, f"PYTHON={python}", ".venv/.made"],
        cwd=folder, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def test_an_old_python_is_named(folder: Path) -> None:
    done = make_environment(folder, old=1)
    assert done.returncode != 0
    assert "needs Python 3.11" in done.stdout
    assert not (folder / ".venv").exists()


def test_a_python_that_makes_no_environments_is_named(folder: Path) -> None:
    done = make_environment(folder, without_venv=1)
    assert done.returncode != 0
    assert "install python3-venv" in done.stdout


def test_an_interrupted_environment_is_made_anew(folder: Path) -> None:
    (folder / "half").touch()
    assert make_environment(folder).returncode != 0
    assert (folder / ".venv/bin").is_dir()
    assert make_environment(folder).returncode == 0
    assert (folder / ".venv/bin/python").is_file()
    assert make_environment(folder).returncode == 0
    assert (folder / "calls").read_text().split() == ["made", "made"]
