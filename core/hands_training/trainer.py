"""Whole trainings of the hand models: resumable, on TensorFlow or JAX, published at their end."""

import hashlib
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Any

import numpy as np

from core.artifacts import store as artifacts
from core.artifacts.cards import Card
from core.artifacts.store import HandEpoch
from core.common.environment import has_bfloat16, keep_facts, keep_freed_memory
from core.common.progress import ProgressLine
from core.common.types import PREPROCESSING_VERSION
from core.datasets.store import data_root
from core.hands_training.fine_tuning import (
    average_weights,
    load_published,
    with_batch_norm,
    without_batch_norm,
)
from core.hands_training.loader import Batches, batch_makers
from core.hands_training.losses import classification_loss, detection_loss
from core.hands_training.photo_pack import Pack, read_pack
from core.hands_training.synthetic_frames import synthetic_frames
from core.hands_training.test_sets import (
    HAND_FREE,
    SYNTHETIC,
    EvaluationPhoto,
    make_test_sets,
    sources_of,
)
from core.training.checkpoints import Checkpoints
from core.training.trainer import (
    RUNS_ROOT,
    TO_BE_RECORDED,
    build_optimizer,
    keras_backend,
    quiet_tensorflow,
)
from core.zoo import HandSpec, Task, dry_run_of, fine_tuning_of

if TYPE_CHECKING:
    import keras

AVERAGED_OVER = 0.998
"""Momentum of the moving average of the weights, which is published."""

LOSSES: dict[Task, Callable[[Any, Any], Any]] = {
    "detect": detection_loss,
    "classify": classification_loss,
}

DRY_RUN_TEST_PHOTOS = 8
DRY_RUN_EXPORT_FRAMES = 20


@dataclass(frozen=True)
class HandRun:
    """What to train with which seed, and the folder of its checkpoints.

    Attributes:
        data: the fingerprint of the photos; if it changes, training starts over.
        start: the card of the published model that is fine-tuned; None trains from the beginning.
    """

    spec: HandSpec
    folder: Path
    seed: int
    data: str
    start: Card | None = None


def runs_folder() -> Path:
    """Where the pack of photos and the synthetic frames are kept, outside git."""
    return data_root() / "field"


def pack_path() -> Path:
    """The pack of photos used for training."""
    return runs_folder() / "pack.npz"


def train_hand_model(spec: HandSpec, seed: int, workers: int, fine_tune: bool = False) -> None:
    """Train on the pack and on synthetic frames, or fine-tune the published model, and publish it.

    Raises:
        UserError: there is no pack, or no published model to fine-tune.
        OSError: the disk is full or not writable; the model that was there stays.
    """
    pack = read_pack(pack_path())
    fingerprint = hashlib.sha256(pack_path().read_bytes()).hexdigest()
    folder = RUNS_ROOT / spec.name
    if fine_tune:
        start = artifacts.read_card(spec.name)
        run = HandRun(fine_tuning_of(spec), folder / f"fine-tuned-{seed}", seed, fingerprint, start)
    else:
        run = HandRun(spec, folder / f"seed-{seed}", seed, fingerprint)
    model, history = _train(run, pack_path(), runs_folder(), workers)
    if keras_backend() != "tensorflow":
        print(TO_BE_RECORDED)
        return
    print("Calibrating on held-out photos …", flush=True)
    # It imports scikit-learn, for which other commands must not wait.
    from core.hands_training.publish import record

    card = record(run, model, history, pack, make_test_sets(sources_of(pack), None))
    print(
        f"{card.name}: {card.parameters:,} parameters, exported within "
        f"{card.export_difference:.1e} of Keras on {card.export_images} frames; "
        f"{card.on_photos.calibration or card.on_photos.detector_threshold}\n"
        f"Measure it with: python -m core evaluate photos --record"
    )


