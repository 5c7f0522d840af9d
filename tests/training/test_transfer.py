"""Transfer learning three ways on a few synthetic images, and the experiment that measures it."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.artifacts import store as artifacts
from core.common.types import Float32Array
from core.datasets.rendering import render_store
from core.datasets.store import Dataset, open_store
from core.experiments import transfer
from core.experiments.records.store import ResultCache, provenance_of, read_record, write_record
from core.experiments.transfer import TransferRecord
from core.training import transfer as trainings_module
from core.training.arrays import train_indices
from core.training.transfer import (
    MODES,
    Mode,
    TransferPoint,
    TransferTrainings,
    order_of,
    steps_for,
)
from core.zoo import ArticleSpec, Recipe, get_spec
from tests.helpers.keras_process import in_keras_process


def test_few_images_are_the_first_of_more(synthetic: Dataset) -> None:
    few, more = train_indices(synthetic, 5, 3), train_indices(synthetic, 20, 3)
    np.testing.assert_array_equal(few, more[:5])
    assert set(more) <= set(synthetic.indices("train"))
    assert len(set(more)) == 20
    assert set(train_indices(synthetic, 20, 4)) != set(more)


def test_every_epoch_has_every_image_once() -> None:
    chosen = np.array([3, 1, 4, 15])
    order = order_of(chosen, 10, seed=0)
    assert len(order) == 10
    for start in (0, 4):
        np.testing.assert_array_equal(np.sort(order[start : start + 4]), np.sort(chosen))
    assert set(order[8:]) <= set(chosen)


def test_more_steps_are_taken_only_for_a_whole_epoch() -> None:
    assert steps_for(20, 20) == steps_for(3_000, 32) == 120
    assert steps_for(18_000, 32) == 563


def test_only_the_first_seed_trains_on_very_many_images() -> None:
    cases = transfer.cases_for(18_000)
    assert len(cases) == len(set(cases)) == 3 * (7 * 3 + 1)
    assert [seed for mode, images, seed in cases if images == 18_000] == [0, 0, 0]
    assert max(images for _, images, _ in transfer.cases_for(60)) == 60


class _Weights(TransferTrainings):
    """Keeps what each mode learned, and checks how many sides it takes for wrong."""

    def __init__(self, spec: ArticleSpec, dataset: Dataset) -> None:
        super().__init__(spec, dataset)
        self.learned: dict[Mode, list[Float32Array]] = {}

    def _wrong(self, model: Any, mode: Mode) -> int:
        self.learned[mode] = model.get_weights()
        test = self._dataset.indices("test")
        images = self._dataset.images[test][..., None].astype("float32")
        right_hand = model.predict(images, verbose=0)[:, 0] > 0.5
        wrong = super()._wrong(model, mode)
        assert wrong == (right_hand != (self._dataset.sides[test] == 1)).sum()
        return wrong


@pytest.mark.keras
@in_keras_process
def test_each_mode_trains_the_layers_it_should(tmp_path: Path) -> None:
    import keras

    render_store(72, 0, root=tmp_path)
    dataset = open_store("rendered", tmp_path)
    trainings_module.MIN_STEPS = 6
    spec = get_spec("hand_side")
    trainings = _Weights(spec, dataset)
    results = {mode: trainings.train(mode, 40, 5) for mode in MODES}
    assert all(each.steps == 6 and each.seconds > 0 for each in results.values())
    learned = dict(trainings.learned)
    assert trainings.train("frozen", 40, 5).errors == results["frozen"].errors

    # The slow way to the same: the whole model, its backbone frozen, sees the images themselves.
    # Adam's first steps are as large for features that half precision rounds away, so it rounds
    # them too.
    assert spec.backbone is not None
    assert isinstance(spec.recipe, Recipe)
    keras.utils.set_random_seed(5)
    backbone = keras.models.load_model(
        artifacts.model_folder(spec.backbone) / "weights.keras", compile=False
    )
    model = spec.build(backbone)
    features = keras.ops.cast(keras.ops.cast(model.layers[-2].output, "float16"), "float32")
    model = keras.Model(model.input, model.layers[-1](features))
    adam = keras.optimizers.Adam(spec.recipe.learning_rate)
    model.compile(adam, "binary_crossentropy", jit_compile=False)
    start = [array.copy() for array in model.get_weights()]
    order = order_of(train_indices(dataset, 40, 5), 6 * 32, 5)
    images, answers = dataset.images[order][..., None].astype("float32"), dataset.sides[order]
    model.fit(images, answers, batch_size=32, shuffle=False, verbose=0)
    for ours, slow in zip(learned["frozen"], model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, slow, atol=1e-3)
        assert np.abs(ours - slow).mean() < 1e-5

    moved = {
        mode: [not np.allclose(one, two) for one, two in zip(start[:-2], weights[:-2], strict=True)]
        for mode, weights in learned.items()
    }
    assert not any(moved["frozen"])
    assert all(moved["fine_tuned"])
    assert all(moved["from_scratch"])
    near, far = (
        np.abs(start[0] - learned[mode][0]).max() for mode in ("fine_tuned", "from_scratch")
    )
    assert near < 0.1 * far


@pytest.mark.keras
@in_keras_process
def test_the_experiment_is_measured_read_back_and_resumed(tmp_path: Path) -> None:
    render_store(72, 0, root=tmp_path)
    dataset = open_store("rendered", tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trainings_module, "MIN_STEPS", 2)
        patch.setattr(transfer, "SIZES", (500,))
        patch.setattr(transfer, "SEEDS", (0, 1))
        patch.setattr(transfer, "MAX_IMAGES_OF_ALL_SEEDS", 12)
        patch.setattr(transfer, "ResultCache", partial(ResultCache, root=tmp_path))
        record = transfer.run(dataset)
        write_record("transfer", record, tmp_path)
        assert read_record("transfer", TransferRecord, tmp_path) == record
        assert record.sizes == (60,)
        assert [each.mode for each in record.points] == list(MODES)
        # What is finished is not trained again, for this could not train.
        patch.setattr(TransferTrainings, "train", lambda *_: pytest.fail("trained again"))
        assert transfer.run(dataset).points == record.points


def small_transfer(synthetic: Dataset) -> TransferRecord:
    points = [
        TransferPoint(mode, images, seed, 5, 12, images % 7 + seed, 0.5)
        for mode in MODES
        for images in (20, 50)
        for seed in (0, 1, 2)
    ]
    facts = provenance_of(synthetic, 0, ("numpy",))
    return TransferRecord(facts, "m", "hand_side", "cnn_batch_norm", "0" * 64, tuple(points))


def test_the_median_is_over_the_seeds(synthetic: Dataset) -> None:
    record = small_transfer(synthetic)
    assert record.sizes == (20, 50)
    assert record.median_accuracy("frozen", 50) == pytest.approx(1 - 2 / 12)


def test_a_transfer_record_that_contradicts_itself_is_refused(synthetic: Dataset) -> None:
    record = small_transfer(synthetic)
    for points in ((), record.points[1:], record.points[::-1]):
        with pytest.raises(ValueError, match="not every mode"):
            replace(record, points=points)
    for change in ({"errors": 13}, {"test_images": 0}, {"seconds": -1.0}, {"images": 0}):
        with pytest.raises(ValueError, match="impossible"):
            replace(record.points[0], **change)
