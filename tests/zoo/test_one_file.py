"""A new model is one file in core/zoo/, of whatever layers Keras has."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.benchmarks.timing import Measurement
from core.benchmarks.training import _with_asked

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "tests" / "helpers" / "entries" / "new_model.py"


@pytest.mark.keras
def test_a_new_model_is_trained_published_and_listed(tmp_path: Path) -> None:
    models = tmp_path / "zoo"
    models.mkdir()
    text = SOURCE.read_text(encoding="utf-8")
    (models / "new_model.py").write_text(text)
    one_recipe = "".join(line for line in text.splitlines(True) if "    fast=" not in line)
    (models / "without_fast.py").write_text(one_recipe.replace("new_model", "without_fast"))
    command = [sys.executable, "-m", "tests.zoo.new_models_trained"]
    done = subprocess.run(
        [*command, str(models), str(tmp_path), "new_model", "without_fast"],
        capture_output=True, text=True, cwd=ROOT, timeout=280, check=False,
        env=os.environ | {"CUDA_VISIBLE_DEVICES": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert (told["name"], told["trained"], told["recipe"]) == ("new_model", True, "article")
    assert told["wrong"] <= told["test_images"]
    # Forward and two gradients at 32x32 places; the image itself needs none.
    separable, depthwise, dense = 32 * 32 * (9 + 8), 32 * 32 * 9 * 8, 8 * 6
    expected = 2 * (3 * (separable + depthwise + dense) - 32 * 32 * 9)
    assert told["operations"] == expected


def test_a_new_model_has_no_required_speed_up() -> None:
    row = Measurement("new_model, the fast recipe", 1.0, "s an epoch", "twice as fast")
    assert _with_asked(row, "new_model") == row
    assert _with_asked(row, "cnn").goal == "twice as fast; required: 2 times"
