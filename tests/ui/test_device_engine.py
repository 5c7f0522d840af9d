"""The browser's engine, in Node, against what Python says of the same frames."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.helpers.browser_vectors import browser_vectors

TESTS = Path(__file__).parent / "device"


@pytest.mark.slow
def test_the_browser_s_engine_is_python_s(tmp_path: Path) -> None:
    node = shutil.which("node", path=f"{Path('.venv/bin').absolute()}:{os.environ['PATH']}")
    assert node is not None, "Node comes with: make node_modules/.installed"
    vectors = tmp_path / "vectors.json"
    vectors.write_text(json.dumps(browser_vectors()))
    done = subprocess.run(
        [node, "--test", *map(str, TESTS.glob("*.test.js"))],
        env={**os.environ, "BROWSER_VECTORS": str(vectors)},
        capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
