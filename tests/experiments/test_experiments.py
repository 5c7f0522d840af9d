"""Experiments: found, run on synthetic hands, recorded, read back; and what is recorded now."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from core import experiments
from core.__main__ import main
from core.common.errors import UserError
from core.datasets.rendering import RENDERED_NAME, render_store
from core.datasets.store import Dataset, open_store
from core.experiments import learning_curve, pooling, regularisation
from core.experiments.learning_curve import LearningCurveRecord
from core.experiments.pooling import PoolingRecord
from core.experiments.records import store as records
from core.experiments.records.logistic import (
    DualFitResult,
    FitConfig,
    PrimalFitResult,
    Samples,
    fit_path,
    samples_of,
)
from core.experiments.records.store import RecordError, read_record, write_record
from core.experiments.regularisation import RegularisationRecord
from core.images.pooling import Kind

PUBLISHED = "556a8e7c4f9306ce2344ed9cc964631356948f8a3eb9fc6e53eb3e6920129d09"
"""The fingerprint of the published dataset, as the cards of the models have it."""


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    root = tmp_path_factory.mktemp("synthetic")
    render_store(240, seed=1, root=root)
    return open_store(RENDERED_NAME, root)


def test_an_unknown_experiment_is_reported_with_the_known_ones() -> None:
    with pytest.raises(UserError, match=r"no experiment 'x'.*pooling"):
        experiments.get_experiment("x")


def test_the_command_asks_for_the_dataset_if_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FINGERS_DATA", str(tmp_path))
    assert main(["experiment", "pooling"]) == 1
    assert "python -m core data import" in capsys.readouterr().err


@dataclass(frozen=True)
class Leaf:
    label: str
    kind: Kind
    share: float
    note: str | None


@dataclass(frozen=True)
class Tree:
    leaves: tuple[Leaf, ...]
    counts: dict[str, int]
    pair: tuple[int, bool]


TREE = Tree((Leaf("a", "max", 0.5, None), Leaf("b", "average", 1.0, "n")), {"x": 1}, (3, True))


def test_a_record_survives_writing_and_reading(tmp_path: Path) -> None:
    write_record("tree", TREE, tmp_path)
    assert read_record("tree", Tree, tmp_path) == TREE


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ('"label": "a"', '"label": 1'),
        ('"kind": "max"', '"kind": "median"'),
        ('"share": 0.5', '"share": "0.5"'),
        ('"share": 0.5', '"share": NaN'),
        ('"share": 0.5', '"share": true'),
        ('"note": "n"', '"note": 3'),
        ('"x": 1', '"x": 1.5'),
        ('"pair": [3, true]', '"pair": [3]'),
        ('"pair": [3, true]', '"pair": [3, 1]'),
        ('"pair": [3, true]', '"other": 1'),
        ('"counts": {"x": 1}', '"counts": []'),
    ],
)
def test_a_record_of_other_types_is_a_plain_error(tmp_path: Path, good: str, bad: str) -> None:
    path = write_record("tree", TREE, tmp_path)
    text = json.dumps(json.loads(path.read_text()))
    assert good in text
    path.write_text(text.replace(good, bad))
    with pytest.raises(RecordError, match=r"are damaged .*python -m core experiment tree"):
        read_record("tree", Tree, tmp_path)


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"\xff\xfe", b"null", b"[" * 99_999])
def test_a_damaged_file_is_a_plain_error(tmp_path: Path, damage: bytes) -> None:
    write_record("tree", TREE, tmp_path).write_bytes(damage)
    with pytest.raises(RecordError, match="are damaged"):
        read_record("tree", Tree, tmp_path)


def test_missing_results_say_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="python -m core experiment tree"):
        read_record("tree", Tree, tmp_path)


def test_a_nan_is_not_recorded(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_record("tree", Tree((Leaf("a", "max", float("nan"), None),), {}, (1, True)), tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_pooling_is_measured_and_read_back(synthetic: Dataset, tmp_path: Path) -> None:
    record = pooling.run(synthetic)
    write_record("pooling", record, tmp_path)
    assert read_record("pooling", PoolingRecord, tmp_path) == record
    assert record.provenance.data.rendered
    assert [each.size for each in record.runs] == [64, 64, 64, 64, 32, 32, 16, 16]
    assert all(each.train_images == len(synthetic.indices("train")) for each in record.runs)
    assert all(each.accuracy > 0.4 for each in record.runs)


def test_the_recorded_pooling_is_of_the_published_dataset() -> None:
    record = read_record("pooling", PoolingRecord)
    assert record.provenance.data.fingerprint == PUBLISHED
    configs = [(each.kind, each.window, each.train_images) for each in record.runs]
    assert configs == [
        (kind, window, most) for window, most in pooling.CASES for kind in ("max", "average")
    ]
    assert all(each.test_images == 3_600 and each.converged for each in record.runs)
    (article,) = [each for each in record.runs if (each.kind, each.window) == ("max", 4)]
    assert article.errors == 2


@pytest.mark.slow
def test_the_learning_curve_is_measured_and_read_back(
    synthetic: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning_curve, "SIZES", (10, 40, 80))
    monkeypatch.setattr(learning_curve, "RUNS_ROOT", tmp_path / "runs")
    monkeypatch.setattr(learning_curve, "EXACT_UP_TO", 40)
    monkeypatch.setattr(learning_curve, "RELAXATIONS", (1.0, 100.0))
    record = learning_curve.run(synthetic)
    write_record("learning_curve", record, tmp_path)
    assert read_record("learning_curve", LearningCurveRecord, tmp_path) == record
    assert [each.config.train_images for each in record.fits] == [10, 40, 80]
    assert_not_behind(record.fits, record.raw)
    for ours, minimum in zip(record.fits, record.minima, strict=True):
        assert ours.objective == pytest.approx(minimum.objective, rel=2e-2)
    kept = tmp_path / "runs" / "experiments" / "learning_curve"
    names = {path.stem for path in kept.iterdir()}
    assert names == {"exact_minimum_10", "exact_minimum_40", "minimum_80"}
    assert record.relaxed[-1].config.c == 100
    assert record.unregularised.config == FitConfig(80, learning_curve.UNREGULARISED_C)


@pytest.mark.slow
def test_regularisation_is_measured_and_read_back(
    synthetic: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regularisation, "MAX_IMAGES", 100)
    monkeypatch.setattr(regularisation, "CS", regularisation.CS[::4])
    record = regularisation.run(synthetic)
    write_record("regularisation", record, tmp_path)
    assert read_record("regularisation", RegularisationRecord, tmp_path) == record
    assert [each.config.c for each in record.fits] == list(regularisation.CS)
    assert_not_behind(record.fits, record.raw)


def assert_not_behind(fits: tuple[DualFitResult, ...], raw: tuple[PrimalFitResult, ...]) -> None:
    """Ours ended by themselves, and are at least as near the minimum."""
    for ours, theirs in zip(fits, raw, strict=True):
        assert ours.converged
        # Pixels are float32 there.
        assert ours.objective <= theirs.objective * (1 + 1e-4)


def test_a_count_missing_from_few_images_is_not_predicted() -> None:
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (12, 128, 128), np.uint8)
    labels = np.array([1, 3, 5, 1, 3, 5, 0, 1, 2, 3, 4, 5], np.uint8)
    path, predictions = fit_path(
        Samples(images, labels, images, labels), [FitConfig(6, 1.0), FitConfig(12, 1.0)]
    )
    assert [each.train_errors for each in path.fits] == [0, 0]
    assert path.fits[0].errors >= 3
    np.testing.assert_array_equal(predictions, labels)


def test_samples_are_shuffled_the_same_whatever_their_number(synthetic: Dataset) -> None:
    few, more = samples_of(synthetic, 20), samples_of(synthetic, 50)
    np.testing.assert_array_equal(few.images, more.images[:20])
    assert len(set(few.labels)) > 3


PUBLISHED_RECORDS = {
    "learning_curve": LearningCurveRecord,
    "regularisation": RegularisationRecord,
}


@pytest.mark.parametrize("name", PUBLISHED_RECORDS)
def test_a_record_that_contradicts_itself_is_refused(name: str, tmp_path: Path) -> None:
    content = json.loads(records.record_path(name).read_text())
    path = records.record_path(name, tmp_path)
    path.parent.mkdir()
    for damage in (
        {"fits": content["fits"][::-1]},
        {"raw": content["raw"][1:]},
        {"minima": content["minima"][1:]} if "minima" in content else {"raw": []},
        {"gram_seconds": -1.0},
        {"fits": [content["fits"][0] | {"errors": 9_999}, *content["fits"][1:]]},
        {"fits": [content["fits"][0] | {"train_wrong": -1}, *content["fits"][1:]]},
    ):
        path.write_text(json.dumps(content | damage))
        records._read_once.cache_clear()
        with pytest.raises(RecordError, match="are damaged"):
            read_record(name, PUBLISHED_RECORDS[name], tmp_path)


def test_the_recorded_learning_curve_is_of_the_published_dataset() -> None:
    record = read_record("learning_curve", LearningCurveRecord)
    assert record.provenance.data.fingerprint == PUBLISHED
    assert [each.config.train_images for each in record.fits] == list(learning_curve.SIZES)
    assert_not_behind(record.fits, record.raw)
    assert record.raw_seconds > 5 * record.seconds
    assert record.farthest_from_minimum <= 0.001
    for ours, minimum in zip(record.fits, record.minima, strict=True):
        assert ours.objective <= minimum.objective


def test_the_recorded_regularisation_is_of_the_published_dataset() -> None:
    record = read_record("regularisation", RegularisationRecord)
    assert record.provenance.data.fingerprint == PUBLISHED
    assert [each.config.c for each in record.fits] == pytest.approx(list(regularisation.CS))
    assert_not_behind(record.fits, record.raw)
    assert record.raw_seconds > 5 * record.seconds


def test_the_records_lie_beside_the_models() -> None:
    folders = {path.name for path in records.EXPERIMENTS_ROOT.iterdir()}
    assert folders <= set(experiments.all_experiments())
