"""The experiment that trains the models on a split without near copies."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from own_process import run

from core.dataset.store import Dataset
from core.errors import UserError
from core.experiments import fair_split, near_copies
from core.experiments.fair_split import FairResult, FairSplitRecord, parted
from core.experiments.near_copies_record import NearCopiesRecord
from core.experiments.records import provenance_of, read_record, write_record
from core.model_spec import ModelSpec
from core.near_copies import FairSplit
from core.zoo import all_specs

FAIR = """
import sys
from pathlib import Path

from core.dataset.rendering import render_store
from core.dataset.store import open_store
from core.errors import UserError
from core.experiments import fair_split, near_copies
from core.experiments.records import read_record, write_record
from core.model_spec import dry_run_of
from core.zoo import get_spec

folder = Path(sys.argv[1])
render_store(120, 0, root=folder)
dataset = open_store("rendered", folder)
near_copies.HELD_OUT = fair_split.HELD_OUT = 4
copies = near_copies.run(dataset)
fair_split.read_record = lambda *_: copies
fair_split.all_specs = lambda: {"cnn_batch_norm": dry_run_of(get_spec("cnn_batch_norm"))}
fair_split.RUNS_ROOT = folder

record = fair_split.run(dataset)
write_record("fair_split", record, folder)
assert read_record("fair_split", fair_split.FairSplitRecord, folder) == record
(result,) = record.results
assert (result.name, result.epochs, result.test_images) == ("cnn_batch_norm", 2, 24)
assert result.usual_accuracy == 1
print("measured")
"""


@pytest.mark.keras
def test_a_model_learns_from_the_fair_split(tmp_path: Path) -> None:
    assert run(FAIR, str(tmp_path)) == "measured"


def test_models_learn_from_the_fair_split_once_and_trunks_first(
    drawn: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(near_copies, "HELD_OUT", 2)
    monkeypatch.setattr(fair_split, "HELD_OUT", 2)
    copies = near_copies.run(drawn)
    monkeypatch.setattr(fair_split, "read_record", lambda *_: copies)
    monkeypatch.setattr(fair_split, "RUNS_ROOT", tmp_path)
    trained: list[str] = []

    def train(spec: ModelSpec, fair: Dataset, *_: object, **folders: Path) -> SimpleNamespace:
        assert fair.facts.fingerprint == copies.fair_splits[3].fingerprint
        assert all(tmp_path in folder.parents for folder in list(folders.values())[:2])
        trained.append(spec.name)
        tested = SimpleNamespace(test_images=len(fair.indices("test")))
        return SimpleNamespace(epochs=spec.recipe.epochs, data=tested, wrong=3)

    monkeypatch.setattr("core.recording.train_and_record", train)
    record = fair_split.run(drawn)
    assert set(trained) == set(all_specs())
    assert trained.index("cnn_batch_norm") < trained.index("hand_side")
    assert [each.name for each in record.results] == sorted(all_specs())
    expected = {name: spec.recipe.epochs for name, spec in all_specs().items()}
    assert {each.name: each.epochs for each in record.results} == expected
    assert fair_split.run(drawn).results == record.results
    assert len(trained) == len(all_specs())


def test_the_near_copies_of_another_dataset_are_of_no_use(
    drawn: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fair_split, "HELD_OUT", 2)
    with pytest.raises(UserError, match="python -m core experiment near_copies"):
        fair_split.run(drawn)


def test_a_parted_dataset_holds_what_the_split_keeps(drawn: Dataset) -> None:
    split = FairSplit(np.array([0, 5, 7]), np.array([3, 9]), np.array([1, 2]))
    fair = parted(drawn, split, "0" * 64)
    assert fair.facts.images == 5
    assert fair.facts.fingerprint == "0" * 64
    for part, positions in (("train", split.train), ("test", split.test)):
        indices = fair.indices("train" if part == "train" else "test")
        np.testing.assert_array_equal(fair.images[indices], drawn.images[positions])
        np.testing.assert_array_equal(fair.fingers[indices], drawn.fingers[positions])
        np.testing.assert_array_equal(fair.names[indices], drawn.names[positions])


def small_fair_split(drawn: Dataset) -> FairSplitRecord:
    found = read_record("near_copies", NearCopiesRecord).fair_splits[3]
    results = tuple(
        FairResult(name, name.title(), "fingers", 3, 1_800, wrong, 3_600, usual)
        for name, wrong, usual in (("a", 40, 2), ("b", 9, 0))
    )
    return FairSplitRecord(
        provenance=provenance_of(drawn, 0, ("numpy",)),
        region="outer",
        train_images=found.train_images,
        left_out=found.left_out,
        split_fingerprint=found.fingerprint,
        one_nearest=found.one_nearest,
        results=results,
    )


def test_a_record_of_the_fair_split_survives_writing(drawn: Dataset, tmp_path: Path) -> None:
    record = small_fair_split(drawn)
    unknown = replace(record.results[0], usual_test_images=None, usual_wrong=None)
    record = replace(record, results=(unknown, record.results[1]))
    path = write_record("fair_split", record, tmp_path)
    assert read_record("fair_split", FairSplitRecord, tmp_path) == record
    assert json.loads(path.read_text())["results"][0]["usual_wrong"] is None
    assert unknown.usual_accuracy is None


def test_a_record_of_the_fair_split_that_contradicts_itself_is_refused(drawn: Dataset) -> None:
    record = small_fair_split(drawn)
    for results in ((), record.results[::-1], (record.results[0],) * 2):
        with pytest.raises(ValueError, match="not in order"):
            replace(record, results=results)
    for change in ({"wrong": 1_801}, {"epochs": 0}, {"usual_wrong": None}, {"usual_wrong": -1}):
        with pytest.raises(ValueError, match=r"impossible|half known"):
            replace(record.results[0], **change)
    other = replace(record.results[1], test_images=1_799)
    with pytest.raises(ValueError, match="same images"):
        replace(record, results=(record.results[0], other))
