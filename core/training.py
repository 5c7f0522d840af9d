"""Training a model of the zoo for one seed: resumable, with every epoch recorded.

This module and ``core.export`` are the only ones that import Keras; they run in processes of
their own, never in the app's.
"""

import json
import math
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core import artifacts
from core.artifacts import Epoch
from core.dataset.store import Dataset, Split
from core.files import write_bytes_atomically, write_text_atomically
from core.model_spec import ModelSpec
from core.preparation import PREPARATION_VERSION, as_model_input
from core.types import FINGER_COUNTS, SIDES, Float32Array

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
    data_fingerprint: str
    preparation_version: int
    trunk_sha256: str | None


@dataclass(frozen=True)
class TrainedSeed:
    """A finished seed: its model in memory and its history."""

    model: "keras.Model"
    history: list[Epoch]


def dry_run_of(spec: ModelSpec) -> ModelSpec:
    """The same model with a recipe of seconds: two epochs, to see that every part works."""
    return replace(spec, recipe=replace(spec.recipe, epochs=2, batch_size=20))


def quiet_tensorflow() -> None:
    """Keep TensorFlow's start-up notes out of the user's terminal; call before importing Keras."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


def targets(spec: ModelSpec, dataset: Dataset, indices: np.ndarray[Any, Any]) -> Float32Array:
    """What the model should answer: (images, 6) one-hot counts, or (images, 1) right hands."""
    if spec.target == "fingers":
        answers = dataset.fingers[indices][:, None] == np.array(FINGER_COUNTS)
    else:
        answers = dataset.sides[indices][:, None] == SIDES.index("R")
    return np.asarray(answers, np.float32)


def train_seed(
    spec: ModelSpec,
    dataset: Dataset,
    seed: int,
    report: Callable[[Epoch], None],
    runs_root: Path = RUNS_ROOT,
    models_root: Path = artifacts.MODELS_ROOT,
) -> TrainedSeed:
    """Train one seed to the end of its recipe, from its last checkpoint where there is one.

    Args:
        report: called after each epoch, with those of an earlier, interrupted run first.

    Raises:
        ArtifactError: the trunk this model starts from is not trained.
        OSError: the disk is full or not writable.
    """
    quiet_tensorflow()
    import keras

    folder = runs_root / spec.name / f"seed-{seed}"
    trunk_sha256 = None
    if spec.trunk is not None:
        trunk_sha256 = artifacts.read_card(spec.trunk, models_root).sha256["weights.keras"]
    settings = SeedSettings(
        seed,
        spec.recipe.batch_size,
        spec.recipe.learning_rate,
        dataset.facts.fingerprint,
        PREPARATION_VERSION,
        trunk_sha256,
    )
    history = _resumable_history(folder, settings)
    keras.utils.set_random_seed(seed)
    if history:
        model = keras.models.load_model(_checkpoint(folder, len(history)), safe_mode=True)
    else:
        model = _new_model(spec, models_root)
        write_text_atomically(folder / "settings.json", json.dumps(asdict(settings), indent=1))
    for epoch in history:
        report(epoch)
    # An archive of weights cannot be written in place safely, so it is made apart and moved.
    for number in range(len(history) + 1, spec.recipe.epochs + 1):
        history.append(_train_epoch(model, spec, dataset, seed, number))
        partial = folder / "partial.keras"
        model.save(partial)
        partial.replace(_checkpoint(folder, number))
        write_bytes_atomically(folder / "history.csv", artifacts.history_csv(history))
        _checkpoint(folder, number - 1).unlink(missing_ok=True)
        report(history[-1])
    return TrainedSeed(model, history)


def _new_model(spec: ModelSpec, models_root: Path) -> "keras.Model":
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
        optimizer=keras.optimizers.Adam(spec.recipe.learning_rate),
        loss=loss,
        metrics=["accuracy"],
        jit_compile=False,  # measured on two cores: XLA's convolutions take twice as long
    )
    return model


def _checkpoint(folder: Path, epochs: int) -> Path:
    return folder / f"epoch-{epochs:03d}.keras"


def _resumable_history(folder: Path, settings: SeedSettings) -> list[Epoch]:
    """The epochs that a run with the very same settings finished; empty to start over."""
    try:
        written = json.loads((folder / "settings.json").read_text())
        history = artifacts.parse_history((folder / "history.csv").read_bytes())
    except (OSError, ValueError, KeyError):
        return []
    if written != asdict(settings):
        return []
    return history if _checkpoint(folder, len(history)).is_file() else []


def _train_epoch(
    model: "keras.Model", spec: ModelSpec, dataset: Dataset, seed: int, number: int
) -> Epoch:
    started = time.perf_counter()
    order = np.random.default_rng([seed, number]).permutation(dataset.indices("train"))
    fitted = model.fit(
        batches(spec, dataset, order, spec.recipe.batch_size), shuffle=False, verbose="auto"
    )
    tested = model.evaluate(split_batches(spec, dataset, "test"), verbose=0, return_dict=True)
    return Epoch(
        seed=seed,
        epoch=number,
        train_loss=round(fitted.history["loss"][0], 6),
        train_accuracy=round(fitted.history["accuracy"][0], 6),
        test_loss=round(tested["loss"], 6),
        test_accuracy=round(tested["accuracy"], 6),
        seconds=round(time.perf_counter() - started, 2),
    )


def split_batches(spec: ModelSpec, dataset: Dataset, split: Split) -> "keras.utils.PyDataset":
    """A split in the order of the store, in batches for evaluation."""
    return batches(spec, dataset, dataset.indices(split), 200)


def batches(
    spec: ModelSpec, dataset: Dataset, order: np.ndarray[Any, Any], batch_size: int
) -> "keras.utils.PyDataset":
    """The images at ``order``, read batch by batch from the memory map."""
    import keras

    class Batches(keras.utils.PyDataset):  # type: ignore[misc, unused-ignore]
        def __len__(self) -> int:
            return math.ceil(len(order) / batch_size)

        def __getitem__(self, index: int) -> tuple[Float32Array, Float32Array]:
            chosen = order[index * batch_size : (index + 1) * batch_size]
            return as_model_input(dataset.images[chosen]), targets(spec, dataset, chosen)

    return Batches()
