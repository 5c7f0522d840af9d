"""What the browser runs, in Node; its engine against what Python says of the same frames."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.helpers.browser_vectors import browser_vectors

TESTS = Path(__file__).parent


def run_in_node(folder: str, **settings: str) -> None:
    node = shutil.which("node", path=f"{Path('.venv/bin').absolute()}:{os.environ['PATH']}")
    assert node is not None, "Node comes with: make node_modules/.installed"
    done = subprocess.run(
        [node, "--test", *map(str, (TESTS / folder).glob("*.test.js"))],
        env=os.environ | settings, capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_the_browser_s_engine_is_python_s(tmp_path: Path) -> None:
    vectors = tmp_path / "vectors.json"
    vectors.write_text(json.dumps(browser_vectors()))
    run_in_node("device", BROWSER_VECTORS=str(vectors))


def test_the_browser_judges_games_and_knows_a_slow_device() -> None:
    run_in_node("live")
