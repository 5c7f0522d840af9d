"""The benchmark runs and names its figures; how fast it is, no test asserts."""

import json
from pathlib import Path

import pytest

from core.__main__ import main
from core.benchmarks import suite, timing, training
from core.benchmarks.training import operations_an_image
from core.datasets.importing import IMPORTED_NAME
from core.datasets.rendering import RENDERED_NAME, render_store
from core.datasets.store import open_store, store_exists
from core.zoo import get_spec
from core.zoo._layers import convolutional_network, dense_network
from tests.helpers.keras_process import in_keras_process


def test_every_step_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(timing, "REPETITIONS", 2)
    monkeypatch.setattr(suite, "REPETITIONS", 2)
    monkeypatch.setattr(suite, "PROCESSES", 1)
    monkeypatch.setattr(suite, "ROUNDS", 1)
    monkeypatch.setattr(suite, "SIZES", (20, 40))
    monkeypatch.setattr(suite, "SWEEP_SIZE", 30)
    assert main(["bench", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert {"subtract its background", "photo to answer", "640×480 frame to answer"} <= set(rows)
    assert all(row["value"] > 0 for row in rows.values())
    assert rows["the article's two networks on it"]["goal"] == "at most 3 ms"
    assert ("logistic regression, 2 sizes" in rows) == store_exists(IMPORTED_NAME)


@pytest.mark.keras
def test_trainings_are_timed_each_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "ROUNDS", 1)
    monkeypatch.setattr(training, "SEEDS", (0,))
    monkeypatch.setattr(training, "IMAGES", 60)
    monkeypatch.setattr(training, "PRODUCT_SIZE", 64)
    # Importing TensorFlow ten times would take longer than all the rest.
    monkeypatch.setattr(training, "CALLS_PER_PROCESS", 10)
    # Reached by any network after an epoch, whatever it has learned.
    monkeypatch.setattr(training, "SAME_ACCURACY", 0.0)
    only = {name: get_spec(name) for name in ("dense_128", "softmax", "cnn")}
    monkeypatch.setattr(training, "article_specs", lambda: only)
    render_store(96, seed=2, root=tmp_path)
    reported: list[tuple[int, int]] = []
    rows = training.training_measurements(
        open_store(RENDERED_NAME, tmp_path), lambda *each: reported.append(each), tmp_path
    )
    assert reported == [(done, 10) for done in range(1, 11)]
    ways = ("the article's way", "its recipe here", "the fast recipe")
    assert [row.name for row in rows] == [
        "matrix products in 32 bits",
        "matrix products in 16 bits",
        *(f"{name}, {way}" for name in ("dense_128", "cnn") for way in ways),
        "cnn to 0.0% of the test images, the article's way",
        "cnn to 0.0% of the test images, the fast recipe",
    ]
    assert all(row.value > 0 for row in rows)
    goals = {row.name: row.goal for row in rows}
    assert goals["dense_128, the article's way"].endswith("of the matrix products in 32 bits")
    assert "times as fast" in goals["dense_128, its recipe here"]
    assert goals["dense_128, the fast recipe"].endswith("required: 3 times")
    assert goals["cnn to 0.0% of the test images, the fast recipe"].endswith("required: 2 times")


@pytest.mark.keras
@in_keras_process
def test_operations_are_those_of_products_and_convolutions() -> None:
    # 128×128 pixels to 4, 4 to 6: forward, the weights' gradient, and the gradient of the second
    # layer's input.
    pixels = 128 * 128
    assert operations_an_image(dense_network((4,))) == 2 * (2 * pixels * 4 + 3 * 4 * 6)
    first, second, last = 63 * 63 * 16 * 64, 31 * 31 * 9 * 64 * 32, 31 * 31 * 32 * 6
    assert operations_an_image(convolutional_network(batch_norm=True)) == 2 * (
        2 * first + 3 * second + 3 * last
    )


@pytest.mark.slow
def test_logistic_regressions_are_timed_both_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suite, "SIZES", (40, 80))
    monkeypatch.setattr(suite, "SWEEP_SIZE", 60)
    render_store(120, seed=2, root=tmp_path)
    rows = suite.learning_measurements(open_store(RENDERED_NAME, tmp_path))
    assert [row.name.split()[0] for row in rows] == ["logistic", "…", "logistic", "…"]
    assert all(row.value > 0 for row in rows)
    assert all("times as fast" in row.goal for row in rows[1::2])
