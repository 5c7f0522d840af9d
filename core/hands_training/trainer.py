"""Trains the hand detector or the hand classifier: resumable, on TensorFlow or JAX."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Any

import numpy as np

from core.artifacts.store import HandEpoch
from core.common.environment import has_bfloat16, keep_facts, keep_freed_memory
from core.common.types import PREPROCESSING_VERSION
from core.hands_training.classifier_loss import classification_loss
from core.hands_training.detector_loss import detection_loss
from core.hands_training.loader import Batches, MakeBatch, batch_makers
from core.training.checkpoints import Checkpoints
from core.training.trainer import build_optimizer, keras_backend, quiet_tensorflow
from core.zoo import HandSpec, Task

if TYPE_CHECKING:
    import keras

AVERAGED_OVER = 0.998
"""Momentum of the moving average of the weights, which is published."""

LOSSES: dict[Task, Callable[[Any, Any], Any]] = {
    "detect": detection_loss,
    "classify": classification_loss,
}


@dataclass(frozen=True)
class HandRun:
    """The folder of a training's checkpoints, its seed, and the fingerprint of its samples' source.

    If the fingerprint changes, training starts over.
    """

    folder: Path
    seed: int
    data: str


def train_epochs(
    spec: HandSpec,
    run: HandRun,
    prepare: Callable[..., MakeBatch],
    arguments: tuple[Any, ...],
    report: Callable[[HandEpoch], None],
    workers: int,
) -> "tuple[keras.Model, list[HandEpoch]]":
    """Train to the end of the recipe, from the last checkpoint if there is one.

    Other processes call ``prepare`` with the arguments for a function that makes batches. Epochs
    are reported, first those of an interrupted run. The returned model has averaged weights.

    Raises:
        OSError: the disk is full or not writable.
    """
    quiet_tensorflow()
    keep_freed_memory()
    import keras

    if has_bfloat16():
        # Measured on one core with AVX512-BF16: 1.3 times as many samples per second.
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
    keras.utils.set_random_seed(run.seed)
    kept = _checkpoints(spec, run)
    history = kept.history()
    if history:
        model = keras.models.load_model(
            kept.path(len(history)),
            custom_objects={loss.__name__: loss for loss in LOSSES.values()},
            safe_mode=True,
        )
    else:
        model = spec.build()
        _compile(model, spec)
        kept.start_over()
    for epoch in history:
        report(epoch)
    left = range(len(history) + 1, spec.recipe.epochs + 1)
    if left:
        keep_facts(run.folder)
        with batch_makers(prepare, (*arguments, spec.recipe.batch_size), workers) as batches:
            for number in left:
                history.append(_train_epoch(model, spec, run.seed, number, batches))
                kept.save(model, history)
                report(history[-1])
    model.optimizer.finalize_variable_values(model.trainable_variables)
    # The same weights, computing in 32-bit floats and without an optimizer.
    keras.mixed_precision.set_global_policy("float32")
    bare = spec.build()
    bare.set_weights(model.get_weights())
    return bare, history


def is_finished(spec: HandSpec, run: HandRun) -> bool:
    """Whether a training with exactly the same settings reached the end of its recipe."""
    return len(_checkpoints(spec, run).history()) >= spec.recipe.epochs


def _compile(model: "keras.Model", spec: HandSpec) -> None:
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
    build_optimizer(model)


def _train_epoch(
    model: "keras.Model", spec: HandSpec, seed: int, number: int, batches: Batches
) -> HandEpoch:
    started = time.perf_counter()
    steps = spec.recipe.samples // spec.recipe.batch_size
    losses: list[float] = []
    rate = 0.0
    numbers = range((number - 1) * steps, number * steps)
    for step, (images, answers) in enumerate(batches(seed, numbers)):
        rate = spec.recipe.learning_rate_at(number - 1 + step / steps)
        model.optimizer.learning_rate = rate
        # Of this batch alone: Keras resets the metrics before each.
        losses.append(float(model.train_on_batch(images.astype(np.float32), answers)))
    seconds = time.perf_counter() - started
    return HandEpoch(number, round(mean(losses), 5), round(rate, 7), round(seconds, 1))


def _checkpoints(spec: HandSpec, run: HandRun) -> Checkpoints[HandEpoch]:
    # An added cycle continues where the previous ones ended.
    recipe = asdict(spec.recipe) | {"cycles": spec.recipe.cycles[:1]}
    settings = {"seed": run.seed, "data": run.data, "preparation": PREPROCESSING_VERSION, **recipe}
    return Checkpoints(run.folder, HandEpoch, settings)
