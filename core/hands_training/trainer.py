"""Trains the hand detector or the hand classifier: resumable, on TensorFlow's or JAX's backend."""

import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.common.environment import keep_facts
from core.common.files import write_text_atomically
from core.common.processor import has_bfloat16, keep_freed_memory
from core.hands.preprocessing import PREPROCESSING_VERSION
from core.hands_training.classifier_loss import classification_loss
from core.hands_training.detector_loss import detection_loss
from core.hands_training.loader import BatchMakers, MakeBatch, TrainingBatch
from core.training.trainer import keras_backend, quiet_tensorflow
from core.zoo._spec import HandModelSpec, HandTask

if TYPE_CHECKING:
    import keras

AVERAGED_OVER = 0.998
"""Momentum of the moving average of the weights, which is what is shipped."""

WARM_UP_EPOCHS = 1

LAST_LEARNING_RATE = 0.01
"""At the end, as a share of the highest."""

LOSSES: dict[HandTask, Callable[[Any, Any], Any]] = {
    "find": detection_loss,
    "read": classification_loss,
}


@dataclass(frozen=True)
class HandEpoch:
    """One line of a training's history: the mean loss of an epoch's batches, and its seconds."""

    epoch: int
    loss: float
    learning_rate: float
    seconds: float


@dataclass(frozen=True)
class HandRun:
    """Where a training keeps its state, and what it must not be mixed with.

    Attributes:
        folder: of checkpoints.
        seed: of weights and samples.
        data: names the samples' origin; another one starts over.
    """

    folder: Path
    seed: int
    data: str


def dry_run_of(spec: HandModelSpec) -> HandModelSpec:
    """The same model with a recipe of seconds, to see that every part works."""
    recipe = replace(spec.recipe, cycles=(2,), samples=64, batch_size=16, synthetic_frames=48)
    return replace(spec, recipe=recipe)


def train_epochs(
    spec: HandModelSpec,
    run: HandRun,
    prepare: Callable[..., MakeBatch],
    arguments: tuple[Any, ...],
    report: Callable[[HandEpoch], None],
    workers: int = 1,
) -> "tuple[keras.Model, list[HandEpoch]]":
    """Train to the end of the recipe, from the last checkpoint where there is one.

    Args:
        spec: the hand detector or the hand classifier.
        run: where its state is kept.
        prepare, arguments: make the samples, in other processes.
        report: called after each epoch, with those of an interrupted run first.
        workers: processes that make samples.

    Returns:
        The model with the averaged weights, and its history.

    Raises:
        OSError: the disk is full or not writable.
    """
    quiet_tensorflow()
    keep_freed_memory()
    import keras

    if has_bfloat16():
        # Measured on one core with AVX512-BF16: 1.3 times as many samples a second.
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
    keras.utils.set_random_seed(run.seed)
    history = _resumable(spec, run)
    if history:
        model = keras.models.load_model(
            _checkpoint(run.folder, len(history)),
            custom_objects={loss.__name__: loss for loss in LOSSES.values()},
            safe_mode=True,
        )
    else:
        model = spec.build()
        _compile(model, spec)
        settings = json.dumps(_settings(spec, run), indent=1)
        write_text_atomically(run.folder / "settings.json", settings)
    for epoch in history:
        report(epoch)
    left = range(len(history) + 1, spec.recipe.epochs + 1)
    if left:
        keep_facts(run.folder)
        with BatchMakers(prepare, (*arguments, spec.recipe.batch_size), workers) as makers:
            for number in left:
                history.append(_train_epoch(model, spec, run.seed, number, makers))
                _save(model, run.folder, number, history)
                report(history[-1])
    model.optimizer.finalize_variable_values(model.trainable_variables)
    return in_full_precision(model, spec), history


def is_finished(spec: HandModelSpec, run: HandRun) -> bool:
    """Whether a training with the very same settings reached the end of its recipe."""
    return len(_resumable(spec, run)) >= spec.recipe.epochs


