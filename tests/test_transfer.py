"""Transfer learning three ways on a few drawn images, and the experiments that train models."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from core.dataset.rendering import RENDERED_NAME, render_store
from core.dataset.store import Dataset, open_store
from core.errors import UserError
from core.experiments import fair_split, near_copies, transfer
from core.experiments.fair_split import FairResult, FairSplitRecord, parted
from core.experiments.finished import FinishedParts
from core.experiments.near_copies_record import NearCopiesRecord
from core.experiments.records import provenance_of, read_record, write_record
from core.experiments.transfer import TransferPoint, TransferRecord
from core.learning_data import learned_indices
from core.model_spec import ModelSpec
from core.near_copies import FairSplit
from core.transfer import MODES, order_of, steps_for
from core.zoo import all_specs

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    root = tmp_path_factory.mktemp("drawn")
    render_store(72, seed=1, root=root)
    return open_store(RENDERED_NAME, root)


def run(script: str, *arguments: str) -> str:
    """What a script says last, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True, text=True, cwd=ROOT, timeout=280, check=False,
        env=os.environ | {"CUDA_VISIBLE_DEVICES": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


def test_few_images_are_the_first_of_more(drawn: Dataset) -> None:
    few, more = learned_indices(drawn, 5, 3), learned_indices(drawn, 20, 3)
    np.testing.assert_array_equal(few, more[:5])
    assert set(more) <= set(drawn.indices("train"))
    assert len(set(more)) == 20
    assert set(learned_indices(drawn, 20, 4)) != set(more)


def test_every_pass_has_every_image_once() -> None:
    chosen = np.array([3, 1, 4, 15])
    order = order_of(chosen, 10, seed=0)
    assert len(order) == 10
    for start in (0, 4):
        np.testing.assert_array_equal(np.sort(order[start : start + 4]), np.sort(chosen))
    assert set(order[8:]) <= set(chosen)


def test_more_steps_are_taken_only_for_a_whole_pass() -> None:
    assert steps_for(20, 20) == steps_for(3_000, 32) == 120
    assert steps_for(18_000, 32) == 563


def test_only_the_first_seed_learns_from_very_many() -> None:
    cases = transfer.cases_for(18_000)
    assert len(cases) == len(set(cases)) == 3 * (7 * 3 + 1)
    assert [seed for mode, images, seed in cases if images == 18_000] == [0, 0, 0]
    assert max(images for _, images, _ in transfer.cases_for(60)) == 60


THREE_WAYS = """
import sys
from pathlib import Path

import keras
import numpy as np

from core import artifacts, transfer
from core.dataset.rendering import render_store
from core.dataset.store import open_store
from core.learning_data import learned_indices
from core.zoo import get_spec

folder = Path(sys.argv[1])
render_store(72, 0, root=folder)
dataset = open_store("rendered", folder)
transfer.LEAST_STEPS = 6
spec = get_spec("hand_side")
trainings = transfer.TransferTrainings(spec, dataset)
trained = {}
compute_wrong = trainings._wrong
def wrong(model, mode):
    trained[mode] = model.get_weights()
    test = dataset.indices("test")
    said = model.predict(dataset.images[test][..., None].astype("float32"), verbose=0) > 0.5
    true = dataset.sides[test] == 1
    assert compute_wrong(model, mode) == int((said[:, 0] != true).sum())
    return compute_wrong(model, mode)
trainings._wrong = wrong
outcomes = {mode: trainings.train(mode, 40, 5) for mode in transfer.MODES}
assert all(each.steps == 6 and each.seconds > 0 for each in outcomes.values()), outcomes
again = trainings.train("frozen", 40, 5)
assert again.wrong == outcomes["frozen"].wrong

# The slow way to the same: the whole model, its trunk frozen, sees the images themselves. Adam's
# first steps are as large for features that half precision rounds away, so it rounds them too.
keras.utils.set_random_seed(5)
trunk = keras.models.load_model(artifacts.weights_path(spec.trunk), compile=False)
model = spec.build(trunk)
features = keras.ops.cast(keras.ops.cast(model.layers[-2].output, "float16"), "float32")
model = keras.Model(model.input, model.layers[-1](features))
model.compile(keras.optimizers.Adam(spec.recipe.learning_rate), "binary_crossentropy")
start = [array.copy() for array in model.get_weights()]
order = transfer.order_of(learned_indices(dataset, 40, 5), 6 * 32, 5)
images, answers = dataset.images[order][..., None].astype("float32"), dataset.sides[order]
model.fit(images, answers, batch_size=32, shuffle=False, verbose=0)
for ours, slow in zip(trained["frozen"], model.get_weights()):
    np.testing.assert_allclose(ours, slow, atol=1e-3)
    assert np.abs(ours - slow).mean() < 1e-5

moved = {
    mode: [not np.allclose(one, two) for one, two in zip(start[:-2], weights[:-2])]
    for mode, weights in trained.items()
}
assert not any(moved["frozen"]), moved
assert all(moved["fine_tuned"]), moved
assert all(moved["from_scratch"]), moved
near = [np.abs(one - two).max() for one, two in zip(start[:1], trained["fine_tuned"][:1])]
far = [np.abs(one - two).max() for one, two in zip(start[:1], trained["from_scratch"][:1])]
assert near[0] < 0.1 * far[0], (near, far)
print("three ways")
"""


@pytest.mark.keras
def test_each_way_learns_what_it_says(tmp_path: Path) -> None:
    assert run(THREE_WAYS, str(tmp_path)) == "three ways"


EXPERIMENT = """
import sys
from functools import partial
from pathlib import Path

from core import transfer as trainings
from core.dataset.rendering import render_store
from core.dataset.store import open_store
from core.experiments import transfer
from core.experiments.finished import FinishedParts
from core.experiments.records import read_record, write_record

folder = Path(sys.argv[1])
render_store(72, 0, root=folder)
dataset = open_store("rendered", folder)
trainings.LEAST_STEPS = 2
transfer.SIZES, transfer.SEEDS, transfer.MOST_IMAGES_OF_ALL_SEEDS = (500,), (0, 1), 12
transfer.FinishedParts = partial(FinishedParts, root=folder)

record = transfer.run(dataset)
write_record("transfer", record, folder)
assert read_record("transfer", transfer.TransferRecord, folder) == record
assert record.sizes == (60,)
assert [each.mode for each in record.points] == list(trainings.MODES)

class Untrained:
    def __init__(self, *_):
        pass

transfer.TransferTrainings = Untrained
assert transfer.run(dataset).points == record.points
print("measured")
"""


@pytest.mark.keras
def test_the_experiment_is_measured_read_back_and_resumed(tmp_path: Path) -> None:
    assert run(EXPERIMENT, str(tmp_path)) == "measured"


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
fair_split.MOST_EPOCHS = {"cnn_batch_norm": 1}

record = fair_split.run(dataset)
write_record("fair_split", record, folder)
assert read_record("fair_split", fair_split.FairSplitRecord, folder) == record
(result,) = record.results
assert (result.name, result.epochs, result.test_images) == ("cnn_batch_norm", 1, 24)
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
    epochs = {each.name: each.epochs for each in record.results}
    assert epochs["cnn_batch_norm"] == fair_split.MOST_EPOCHS["cnn_batch_norm"]
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


@dataclass(frozen=True)
class Part:
    number: int

    def __post_init__(self) -> None:
        if self.number < 0:
            raise ValueError("negative")


def test_a_finished_part_is_not_measured_again(tmp_path: Path) -> None:
    measured: list[int] = []

    def measure() -> Part:
        measured.append(1)
        return Part(len(measured))

    first = FinishedParts("name", Part, {"data": "a"}, tmp_path)
    assert first.part("key", measure) == first.part("key", measure) == Part(1)
    assert FinishedParts("name", Part, {"data": "a"}, tmp_path).part("key", measure) == Part(1)
    assert first.part("other", measure) == Part(2)
    assert FinishedParts("name", Part, {"data": "b"}, tmp_path).part("key", measure) == Part(3)


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", "null", '{"settings": {"data": "a"}, "part": {"number": -1}}']
)
def test_a_damaged_part_is_measured_again(tmp_path: Path, damage: str) -> None:
    parts = FinishedParts("name", Part, {"data": "a"}, tmp_path)
    parts.part("key", lambda: Part(1))
    (tmp_path / "experiments" / "name" / "key.json").write_text(damage)
    assert parts.part("key", lambda: Part(2)) == Part(2)


def small_transfer(drawn: Dataset) -> TransferRecord:
    points = [
        TransferPoint(mode, images, seed, 5, 12, images % 7 + seed, 0.5)
        for mode in MODES
        for images in (20, 50)
        for seed in (0, 1, 2)
    ]
    facts = provenance_of(drawn, 0, ("numpy",))
    return TransferRecord(facts, "m", "hand_side", "cnn_batch_norm", "0" * 64, tuple(points))


def test_the_median_is_over_the_seeds(drawn: Dataset) -> None:
    record = small_transfer(drawn)
    assert record.sizes == (20, 50)
    assert record.median_accuracy("frozen", 50) == pytest.approx(1 - 2 / 12)


def test_a_transfer_record_that_contradicts_itself_is_refused(drawn: Dataset) -> None:
    record = small_transfer(drawn)
    for points in ((), record.points[1:], record.points[::-1]):
        with pytest.raises(ValueError, match="not every mode"):
            replace(record, points=points)
    for change in ({"wrong": 13}, {"test_images": 0}, {"seconds": -1.0}, {"images": 0}):
        with pytest.raises(ValueError, match="impossible"):
            replace(record.points[0], **change)


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
