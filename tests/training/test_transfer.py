"""Transfer learning three ways on a few drawn images, and the experiment that measures it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.datasets.store import Dataset
from core.experiments import transfer
from core.experiments._records import provenance_of
from core.experiments.transfer import TransferPoint, TransferRecord
from core.training.arrays import train_indices
from core.training.transfer import MODES, order_of, steps_for
from tests.helpers.own_process import run


def test_few_images_are_the_first_of_more(drawn: Dataset) -> None:
    few, more = train_indices(drawn, 5, 3), train_indices(drawn, 20, 3)
    np.testing.assert_array_equal(few, more[:5])
    assert set(more) <= set(drawn.indices("train"))
    assert len(set(more)) == 20
    assert set(train_indices(drawn, 20, 4)) != set(more)


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

from core.artifacts import store as artifacts
from core.training.trainer import transfer
from core.datasets.rendering import render_store
from core.datasets.store import open_store
from core.training.arrays import learned_indices
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

# The slow way to the same: the whole model, its backbone frozen, sees the images themselves. Adam's
# first steps are as large for features that half precision rounds away, so it rounds them too.
keras.utils.set_random_seed(5)
backbone = keras.models.load_model(artifacts.weights_path(spec.backbone), compile=False)
model = spec.build(backbone)
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

from core.training.trainer import transfer as trainings
from core.datasets.rendering import render_store
from core.datasets.store import open_store
from core.experiments import transfer
from core.experiments._result_cache import FinishedParts
from core.experiments._records import read_record
from core.experiments._records import write_record

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
    for change in ({"errors": 13}, {"test_images": 0}, {"seconds": -1.0}, {"images": 0}):
        with pytest.raises(ValueError, match="impossible"):
            replace(record.points[0], **change)
