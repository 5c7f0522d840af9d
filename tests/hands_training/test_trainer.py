"""The training of the detector and the classifier: dry runs, losses, learning rates, the record."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.common.environment import FACTS_FILE, keep_facts, kept_facts
from core.hands_training.trainer import learning_rate_at
from core.zoo import hand_specs

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.keras
@pytest.mark.parametrize("name", ["hand_detector", "hand_classifier"])
def test_the_whole_training_runs_dry(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "core", "train", name, "--dry-run"],
        capture_output=True, text=True, cwd=ROOT, timeout=280, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert "epoch 2/2" in done.stdout
    assert "nothing was kept" in done.stdout


LOSSES = """
import numpy as np, keras
from core.hands_training.detector_loss import detection_loss
from core.hands_training.detector_loss import frame_target
from core.hands_training.classifier_loss import BINARY_WEIGHTS
from core.hands_training.classifier_loss import hand_target
from core.hands_training.classifier_loss import no_hand_target
from core.hands_training.classifier_loss import classification_loss
from core.common.types import Box

rng = np.random.default_rng(0)
row = hand_target(3, 1, 0, np.array([0, 1, 1, 1, 0]), np.zeros((21, 2), np.float32))
said = rng.standard_normal((2, 56)).astype("float32")
full = float(classification_loss(np.stack([row, row]), said))
right = said.copy(); right[:, 3] = 9; right[:, 6] = 9; right[:, 7] = -9; right[:, 8] = 9
right[:, 9:14] = [-9, 9, 9, 9, -9]; right[:, 14:] = 0
assert float(classification_loss(np.stack([row, row]), right)) < 0.25 < full
# By hand: only "no hand" is asked of the second row.
one = said[:1]; asked = no_hand_target()[None]
expected = BINARY_WEIGHTS[2] * np.log1p(np.exp(one[0, 8]))
np.testing.assert_allclose(float(classification_loss(asked, one)), expected, rtol=1e-5)

box = Box(60, 50, 120, 140)
asked = frame_target([box], [Box(0, 0, 40, 40)])[None]
output = np.full((1, 24, 24, 5), -6, "float32")
known = asked[..., 1] > 0
output[known] = np.concatenate([np.zeros((known.sum(), 1)), np.log(asked[known][:, 2:])], axis=1)
heat = np.nan_to_num(asked[..., 0]); output[heat > 0.999, 0] = 8
good = float(detection_loss(asked, output))
output[..., 1:] += 1.0
assert float(detection_loss(asked, output)) > good + 0.3
output[heat > 0.999, 0] = -8
assert float(detection_loss(asked, output)) > good + 3
shouting = output.copy(); shouting[0, 1, 1, 0] = 20
np.testing.assert_allclose(
    float(detection_loss(asked, shouting)), float(detection_loss(asked, output))
)
print("right")
"""


@pytest.mark.keras
def test_the_losses_are_those_of_the_papers() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOSSES],
        capture_output=True, text=True, cwd=ROOT, timeout=200, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == "right"


def test_a_training_is_recorded_with_the_machine_that_it_ran_on(tmp_path: Path) -> None:
    elsewhere = {"machine": "x86_64, Linux, a graphics card", "versions": {"jax": "9.9"}}
    (tmp_path / FACTS_FILE).write_text(json.dumps(elsewhere))
    machine, versions = kept_facts(tmp_path)
    assert (machine, versions["jax"]) == (elsewhere["machine"], "9.9")
    assert "tensorflow" in versions
    keep_facts(tmp_path)
    assert kept_facts(tmp_path)[0].endswith("CPU")
    for damaged in ("", "[]", '{"machine": 1}', '{"machine": "", "versions": 3}'):
        (tmp_path / FACTS_FILE).write_text(damaged)
        assert kept_facts(tmp_path)[0].endswith("CPU")


def test_the_learning_rate_falls_in_each_cycle() -> None:
    spec = hand_specs()["hand_detector"]
    recipe = replace(spec.recipe, cycles=(10, 10))
    rates = [learning_rate_at(replace(spec, recipe=recipe), n / 4) for n in range(80)]
    assert max(rates) == pytest.approx(recipe.learning_rate)
    assert rates[4:40] == sorted(rates[4:40], reverse=True)
    np.testing.assert_allclose(rates[:40], 2 * np.array(rates[40:]))
    assert rates[39] < 0.03 * recipe.learning_rate
