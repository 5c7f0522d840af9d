"""A training that tells how it goes; it runs in a process of its own and needs Keras."""

import math
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from core.artifacts.store import Epoch
from core.common.files import write_bytes_atomically
from core.datasets.choosing import best_dataset
from core.training.callbacks import BatchCallback, BatchEnd
from core.training.export import export_serving_model
from core.training.logistic_regression import fit_seed
from core.training.trainer import TrainingRun, train_seed
from core.training_jobs.messages import Batch, Drawing, EpochDone, Learned, Message, Started
from core.training_jobs.request import SERVING_FILE, TrainingRequest
from core.zoo import FitRecipe, get_spec

SEED = 0
PAUSE_SECONDS = 0.25
"""Between two batches that are told; more of them would not be seen."""

Tell = Callable[[Message], None]


def stream_training(request: TrainingRequest, folder: Path, tell: Tell) -> None:
    """Train a model and leave nothing but what it is exported to.

    Args:
        request: what to train.
        folder: for checkpoints, and for the exported model.
        tell: called with each message.

    Raises:
        UserError: the dataset is damaged or cannot be drawn, or the model's backbone is not trained.
        OSError: the disk is full or not writable.
    """
    spec = get_spec(request.model)
    dataset = best_dataset(lambda done, total: tell(Drawing(done, total)))
    learned = min(request.images, len(dataset.indices("train")))
    started = Started(
        dataset=dataset.facts.name,
        rendered=dataset.facts.rendered,
        train_images=learned,
        test_images=len(dataset.indices("test")),
        epochs=1,
        batches=0,
    )

    def report(epoch: Epoch) -> None:
        tell(EpochDone(epoch))

    if isinstance(spec.recipe, FitRecipe):
        tell(started)
        fit = replace(spec.recipe, images=learned)
        trained = fit_seed(spec, fit, dataset, SEED, report)
    else:
        recipe = replace(spec.recipe, images=learned, epochs=request.epochs)
        batches = math.ceil(learned / recipe.batch_size)
        tell(replace(started, epochs=recipe.epochs, batches=batches))
        watch = _now_and_then(tell)
        run = TrainingRun(spec, recipe, SEED, folder)
        trained = train_seed(run, dataset, report, watch=watch)
    tell(Learned(tuple(tuple(map(int, row)) for row in trained.records.confusion[-1])))
    write_bytes_atomically(folder / SERVING_FILE, export_serving_model(trained.model))


def _now_and_then(tell: Tell) -> BatchCallback:
    """Tells of the batches that are far enough apart in time."""
    began = time.monotonic()
    last = began - PAUSE_SECONDS

    def watch(seen: BatchEnd) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= PAUSE_SECONDS:
            last = now
            tell(Batch(*seen, seconds=round(now - began, 3)))

    return watch
