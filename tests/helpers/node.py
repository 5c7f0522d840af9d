"""Tests of what the browser runs, in Node."""

import os
import shutil
import subprocess
from pathlib import Path

_TESTS = Path(__file__).resolve().parents[1] / "ui"


def run_in_node(folder: str, **settings: str) -> None:
    """Run the tests in JavaScript of a folder of ``tests/ui``, with settings in the environment."""
    node = shutil.which("node", path=f"{Path('.venv/bin').absolute()}:{os.environ['PATH']}")
    assert node is not None, "Node comes with: make node_modules/.installed"
    done = subprocess.run(
        [node, "--test", *map(str, (_TESTS / folder).glob("*.test.js"))],
        env=os.environ | settings, capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
