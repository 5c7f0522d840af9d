"""The experiment that trains the models on a split without near-duplicates."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from core.artifacts.cards import SeedRun
from core.common.errors import UserError
from core.datasets.near_duplicates import DeduplicatedSplit
from core.datasets.rendering import render_store
from core.datasets.store import Dataset, open_store
from core.experiments import deduplicated_split, near_duplicates
from core.experiments.deduplicated_split import DeduplicatedResult, DeduplicatedSplitRecord, parted
from core.experiments.records.near_duplicates import NearDuplicatesRecord
from core.experiments.records.store import provenance_of, read_record, write_record
from core.zoo import ArticleSpec, article_specs, dry_run_of, get_spec
from tests.helpers.keras_process import in_keras_process


@pytest.mark.keras
@in_keras_process
def test_a_model_is_trained_on_the_deduplicated_split(tmp_path: Path) -> None:
    render_store(120, 0, root=tmp_path)
    dataset = open_store("rendered", tmp_path)
    specs = {"cnn_batch_norm": dry_run_of(get_spec("cnn_batch_norm"))}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(near_duplicates, "HELD_OUT", 4)
        patch.setattr(deduplicated_split, "HELD_OUT", 4)
        near = near_duplicates.run(dataset)
        patch.setattr(deduplicated_split, "read_record", lambda *_: near)
        patch.setattr(deduplicated_split, "article_specs", lambda: specs)
        patch.setattr(deduplicated_split, "RUNS_ROOT", tmp_path)
        record = deduplicated_split.run(dataset)
    write_record("deduplicated_split", record, tmp_path)
    assert read_record("deduplicated_split", DeduplicatedSplitRecord, tmp_path) == record
    (result,) = record.results
    assert (result.name, result.epochs, result.test_images) == ("cnn_batch_norm", 2, 24)
    assert result.usual_accuracy == 1


@pytest.mark.slow
def test_models_are_trained_on_the_deduplicated_split_once_and_backbones_first(
    synthetic: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(near_duplicates, "HELD_OUT", 2)
    monkeypatch.setattr(deduplicated_split, "HELD_OUT", 2)
    near = near_duplicates.run(synthetic)
    monkeypatch.setattr(deduplicated_split, "read_record", lambda *_: near)
    monkeypatch.setattr(deduplicated_split, "RUNS_ROOT", tmp_path)
    trained: list[str] = []

    def train(
        spec: ArticleSpec, deduplicated: Dataset, *_: object, **folders: Path
    ) -> SimpleNamespace:
        assert deduplicated.facts.fingerprint == near.deduplicated_splits[3].fingerprint
        assert all(tmp_path in folder.parents for folder in list(folders.values())[:2])
        trained.append(spec.name)
        run = SeedRun(0, spec.recipe.epochs, 0.1, 0.9, 3, 0.8, 1.0)
        return SimpleNamespace(on_dataset=SimpleNamespace(runs=(run,)))

    monkeypatch.setattr("core.training.publish.train_and_record", train)
    record = deduplicated_split.run(synthetic)
    assert set(trained) == set(article_specs())
    assert trained.index("cnn_batch_norm") < trained.index("hand_side")
    assert [each.name for each in record.results] == sorted(article_specs())
    expected = {name: spec.recipe.epochs for name, spec in article_specs().items()}
    assert {each.name: each.epochs for each in record.results} == expected
    assert deduplicated_split.run(synthetic).results == record.results
    assert len(trained) == len(article_specs())


def test_the_near_duplicates_of_another_dataset_are_refused(
    synthetic: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deduplicated_split, "HELD_OUT", 2)
    with pytest.raises(UserError, match="python -m core experiment near_duplicates"):
        deduplicated_split.run(synthetic)


def test_a_parted_dataset_holds_what_the_split_keeps(synthetic: Dataset) -> None:
    split = DeduplicatedSplit(np.array([0, 5, 7]), np.array([3, 9]), np.array([1, 2]))
    deduplicated = parted(synthetic, split, "0" * 64)
    assert deduplicated.facts.images == 5
    assert deduplicated.facts.fingerprint == "0" * 64
    for part, positions in (("train", split.train), ("test", split.test)):
        indices = deduplicated.indices("train" if part == "train" else "test")
        np.testing.assert_array_equal(deduplicated.images[indices], synthetic.images[positions])
        np.testing.assert_array_equal(deduplicated.fingers[indices], synthetic.fingers[positions])
        np.testing.assert_array_equal(deduplicated.names[indices], synthetic.names[positions])


def small_deduplicated_split(synthetic: Dataset) -> DeduplicatedSplitRecord:
    found = read_record("near_duplicates", NearDuplicatesRecord).deduplicated_splits[3]
    results = tuple(
        DeduplicatedResult(name, name.title(), "fingers", 3, 1_800, errors, 3_600, usual)
        for name, errors, usual in (("a", 40, 2), ("b", 9, 0))
    )
    return DeduplicatedSplitRecord(
        provenance=provenance_of(synthetic, 0, ("numpy",)),
        region="outer",
        train_images=found.train_images,
        left_out=found.left_out,
        split_fingerprint=found.fingerprint,
        nearest_neighbour=found.nearest_neighbour,
        results=results,
    )


def test_a_record_survives_writing(synthetic: Dataset, tmp_path: Path) -> None:
    record = small_deduplicated_split(synthetic)
    unknown = replace(record.results[0], usual_test_images=None, usual_errors=None)
    record = replace(record, results=(unknown, record.results[1]))
    path = write_record("deduplicated_split", record, tmp_path)
    assert read_record("deduplicated_split", DeduplicatedSplitRecord, tmp_path) == record
    assert json.loads(path.read_text())["results"][0]["usual_errors"] is None
    assert unknown.usual_accuracy is None


def test_a_record_that_contradicts_itself_is_refused(
    synthetic: Dataset,
) -> None:
    record = small_deduplicated_split(synthetic)
    for results in ((), record.results[::-1], (record.results[0],) * 2):
        with pytest.raises(ValueError, match="not in order"):
            replace(record, results=results)
    for change in ({"errors": 1_801}, {"epochs": 0}, {"usual_errors": None}, {"usual_errors": -1}):
        with pytest.raises(ValueError, match=r"impossible|are incomplete"):
            replace(record.results[0], **change)
    other = replace(record.results[1], test_images=1_799)
    with pytest.raises(ValueError, match="same images"):
        replace(record, results=(record.results[0], other))