def dry_run_hand_model(spec: HandSpec, fine_tune: bool = False) -> None:
    """The whole training on a few synthetic frames, in a temporary folder; nothing is kept."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        start = artifacts.read_card(spec.name) if fine_tune else None
        run = HandRun(dry_run_of(spec), folder / "run", 0, "dry run", start)
        model, history = _train(run, None, folder, workers=1)
        if keras_backend() != "tensorflow":
            print("Dry run: trained. Only TensorFlow can export a model.")
            return
        from core.hands_training.publish import record

        few = {name: _few(name) for name in (SYNTHETIC, HAND_FREE)}
        models = folder / "models"
        record(run, model, history, Pack.empty(), few, models, DRY_RUN_EXPORT_FRAMES)
    print("Dry run: nothing was kept.")


def _few(name: str) -> Callable[[], Iterator[EvaluationPhoto]]:
    return lambda: islice(make_test_sets({}, None)[name](), DRY_RUN_TEST_PHOTOS)


def _train(
    run: HandRun, pack: Path | None, folder: Path, workers: int
) -> "tuple[keras.Model, list[HandEpoch]]":
    """Train to the end of the recipe, from the last checkpoint if there is one.

    Samples come from the pack, if any, and from synthetic frames in the folder, which are drawn
    first. Epochs are reported, first those of an interrupted run. The returned model has averaged
    weights; the history of a published model that was fine-tuned comes before its own.
    """
    quiet_tensorflow()
    keep_freed_memory()
    import keras

    if has_bfloat16():
        # Measured on one core with AVX512-BF16: 1.3 times as many samples per second.
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
    keras.utils.set_random_seed(run.seed)
    spec, recipe = run.spec, run.spec.recipe
    # An added cycle continues where the previous ones ended.
    settings = asdict(recipe) | {"cycles": recipe.cycles[:1]}
    settings |= {"seed": run.seed, "data": run.data, "preparation": PREPROCESSING_VERSION}
    if run.start is not None:
        settings |= {"start": run.start.sha256["weights.keras"]}
    kept = Checkpoints(run.folder, HandEpoch, settings)
    history = kept.history()
    if history:
        model = keras.models.load_model(
            kept.path(len(history)),
            custom_objects={loss.__name__: loss for loss in LOSSES.values()},
            safe_mode=True,
        )
    else:
        model = spec.build() if run.start is None else without_batch_norm(load_published(spec))
        _compile(model, spec)
        kept.start_over()
    for epoch in history:
        _report(spec, epoch)
    left = range(len(history) + 1, recipe.epochs + 1)
    if left:
        frames = recipe.synthetic_frames
        synthetic_frames(folder, frames, workers + 1, ProgressLine("Drawing frames"))
        keep_facts(run.folder)
        source = (spec.task, pack, folder, frames, recipe.batch_size)
        with batch_makers(source, workers) as batches:
            for number in left:
                history.append(_train_epoch(model, run, number, batches))
                kept.save(model, history)
                _report(spec, history[-1])
    model.optimizer.finalize_variable_values(model.trainable_variables)
    # The same weights, computing in 32-bit floats and without an optimizer.
    keras.mixed_precision.set_global_policy("float32")
    if run.start is not None:
        bare = without_batch_norm(load_published(spec))
        average_weights(bare, model)
        return with_batch_norm(bare, spec), continued(spec, history)
    bare = spec.build()
    bare.set_weights(model.get_weights())
    return bare, history


def continued(spec: HandSpec, history: list[HandEpoch]) -> list[HandEpoch]:
    """The history of the published model, and then that of the training that goes on from it."""
    before = artifacts.read_history(HandEpoch, spec.name)
    return [*before, *(replace(each, epoch=len(before) + each.epoch) for each in history)]


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


def _train_epoch(model: "keras.Model", run: HandRun, number: int, batches: Batches) -> HandEpoch:
    started = time.perf_counter()
    recipe = run.spec.recipe
    steps = recipe.samples // recipe.batch_size
    losses: list[float] = []
    rate = 0.0
    numbers = range((number - 1) * steps, number * steps)
    for step, (images, answers) in enumerate(batches(run.seed, numbers)):
        rate = recipe.learning_rate_at(number - 1 + step / steps)
        model.optimizer.learning_rate = rate
        # Of this batch alone: Keras resets the metrics before each.
        losses.append(float(model.train_on_batch(images.astype(np.float32), answers)))
    seconds = time.perf_counter() - started
    return HandEpoch(number, round(mean(losses), 5), round(rate, 7), round(seconds, 1))


def _report(spec: HandSpec, epoch: HandEpoch) -> None:
    print(
        f"{spec.name} epoch {epoch.epoch}/{spec.recipe.epochs}: loss {epoch.loss:.4f}, "
        f"learning rate {epoch.learning_rate:.5f}, {epoch.seconds:.1f} s",
        flush=True,
    )
