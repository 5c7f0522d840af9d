"""How much a loss jumps, and the trainings with many seeds that measure it."""

import contextlib
import io
import json
from dataclasses import astuple, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.datasets.rendering import RENDERED_NAME, render_store
from core.datasets.store import Dataset, open_store
from core.experiments import stability
from core.experiments.records.store import RecordError, read_record, record_path, write_record
from core.experiments.stability import (
    MIN_LOSS,
    StabilityRecord,
    loss_increases,
    max_loss_increase,
    mean_loss_increase,
)
from core.training.trainer import TrainedSeed, TrainingRun
from tests.helpers.keras_process import in_keras_process
from tests.helpers.replay_models import epochs_of, net, records_of, write_all

LOSSES = st.lists(st.floats(0, 1e3), min_size=2, max_size=30)


@pytest.mark.parametrize(
    ("losses", "mean", "largest"),
    [
        ((1.0, 0.1, 0.01), 1.0, 1.0),
        ((0.3, 0.3, 0.3), 1.0, 1.0),
        # Doubled in every second epoch: the root of 2, however far it falls.
        ((1.0, 0.1, 0.2, 0.05, 0.1), 2**0.5, 2.0),
        ((0.01, 0.08, 0.02, 0.02), 8 ** (1 / 3), 8.0),
        # Below the least loss nothing counts.
        ((1.0, 0.0, MIN_LOSS / 2), 1.0, 1.0),
        ((1.0, 0.0, 3 * MIN_LOSS), 3**0.5, 3.0),
    ],
)
def test_golden_loss_increases(losses: tuple[float, ...], mean: float, largest: float) -> None:
    assert mean_loss_increase(losses) == pytest.approx(mean)
    assert max_loss_increase(losses) == pytest.approx(largest)


@given(LOSSES)
def test_a_mean_increase_is_between_one_and_the_largest(losses: list[float]) -> None:
    assert 1 <= mean_loss_increase(losses) <= max_loss_increase(losses) * (1 + 1e-9)
    assert len(loss_increases(losses)) == len(losses) - 1


@given(st.lists(st.floats(1e-3, 1e3), min_size=2, max_size=30), st.floats(1, 100))
def test_the_scale_of_the_losses_does_not_matter(losses: list[float], factor: float) -> None:
    larger = [loss * factor for loss in losses]
    assert mean_loss_increase(larger) == pytest.approx(mean_loss_increase(losses))


@pytest.mark.parametrize(
    "losses", [(), (1.0,), (1.0, -0.1), (1.0, float("nan")), (1.0, float("inf"))]
)
def test_impossible_loss_curves_are_refused(losses: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="loss"):
        mean_loss_increase(losses)


def test_a_network_knows_its_band_and_its_jumps() -> None:
    three = net("cnn", "CNN", (0.5, 0.05, 0.2, 0.02), 3)
    assert astuple(three.band[2]) == pytest.approx((3, 0.2, 0.4, 0.6))
    assert three.mean_loss_increase == pytest.approx(4 ** (1 / 3))
    assert three.max_loss_increase == pytest.approx(4)
    none = net("cnn", "CNN", (0.5, 0.1), 0)
    assert (none.band, none.mean_loss_increase, none.max_loss_increase) == ((), None, None)


def test_a_record_survives_and_knows_whether_it_is_finished(tmp_path: Path) -> None:
    write_all(tmp_path)
    record = read_record("stability", StabilityRecord, tmp_path / "experiments")
    assert [len(each.curves) for each in record.nets] == [2, 2, 1, 0]
    assert not record.finished
    assert record.machines == {"a machine": 5}
    assert replace(record, nets=record.nets[:2]).finished