def in_full_precision(model: "keras.Model", spec: HandModelSpec) -> "keras.Model":
    """The model with its weights, computing in 32-bit floats and without an optimizer."""
    import keras

    keras.mixed_precision.set_global_policy("float32")
    bare = spec.build()
    bare.set_weights(model.get_weights())
    return bare


def _compile(model: "keras.Model", spec: HandModelSpec) -> None:
    import keras

    optimizer = keras.optimizers.AdamW(
        spec.recipe.learning_rate,
        weight_decay=spec.recipe.weight_decay,
        clipnorm=5.0,
        use_ema=True,
        ema_momentum=AVERAGED_OVER,
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    model.compile(
        optimizer=optimizer,
        loss=LOSSES[spec.task],
        # Measured on two cores: TensorFlow's XLA takes twice as long; JAX needs it.
        jit_compile=keras_backend() == "jax",
    )


def learning_rate_at(spec: HandModelSpec, progress: float) -> float:
    """The learning rate when ``progress`` epochs are done: in each cycle up in a line, then down in
    a cosine."""
    highest, cycles = spec.recipe.learning_rate, list(spec.recipe.cycles)
    while len(cycles) > 1 and progress >= cycles[0]:
        progress -= cycles.pop(0)
        highest = spec.recipe.learning_rate / 2
    if progress < WARM_UP_EPOCHS:
        return highest * max(progress, 0.02) / WARM_UP_EPOCHS
    share = (progress - WARM_UP_EPOCHS) / max(cycles[0] - WARM_UP_EPOCHS, 1)
    falling = 0.5 * (1 + math.cos(math.pi * min(share, 1.0)))
    return highest * (LAST_LEARNING_RATE + (1 - LAST_LEARNING_RATE) * falling)


def _train_epoch(
    model: "keras.Model", spec: HandModelSpec, seed: int, number: int, makers: BatchMakers
) -> HandEpoch:
    started = time.perf_counter()
    steps = spec.recipe.samples // spec.recipe.batch_size
    loss = rate = 0.0
    batches = makers.batches(seed, (number - 1) * steps, steps)
    for step, (images, answers) in enumerate(batches):
        rate = learning_rate_at(spec, number - 1 + step / steps)
        model.optimizer.learning_rate = rate
        # The running mean since the metrics were reset.
        loss = _step(model, (images, answers))
    model.reset_metrics()
    return HandEpoch(
        number, round(loss, 5), round(rate, 7), round(time.perf_counter() - started, 1)
    )


def _step(model: "keras.Model", batch: TrainingBatch) -> float:
    images, answers = batch
    return float(model.train_on_batch(images.astype(np.float32), answers))


def _settings(spec: HandModelSpec, run: HandRun) -> dict[str, Any]:
    """All that a checkpoint depends on."""
    # A further cycle goes on from where the ones before it ended.
    recipe = asdict(spec.recipe) | {"cycles": spec.recipe.cycles[:1]}
    return {"seed": run.seed, "data": run.data, "preparation": PREPROCESSING_VERSION, **recipe}


def _checkpoint(folder: Path, epochs: int) -> Path:
    return folder / f"epoch-{epochs:03d}.keras"


def _save(model: "keras.Model", folder: Path, number: int, history: list[HandEpoch]) -> None:
    # An archive of weights cannot be written in place safely, so it is made apart and moved.
    partial = folder / "partial.keras"
    model.save(partial)
    partial.replace(_checkpoint(folder, number))
    rows = json.dumps([asdict(epoch) for epoch in history], indent=1)
    write_text_atomically(folder / "history.json", rows)
    _checkpoint(folder, number - 1).unlink(missing_ok=True)


def _resumable(spec: HandModelSpec, run: HandRun) -> list[HandEpoch]:
    """The epochs that a run with the very same settings finished; empty to start over."""
    try:
        written = json.loads((run.folder / "settings.json").read_text())
        history = [
            HandEpoch(**epoch) for epoch in json.loads((run.folder / "history.json").read_text())
        ]
    except (OSError, ValueError, TypeError):
        return []
    if (
        written != json.loads(json.dumps(_settings(spec, run)))
        or not _checkpoint(run.folder, len(history)).is_file()
    ):
        return []
    return history
