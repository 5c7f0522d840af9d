"""The benchmark runs and names its figures; how fast it is, no test asserts."""

import json
from pathlib import Path

import pytest

from core import benchmarks, field_benchmarks, learning_benchmarks, measuring, training_benchmarks
from core.__main__ import main
from core.dataset.importing import IMPORTED_NAME
from core.dataset.rendering import RENDERED_NAME, render_store
from core.dataset.store import open_store, store_exists
from core.zoo import get_spec


def test_every_step_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(measuring, "REPETITIONS", 2)
    monkeypatch.setattr(benchmarks, "REPETITIONS", 2)
    monkeypatch.setattr(benchmarks, "PROCESSES", 1)
    monkeypatch.setattr(field_benchmarks, "ROUNDS", 1)
    monkeypatch.setattr(learning_benchmarks, "SIZES", (20, 40))
    monkeypatch.setattr(learning_benchmarks, "SWEEP_SIZE", 30)
    assert main(["bench", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert {"find it by the background", "photo to answer", "640×480 frame to answer"} <= set(rows)
    assert all(row["value"] > 0 for row in rows.values())
    assert rows["the article's two networks on it"]["goal"] == "at most 3 ms"
    assert ("logistic regression, 2 sizes" in rows) == store_exists(IMPORTED_NAME)


@pytest.mark.keras
def test_an_epoch_is_timed_each_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_benchmarks, "ROUNDS", 1)
    monkeypatch.setattr(training_benchmarks, "IMAGES", 60)
    only = {"dense_128": get_spec("dense_128"), "softmax": get_spec("softmax")}
    monkeypatch.setattr(training_benchmarks, "all_specs", lambda: only)
    render_store(96, seed=2, root=tmp_path)
    rows = training_benchmarks.training_measurements(open_store(RENDERED_NAME, tmp_path), tmp_path)
    assert [row.name for row in rows] == [
        "dense_128, the article's way",
        "dense_128, its recipe here",
        "dense_128, the fast recipe",
    ]
    assert all(row.value > 0 for row in rows)
    assert rows[0].goal == ""
    assert rows[1].goal.endswith("times faster")
    assert rows[2].goal.endswith("times faster; asked 3 times")


def test_logistic_regressions_are_timed_both_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning_benchmarks, "SIZES", (40, 80))
    monkeypatch.setattr(learning_benchmarks, "SWEEP_SIZE", 60)
    render_store(120, seed=2, root=tmp_path)
    rows = learning_benchmarks.learning_measurements(open_store(RENDERED_NAME, tmp_path))
    assert [row.name.split()[0] for row in rows] == ["logistic", "…", "logistic", "…"]
    assert all(row.value > 0 for row in rows)
    assert all("times faster" in row.goal for row in rows[1::2])
