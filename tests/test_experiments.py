"""Experiments: found, run on drawn hands, recorded, read back; and what is recorded now."""

import importlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from core import experiments
from core.__main__ import main
from core.dataset.rendering import RENDERED_NAME, render_store
from core.dataset.store import Dataset, open_store
from core.errors import UserError
from core.experiments import Experiment, pooling, records
from core.experiments.pooling import PoolingRecord
from core.experiments.records import RecordError, read_record, write_record
from core.pooling import Kind

PUBLISHED = "556a8e7c4f9306ce2344ed9cc964631356948f8a3eb9fc6e53eb3e6920129d09"
"""The fingerprint of the published dataset, as the cards of the models have it."""


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    root = tmp_path_factory.mktemp("drawn")
    render_store(240, seed=1, root=root)
    return open_store(RENDERED_NAME, root)


@pytest.fixture
def extra_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(experiments, "__path__", [*experiments.__path__, str(tmp_path)])
    experiments.all_experiments.cache_clear()
    importlib.invalidate_caches()
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]
    experiments.all_experiments.cache_clear()


def test_every_file_is_an_experiment_but_what_they_share() -> None:
    files = {path.stem for path in Path(experiments.__path__[0]).glob("*.py")}
    shared = {"__init__", "records", "near_copies_record"}
    assert set(experiments.all_experiments()) == files - shared


def test_a_new_file_is_a_new_experiment(extra_folder: Path) -> None:
    (extra_folder / "another.py").write_text(
        "from core.experiments import Experiment\n"
        "EXPERIMENT = Experiment('another', 'One more', lambda dataset: None)\n"
    )
    assert experiments.get_experiment("another").title == "One more"


@pytest.mark.parametrize("source", ["experiment = 1\n", "EXPERIMENT = 'broken'\n"])
def test_a_broken_entry_fails_loudly(extra_folder: Path, source: str) -> None:
    (extra_folder / "broken.py").write_text(source)
    with pytest.raises(TypeError, match=r"core/experiments/broken.py must end in EXPERIMENT"):
        experiments.all_experiments()


@pytest.mark.parametrize("name", ["Upper", "a-b", "../x", ""])
def test_names_are_safe_folder_names(name: str) -> None:
    with pytest.raises(ValueError, match="is not a name"):
        Experiment(name, "Title", lambda dataset: dataset.facts)


def test_an_unknown_experiment_is_named_with_those_there_are() -> None:
    with pytest.raises(UserError, match=r"no experiment 'x'.*pooling"):
        experiments.get_experiment("x")


def test_the_command_asks_for_the_dataset_where_there_is_none(
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


def test_a_number_that_is_none_is_not_recorded(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_record("tree", Tree((Leaf("a", "max", float("nan"), None),), {}, (1, True)), tmp_path)
    assert not list(tmp_path.iterdir())


def test_pooling_is_measured_and_read_back(drawn: Dataset, tmp_path: Path) -> None:
    record = pooling.run(drawn)
    write_record("pooling", record, tmp_path)
    assert read_record("pooling", PoolingRecord, tmp_path) == record
    assert record.provenance.data.rendered
    assert [each.size for each in record.runs] == [64, 64, 64, 64, 32, 32, 16, 16]
    assert all(each.train_images == len(drawn.indices("train")) for each in record.runs)
    assert all(each.accuracy > 0.4 for each in record.runs)


def test_few_images_are_the_first_of_a_seeded_shuffle(drawn: Dataset) -> None:
    few, fewer = pooling.train_indices(drawn, 50), pooling.train_indices(drawn, 20)
    assert set(fewer) < set(few) < set(drawn.indices("train"))
    np.testing.assert_array_equal(few, pooling.train_indices(drawn, 50))


def test_the_recorded_pooling_is_of_the_published_dataset() -> None:
    record = read_record("pooling", PoolingRecord)
    assert record.provenance.data.fingerprint == PUBLISHED
    cases = [(each.kind, each.window, each.train_images) for each in record.runs]
    assert cases == [
        (kind, window, most) for window, most in pooling.CASES for kind in ("max", "average")
    ]
    assert all(each.test_images == 3_600 and each.converged for each in record.runs)
    (article,) = [each for each in record.runs if (each.kind, each.window) == ("max", 4)]
    assert article.wrong == 2


def test_the_records_lie_beside_the_models() -> None:
    folders = {path.name for path in records.EXPERIMENTS_ROOT.iterdir()}
    assert folders <= set(experiments.all_experiments())
