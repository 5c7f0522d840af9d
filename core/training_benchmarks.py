"""How long an epoch takes: the article's way, its recipe here, and the fast recipe, in one run.

Each is timed in a process of its own, in turns, so that none inherits the memory or the settings of
another.
"""

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Literal, get_args

from core.dataset.store import Dataset, open_store
from core.learning_data import LearningData, learning_data
from core.measuring import Measurement
from core.model_spec import ModelSpec, Recipe
from core.pooling import Pixels
from core.preparation import as_model_input
from core.processor import keep_freed_memory
from core.training import compiled_model, quiet_tensorflow
from core.zoo import all_specs, get_spec

if TYPE_CHECKING:
    import keras

Way = Literal["the article's way", "its recipe here", "the fast recipe"]
WAYS: tuple[Way, ...] = get_args(Way)

IMAGES = 6_400
"""That are timed; the figures are scaled to all images of the train split."""

ROUNDS = 3

ASKED = {"dense": 3, "cnn": 2}
"""How many times faster than the article's way, by how a model's name begins."""


def training_measurements(dataset: Dataset, root: Path | None = None) -> list[Measurement]:
    """Every model with a fast recipe, all ways; takes ten minutes or more.

    Args:
        dataset: of which images are learned from.
        root: the folder of all stores, by default ``data_root()``.
    """
    rows = []
    for name in (name for name, spec in all_specs().items() if spec.fast is not None):
        asked = next(times for start, times in ASKED.items() if name.startswith(start))
        rows += _measured(name, asked, _in_turns(name, dataset.facts.name, root))
    return rows


def _measured(name: str, asked: int, seconds: dict[Way, float]) -> list[Measurement]:
    article = seconds[WAYS[0]]
    goals = [
        "" if way == WAYS[0] else f"here {article / seconds[way]:.1f} times faster" for way in WAYS
    ]
    goals[-1] += f"; asked {asked} times"
    return [
        Measurement(f"{name}, {way}", seconds[way], "s an epoch", goal)
        for way, goal in zip(WAYS, goals, strict=True)
    ]


def _in_turns(name: str, store: str, root: Path | None) -> dict[Way, float]:
    """The median seconds of an epoch, each way."""
    taken: dict[Way, list[float]] = {way: [] for way in WAYS}
    context = multiprocessing.get_context("spawn")
    for _ in range(ROUNDS):
        for way in WAYS:
            with ProcessPoolExecutor(1, mp_context=context) as process:
                job = process.submit(seconds_an_epoch, name, way, store, root, IMAGES)
                taken[way].append(job.result())
    return {way: median(times) for way, times in taken.items()}


def seconds_an_epoch(name: str, way: Way, store: str, root: Path | None, images: int) -> float:
    """Train a model for one epoch, after a first one that only warms up.

    Args:
        name: of a model with a fast recipe.
        way: to train it.
        store: the dataset's name.
        root: the folder of all stores, by default ``data_root()``.
        images: how many to learn from.

    Returns:
        Seconds for all images of the train split; testing is not among them.
    """
    quiet_tensorflow()
    spec, dataset = get_spec(name), open_store(store, root)
    data = learning_data(spec.target, dataset, images, seed=0)
    whole = len(dataset.indices("train")) / len(data.images)
    if way == WAYS[0]:
        return whole * _articles_epoch(spec, data)
    keep_freed_memory()
    recipe = spec.recipe if way == WAYS[1] else spec.fast
    assert isinstance(recipe, Recipe)
    model = compiled_model(spec, recipe)
    return whole * _second_epoch(model, data.images, data, recipe.batch_size)


def _articles_epoch(spec: ModelSpec, data: LearningData) -> float:
    """All images as floats in memory, and Keras with its defaults."""
    assert isinstance(spec.recipe, Recipe)
    model = spec.build(None)
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    pixels = as_model_input(data.images[..., 0])
    return _second_epoch(model, pixels, data, spec.recipe.batch_size)


def _second_epoch(
    model: "keras.Model", images: Pixels, data: LearningData, batch_size: int
) -> float:
    seconds = 0.0
    for _ in range(2):
        started = time.perf_counter()
        model.fit(images, data.targets, batch_size=batch_size, verbose=0)
        seconds = time.perf_counter() - started
    return seconds
