"""Trains a model of the zoo for one seed: resumable, with every epoch recorded."""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.artifacts import store as artifacts
from core.artifacts.epoch_records import EpochRecords, before_training, from_npz, to_npz
from core.artifacts.store import Epoch
from core.common import paths
from core.common.environment import has_bfloat16, keep_facts, keep_freed_memory
from core.common.types import PREPROCESSING_VERSION
from core.datasets.store import Dataset
from core.training import fused
from core.training.arrays import LearningData, learning_data, random_horizontal_flip
from core.training.callbacks import BatchCallback, batch_callback, read_test_images, visible_weights
from core.training.checkpoints import Checkpoints
from core.training.losses import cross_entropy, unclipped_cross_entropy
from core.zoo import ArticleSpec, Recipe, RecipeName

if TYPE_CHECKING:
    import keras

RUNS_ROOT = paths.RUNS_ROOT
"""Where finished and unfinished seeds are saved, outside git."""

_RECORDS_FILE = "epochs.npz"

TO_BE_RECORDED = (
    "Trained. Only TensorFlow can export a model: copy the folder runs/ to a machine that has it "
    "and run the same command there to record this training."
)


@dataclass(frozen=True)
class TrainedSeed:
    """A finished seed: its model in memory, its history, and the records of its epochs."""

    model: "keras.Model"
    history: list[Epoch]
    records: EpochRecords


def quiet_tensorflow() -> None:
    """Silence TensorFlow's start-up messages; call before importing Keras."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


def keras_backend() -> str:
    """Keras's backend: "tensorflow" or "jax"."""
    import keras

    return str(keras.config.backend())


@dataclass(frozen=True)
class TrainingRun:
    """What to train with which recipe, and the folder of its checkpoint and records of epochs.

    The seed is for weights, images and their order.
    """

    spec: ArticleSpec
    recipe: Recipe
    seed: int
    folder: Path


def print_epoch(name: str, epochs: int, epoch: Epoch) -> None:
    """Say what a model of that name has learned, of so many epochs."""
    print(
        f"{name} seed {epoch.seed} epoch {epoch.epoch}/{epochs}: "
        f"train loss {epoch.train_loss:.6f} accuracy {epoch.train_accuracy:.4%}, "
        f"test loss {epoch.test_loss:.6f} accuracy {epoch.test_accuracy:.4%}, "
        f"{epoch.seconds:.1f} s",
        flush=True,
    )


def run_folder(name: str, recipe_name: RecipeName, seed: int, root: Path = RUNS_ROOT) -> Path:
    """Where a seed of a model's recipe is saved, and where its training resumes."""
    return root / name / f"{recipe_name}-{seed}"


def train_seed(
    run: TrainingRun,
    dataset: Dataset,
    report: Callable[[Epoch], None],
    models_root: Path = artifacts.MODELS_ROOT,
    watch: BatchCallback | None = None,
) -> TrainedSeed:
    """Train one seed to the end of its recipe, from its last checkpoint if there is one.

    Epochs are reported, first those of an interrupted run; each batch calls ``watch``.

    Raises:
        ArtifactError: the model's backbone is not trained.
        OSError: the disk is full or not writable.
    """
    quiet_tensorflow()
    keep_freed_memory()
    import keras

    kept = Checkpoints(run.folder, Epoch, _settings(run, dataset, models_root))
    data = learning_data(run.spec.target, dataset, run.recipe.images, run.seed)
    keras.utils.set_random_seed(run.seed)
    with kept.locked():
        at = _resumed(kept)
        if at is None:
            model = compiled_model(run.spec, run.recipe, models_root)
            confusion = read_test_images(model, data).confusion
            at = TrainedSeed(model, [], before_training(confusion, visible_weights(model)))
            kept.start_over()
        for epoch in at.history:
            report(epoch)
        if len(at.history) < run.recipe.epochs:
            keep_facts(run.folder)
        for number in range(len(at.history) + 1, run.recipe.epochs + 1):
            at = _after_an_epoch(run, data, at, number, watch)
            kept.save(at.model, at.history, {_RECORDS_FILE: to_npz(at.records)})
            report(at.history[-1])
    # The trained weights, computing in 32-bit floats and without an optimizer.
    bare = built_model(run.spec, models_root=models_root)
    bare.set_weights(at.model.get_weights())
    return replace(at, model=bare)


def backbone_sha256(spec: ArticleSpec, models_root: Path = artifacts.MODELS_ROOT) -> str | None:
    """The checksum of the weights of a model's backbone; None if it has none.

    Raises:
        ArtifactError: the backbone is not trained.
    """
    if spec.backbone is None:
        return None
    return artifacts.read_card(spec.backbone, models_root).sha256["weights.keras"]


