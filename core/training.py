"""Training a model of the zoo for one seed: resumable, with every epoch recorded."""

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core import artifacts
from core.artifacts import Epoch
from core.dataset.store import Dataset
from core.epoch_records import EpochRecords, before_training, from_npz, to_npz
from core.files import write_bytes_atomically, write_text_atomically
from core.learning_data import LearningData, learning_data
from core.memory import keep_freed_memory
from core.model_spec import ModelSpec, Recipe
from core.preparation import PREPARATION_VERSION
from core.watching import (
    BatchWatch,
    Tested,
    batch_callback,
    read_test_images,
    visible_weights,
)

if TYPE_CHECKING:
    import keras

RUNS_ROOT = Path(__file__).resolve().parents[1] / "runs"
"""Where unfinished and finished seeds are kept, outside git."""


@dataclass(frozen=True)
class SeedSettings:
    """All that an epoch depends on; another value of any of it starts over.

    The number of epochs is not among it: a longer recipe goes on from where a shorter one ended.
    """

    seed: int
    batch_size: int
    learning_rate: float
    images: int | None
    data_fingerprint: str
    preparation_version: int
    trunk_sha256: str | None


@dataclass(frozen=True)
class TrainedSeed:
    """A finished seed: its model in memory, its history, and what was recorded of its epochs."""

    model: "keras.Model"
    history: list[Epoch]
    records: EpochRecords


def quiet_tensorflow() -> None:
    """Keep TensorFlow's start-up notes out of the user's terminal; call before importing Keras."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


def train_seed(
    spec: ModelSpec,
    recipe: Recipe,
    dataset: Dataset,
    seed: int,
    report: Callable[[Epoch], None],
    runs_root: Path = RUNS_ROOT,
    models_root: Path = artifacts.MODELS_ROOT,
    watch: BatchWatch | None = None,
) -> TrainedSeed:
    """Train one seed to the end of a recipe, from its last checkpoint where there is one.

    Args:
        report: called after each epoch, with those of an earlier, interrupted run first.
        watch: called after each batch.

    Raises:
        ArtifactError: the trunk this model starts from is not trained.
        OSError: the disk is full or not writable.
    """
    quiet_tensorflow()
    keep_freed_memory()
    import keras

    folder = runs_root / spec.name / f"seed-{seed}"
    settings = _settings(spec, recipe, dataset, seed, models_root)
    data = learning_data(spec.target, dataset, recipe.images, seed)
    keras.utils.set_random_seed(seed)
    resumed = _resumed(folder, settings)
    if resumed is None:
        model = _new_model(spec, recipe, models_root)
        tested = read_test_images(model, data)
        history, records = [], before_training(tested.confusion, visible_weights(model))
        write_text_atomically(folder / "settings.json", json.dumps(asdict(settings), indent=1))
    else:
        model, history, records = resumed.model, resumed.history, resumed.records
    for epoch in history:
        report(epoch)
    for number in range(len(history) + 1, recipe.epochs + 1):
        epoch, tested = _train_epoch(model, recipe, data, seed, number, watch)
        history = [*history, epoch]
        records = records.followed_by(tested.confusion, visible_weights(model))
        _save(folder, TrainedSeed(model, history, records))
        report(epoch)
    return TrainedSeed(model, history, records)


def _settings(
    spec: ModelSpec, recipe: Recipe, dataset: Dataset, seed: int, models_root: Path
) -> SeedSettings:
    trunk_sha256 = None
    if spec.trunk is not None:
        trunk_sha256 = artifacts.read_card(spec.trunk, models_root).sha256["weights.keras"]
    return SeedSettings(
        seed,
        recipe.batch_size,
        recipe.learning_rate,
        recipe.images,
        dataset.facts.fingerprint,
        PREPARATION_VERSION,
        trunk_sha256,
    )


def _new_model(spec: ModelSpec, recipe: Recipe, models_root: Path) -> "keras.Model":
    import keras

    trunk = None
    if spec.trunk is not None:
        artifacts.read_verified(spec.trunk, "weights.keras", models_root)
        trunk = keras.models.load_model(
            artifacts.weights_path(spec.trunk, models_root), compile=False, safe_mode=True
        )
    model = spec.build(trunk)
    loss = "categorical_crossentropy" if spec.target == "fingers" else "binary_crossentropy"
    model.compile(
        optimizer=keras.optimizers.Adam(recipe.learning_rate),
        loss=loss,
        metrics=["accuracy"],
        jit_compile=False,  # measured on two cores: XLA's convolutions take twice as long
    )
    return model


def _checkpoint(folder: Path, epochs: int) -> Path:
    return folder / f"epoch-{epochs:03d}.keras"


def _save(folder: Path, at: TrainedSeed) -> None:
    """Keep a seed as it is after its last epoch; the history, written last, makes it count."""
    number = len(at.history)
    # An archive of weights cannot be written in place safely, so it is made apart and moved.
    partial = folder / "partial.keras"
    at.model.save(partial)
    partial.replace(_checkpoint(folder, number))
    write_bytes_atomically(folder / "epochs.npz", to_npz(at.records))
    write_bytes_atomically(folder / "history.csv", artifacts.history_csv(at.history))
    _checkpoint(folder, number - 1).unlink(missing_ok=True)


def _resumed(folder: Path, settings: SeedSettings) -> TrainedSeed | None:
    """What a run with the very same settings finished; None to start over."""
    import keras

    try:
        written = json.loads((folder / "settings.json").read_text())
        history = artifacts.parse_history((folder / "history.csv").read_bytes())
        records = from_npz((folder / "epochs.npz").read_bytes()).up_to(len(history))
    except (OSError, ValueError, KeyError):
        return None
    checkpoint = _checkpoint(folder, len(history))
    complete = len(records.epoch) == len(history) + 1 and checkpoint.is_file()
    if written != asdict(settings) or not complete:
        return None
    return TrainedSeed(keras.models.load_model(checkpoint, safe_mode=True), history, records)


def _train_epoch(
    model: "keras.Model",
    recipe: Recipe,
    data: LearningData,
    seed: int,
    number: int,
    watch: BatchWatch | None,
) -> tuple[Epoch, Tested]:
    started = time.perf_counter()
    order = np.random.default_rng([seed, number]).permutation(len(data.images))
    fitted = model.fit(
        data.images[order],
        data.targets[order],
        batch_size=recipe.batch_size,
        shuffle=False,
        verbose="auto",
        callbacks=None if watch is None else [batch_callback(number, watch)],
    )
    tested = read_test_images(model, data)
    epoch = Epoch(
        seed=seed,
        epoch=number,
        train_loss=round(fitted.history["loss"][0], 6),
        train_accuracy=round(fitted.history["accuracy"][0], 6),
        test_loss=round(tested.loss, 6),
        test_accuracy=round(tested.accuracy, 6),
        seconds=round(time.perf_counter() - started, 2),
    )
    return epoch, tested
