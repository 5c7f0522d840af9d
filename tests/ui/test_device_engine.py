"""What the browser runs, in Node; its engine against what Python says of the same frames."""

import json
from pathlib import Path

import pytest

from tests.helpers.browser_vectors import browser_vectors
from tests.helpers.node import run_in_node


@pytest.mark.slow
def test_the_browser_s_engine_is_python_s(tmp_path: Path) -> None:
    vectors = tmp_path / "vectors.json"
    vectors.write_text(json.dumps(browser_vectors()))
    run_in_node("device", BROWSER_VECTORS=str(vectors))


def test_the_browser_judges_games_and_knows_a_slow_device() -> None:
    run_in_node("live")