def _settings(run: TrainingRun, dataset: Dataset, models_root: Path) -> dict[str, object]:
    """Everything an epoch depends on; if any value changes, training starts over.

    The number of epochs is not included: a longer recipe resumes where a shorter one ended. Only a
    decaying learning rate depends on it: ``decay_epochs`` is then the last epoch.
    """
    return {
        "seed": run.seed,
        "batch_size": run.recipe.batch_size,
        "learning_rate": run.recipe.learning_rate,
        "decay_epochs": run.recipe.epochs if run.recipe.cosine_decay else None,
        "horizontal_flip": run.recipe.horizontal_flip,
        "images": run.recipe.images,
        "bfloat16": run.recipe.bfloat16,
        "data_fingerprint": dataset.facts.fingerprint,
        "preprocessing_version": PREPROCESSING_VERSION,
        "backbone_sha256": backbone_sha256(run.spec, models_root),
    }


def compiled_model(
    spec: ArticleSpec, recipe: Recipe, models_root: Path = artifacts.MODELS_ROOT
) -> "keras.Model":
    """The untrained model, compiled for a recipe.

    Raises:
        ArtifactError: the model's backbone is not trained.
    """
    policy = "mixed_bfloat16" if computes_in_bfloat16(recipe) else "float32"
    model = fused.with_fused_batch_norm(built_model(spec, policy, models_root))
    model.compile(
        optimizer=fused.adam(recipe.learning_rate),
        loss=cross_entropy(model.output_shape[-1]),
        metrics=["accuracy"],
        # Measured on two cores: TensorFlow's XLA takes twice as long; JAX needs it.
        jit_compile=keras_backend() == "jax",
    )
    build_optimizer(model)
    return model


def build_optimizer(model: "keras.Model") -> None:
    """Make the optimizer's variables at once.

    Made by the first step, they have TensorFlow trace that step twice: the hand classifier's takes
    22 s of processor time instead of 10.
    """
    model.optimizer.build(model.trainable_variables)


def computes_in_bfloat16(recipe: Recipe) -> bool:
    """Whether a recipe's layers compute in bfloat16 on this machine."""
    return recipe.bfloat16 and has_bfloat16()


def built_model(
    spec: ArticleSpec, policy: str = "float32", models_root: Path = artifacts.MODELS_ROOT
) -> "keras.Model":
    """The model with new weights and a dtype policy, on its trained backbone if it has one.

    Raises:
        ArtifactError: the backbone is not trained.
    """
    import keras

    backbone = None
    if spec.backbone is not None:
        artifacts.read_verified(spec.backbone, "weights.keras", models_root)
        path = artifacts.model_folder(spec.backbone, models_root) / "weights.keras"
        backbone = keras.models.load_model(path, compile=False, safe_mode=True)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        return spec.build() if backbone is None else spec.build(backbone)
    finally:
        keras.config.set_dtype_policy(before)


def _resumed(kept: Checkpoints[Epoch]) -> TrainedSeed | None:
    """The saved state of a run with exactly the same settings; None to start over."""
    import keras

    history = kept.history()
    try:
        content = (kept.folder / _RECORDS_FILE).read_bytes()
        records = from_npz(content).up_to(len(history))
    except (OSError, ValueError):
        return None
    if not history or len(records.epoch) != len(history) + 1:
        return None
    # A seed trained on JAX may be recorded on TensorFlow, hence all custom objects.
    known = {unclipped_cross_entropy.__name__: unclipped_cross_entropy, **fused.custom_objects()}
    model = keras.models.load_model(kept.path(len(history)), custom_objects=known, safe_mode=True)
    return TrainedSeed(model, history, records)


def _after_an_epoch(
    run: TrainingRun, data: LearningData, at: TrainedSeed, number: int, watch: BatchCallback | None
) -> TrainedSeed:
    started = time.perf_counter()
    rng = np.random.default_rng([run.seed, number])
    order = rng.permutation(len(data.images))
    images = data.images[order]
    if run.recipe.horizontal_flip:
        random_horizontal_flip(images, rng)
    at.model.optimizer.learning_rate = run.recipe.learning_rate_at(number)
    fitted = at.model.fit(
        images,
        data.targets[order],
        batch_size=run.recipe.batch_size,
        shuffle=False,
        # In a terminal alone; a log has the line of each epoch.
        verbose=int(sys.stdout.isatty()),
        callbacks=None if watch is None else [batch_callback(number, watch)],
    )
    tested = read_test_images(at.model, data)
    epoch = Epoch(
        seed=run.seed,
        epoch=number,
        train_loss=round(fitted.history["loss"][0], 6),
        train_accuracy=round(fitted.history["accuracy"][0], 6),
        test_loss=round(tested.loss, 6),
        test_accuracy=round(tested.accuracy, 6),
        seconds=round(time.perf_counter() - started, 2),
    )
    records = at.records.followed_by(tested.confusion, visible_weights(at.model))
    return TrainedSeed(at.model, [*at.history, epoch], records)