def test_a_record_that_contradicts_itself_is_refused(tmp_path: Path) -> None:
    write_all(tmp_path)
    content = json.loads(record_path("stability", tmp_path / "experiments").read_text())
    first, *others = content["nets"]
    curve = first["curves"][0]
    damages = [
        {"seeds": [0]},
        {"nets": []},
        {"nets": [first, first]},
        {"nets": [first | {"epochs": 3}, *others]},
        {"nets": [first | {"curves": first["curves"][::-1]}, *others]},
        {"nets": [first | {"curves": [curve | {"seed": 5}]}, *others]},
        {"nets": [first | {"curves": [curve | {"epochs": curve["epochs"][:1]}]}, *others]},
        {"nets": [each | {"curves": []} for each in content["nets"]]},
    ]
    for number, damage in enumerate(damages):
        path = record_path("stability", tmp_path / f"{number}")
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(content | damage))
        with pytest.raises(RecordError, match="are damaged"):
            read_record("stability", StabilityRecord, tmp_path / f"{number}")


def test_the_networks_are_compared_at_their_own_recipes() -> None:
    assert stability.recipe_of("dense_batch_norm", 20).batch_size == 64
    assert stability.recipe_of("cnn", 20).batch_size == 32
    assert not stability.recipe_of("cnn", 20).horizontal_flip


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    root = tmp_path_factory.mktemp("synthetic")
    render_store(24, seed=0, root=root)
    return open_store(RENDERED_NAME, root)


class MadeUpTraining:
    """Stands for ``train_seed``: three epochs at once, of which it may be interrupted."""

    def __init__(self, interrupted_at: tuple[str, int] | None = None) -> None:
        self.interrupted_at = interrupted_at
        self.asked: list[tuple[str, int, int]] = []

    def __call__(self, run: TrainingRun, *_: object) -> TrainedSeed:
        if (run.spec.name, run.seed) == self.interrupted_at:
            raise KeyboardInterrupt
        self.asked.append((run.spec.name, run.seed, run.recipe.epochs))
        return TrainedSeed(None, list(epochs_of(run.seed, (0.5, 0.1, 0.2))), records_of(6, 4))


NETS, SEEDS = {"dense_128_64_32": 3, "cnn": 2}, (0, 1)


def test_every_seed_of_every_network_is_trained_for_its_epochs(
    synthetic: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = MadeUpTraining()
    monkeypatch.setattr(stability, "train_seed", training)
    record = stability.measure(synthetic, NETS, SEEDS)
    assert training.asked == [
        ("dense_128_64_32", 0, 3), ("dense_128_64_32", 1, 3), ("cnn", 0, 2), ("cnn", 1, 2)
    ]  # fmt: skip
    assert record.finished
    # A training that had gone on for longer serves a shorter plan.
    assert [len(net.band) for net in record.nets] == [3, 2]
    assert record.nets[0].mean_loss_increase == pytest.approx(2**0.5)


def test_after_an_interruption_the_record_holds_what_is_finished(
    synthetic: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stability, "train_seed", MadeUpTraining(("cnn", 1)))
    record = stability.measure(synthetic, NETS, SEEDS)
    assert [len(net.curves) for net in record.nets] == [2, 1]
    assert not record.finished
    monkeypatch.setattr(stability, "train_seed", MadeUpTraining(("dense_128_64_32", 0)))
    with pytest.raises(KeyboardInterrupt):
        stability.measure(synthetic, NETS, SEEDS)


@pytest.mark.keras
@in_keras_process
def test_a_tiny_measurement_is_stored_and_read_back(tmp_path: Path) -> None:
    render_store(24, seed=0, root=tmp_path)
    dataset = open_store("rendered", tmp_path)
    settings = ({"dense_batch_norm": 2}, (0,), tmp_path / "runs")
    epochs = io.StringIO()
    with contextlib.redirect_stdout(epochs):
        record = stability.measure(dataset, *settings)
    assert "dense_batch_norm seed 0 epoch 2/2: train loss" in epochs.getvalue()
    # What was finished is not trained again, for then its seconds would differ.
    assert stability.measure(dataset, *settings).nets == record.nets
    write_record("stability", record, tmp_path / "experiments")
    assert read_record("stability", StabilityRecord, tmp_path / "experiments") == record
