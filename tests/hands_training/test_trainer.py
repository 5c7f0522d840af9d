"""The training of the detector and the classifier: dry runs, losses, learning rates, the record."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.common.environment import FACTS_FILE, keep_facts, kept_facts
from core.zoo import hand_specs
from tests.helpers.keras_process import run_command


@pytest.mark.keras
@pytest.mark.parametrize("name", ["hand_detector", "hand_classifier"])
def test_the_whole_training_passes_a_dry_run(name: str) -> None:
    done = run_command("train", name, "--dry-run")
    assert done.returncode == 0, done.stderr[-2000:]
    assert "epoch 2/2" in done.stdout
    assert "nothing was kept" in done.stdout


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
    recipe = replace(hand_specs()["hand_detector"].recipe, cycles=(10, 10))
    rates = [recipe.learning_rate_at(n / 4) for n in range(80)]
    assert max(rates) == pytest.approx(recipe.learning_rate)
    assert rates[4:40] == sorted(rates[4:40], reverse=True)
    np.testing.assert_allclose(rates[:40], 2 * np.array(rates[40:]))
    assert rates[39] < 0.03 * recipe.learning_rate
