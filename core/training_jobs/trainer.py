"""A training that reports its progress; it runs in its own process and needs Keras."""

import math
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from core.common.files import write_bytes_atomically
from core.datasets.rendering import best_dataset
from core.training.callbacks import BatchCallback, BatchEnd
from core.training.export import export_serving_model
from core.training.logistic_regression import fit_seed
from core.training.trainer import TrainingRun, train_seed
from core.training_jobs.request import SERVING_FILE, TrainingRequest
from core.training_jobs.status import BatchProgress, Finished, Message, Rendering, Started
from core.zoo import FitRecipe, get_spec

SEED = 0
PAUSE_SECONDS = 0.25
"""Seconds between two reported batches; more would not be visible."""

Send = Callable[[Message], None]


def train(request: TrainingRequest, folder: Path, send: Send) -> None:
    """Train a model, send messages, and leave only the exported file in the folder.

    Raises:
        UserError: the dataset is damaged or cannot be rendered, or the backbone is not trained.
        OSError: the disk is full or not writable.
    """
    spec = get_spec(request.model)
    dataset = best_dataset(lambda done, total: send(Rendering(done, total)))
    train_images = min(request.images, len(dataset.indices("train")))
    test_images = len(dataset.indices("test"))
    started = Started(dataset.facts.rendered, train_images, test_images, epochs=1, batches=0)
    if isinstance(spec.recipe, FitRecipe):
        send(started)
        fit = replace(spec.recipe, images=train_images)
        trained = fit_seed(spec, fit, dataset, SEED, send)
    else:
        recipe = replace(spec.recipe, images=train_images, epochs=request.epochs)
        batches = math.ceil(train_images / recipe.batch_size)
        send(replace(started, epochs=recipe.epochs, batches=batches))
        run = TrainingRun(spec, recipe, SEED, folder)
        trained = train_seed(run, dataset, send, watch=_now_and_then(send))
    send(Finished(tuple(map(tuple, trained.records.confusion[-1].tolist()))))
    write_bytes_atomically(folder / SERVING_FILE, export_serving_model(trained.model))


def _now_and_then(send: Send) -> BatchCallback:
    """Report batches at most every ``PAUSE_SECONDS``."""
    began = time.monotonic()
    last = began - PAUSE_SECONDS

    def watch(seen: BatchEnd) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= PAUSE_SECONDS:
            last = now
            send(BatchProgress(*seen, seconds=round(now - began, 3)))

    return watch
