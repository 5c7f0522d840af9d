"""Times training: the article's way, its recipe here, and the fast recipe, alternately in one run.

Also how close each comes to the machine's peak throughput of matrix products. What measures runs in
a new process each time, so that none inherits the memory or the settings of another.
"""

import math
import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Literal, NamedTuple, ParamSpec, TypeVar, get_args

from core.benchmarks.timing import Measurement
from core.common.environment import keep_freed_memory
from core.common.progress import Progress
from core.datasets.store import Dataset, open_store
from core.hands.preprocessing import as_model_input
from core.images.pooling import Pixels
from core.training.arrays import LearningData, learning_data
from core.training.callbacks import read_test_images
from core.training.trainer import compiled_model, computes_in_bfloat16, quiet_tensorflow
from core.zoo import Recipe, article_specs, get_spec

if TYPE_CHECKING:
    import keras

Way = Literal["the article's way", "its recipe here", "the fast recipe"]
WAYS: tuple[Way, ...] = get_args(Way)

EPOCHS = 3
"""Timed per training; the fastest is the one least disturbed by other work."""

MAX_EPOCHS = 20

_PRODUCTS = 9

IMAGES = 6_400
"""The images on which an epoch is timed; the figures are scaled to the whole train split."""

ROUNDS = 3
"""Rounds over all ways; the fastest epoch counts, since other work only slows it down."""
SEEDS = (0, 1, 2)
BITS = (False, True)
"""Whether matrix products are computed in bfloat16."""

CALLS_PER_PROCESS = 1

PRODUCT_SIZE = 4_096
"""Rows and columns of the multiplied matrices."""

SAME_ACCURACY = 0.999
"""The test accuracy to reach."""

ASKED = {"dense": 3, "cnn": 2}
"""Required speed-up over the article's way, by the prefix of a model's name; others have none."""

_Given = ParamSpec("_Given")
_Found = TypeVar("_Found")


def training_measurements(
    dataset: Dataset, progress: Progress, root: Path | None = None
) -> list[Measurement]:
    """Every model with a fast recipe, all ways; takes three quarters of an hour."""
    names = [name for name, spec in article_specs().items() if spec.fast is not None]
    convolutional = [name for name in names if name.startswith("cnn")]
    epochs, trainings = len(names) * ROUNDS * len(WAYS), len(convolutional) * len(SEEDS) * 2
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context, max_tasks_per_child=CALLS_PER_PROCESS) as processes:
        in_own_process = _Apart(processes, progress, len(BITS) + epochs + trainings)
        best = {bits: in_own_process(products_a_second, bits, PRODUCT_SIZE) for bits in BITS}
        rows = [
            Measurement(f"matrix products in {16 if bits else 32} bits", rate / 1e9, "GFLOP/s")
            for bits, rate in best.items()
        ]
        for name in names:
            rows += _epochs(name, best, dataset.facts.name, root, in_own_process)
        for name in convolutional:
            rows += _ways_to_accuracy(name, dataset.facts.name, root, in_own_process)
    return rows


def _epochs(
    name: str, best: dict[bool, float], store: str, root: Path | None, in_own_process: "_Apart"
) -> list[Measurement]:
    taken: dict[Way, list[EpochTime]] = {way: [] for way in WAYS}
    for _ in range(ROUNDS):
        for way in WAYS:
            taken[way].append(in_own_process(epoch_time, name, way, store, root, IMAGES))
    epochs = {way: min(times) for way, times in taken.items()}
    rows = []
    for way, epoch in epochs.items():
        share = epoch.operations / epoch.seconds / best[epoch.in_bfloat16]
        goal = f"{share:.0%} of the matrix products in {16 if epoch.in_bfloat16 else 32} bits"
        if way != WAYS[0]:
            goal = f"here {epochs[WAYS[0]].seconds / epoch.seconds:.1f} times as fast; {goal}"
        rows.append(Measurement(f"{name}, {way}", epoch.seconds, "s an epoch", goal))
    rows[-1] = _with_asked(rows[-1], name)
    return rows


def _ways_to_accuracy(
    name: str, store: str, root: Path | None, in_own_process: "_Apart"
) -> list[Measurement]:
    article, fast = (
        median(
            in_own_process(seconds_to_accuracy, name, way, store, root, seed, SAME_ACCURACY)
            for seed in SEEDS
        )
        for way in (WAYS[0], WAYS[-1])
    )
    label = f"{name} to {SAME_ACCURACY:.1%} of the test images"
    goal = f"here {article / fast:.1f} times as fast"
    return [
        Measurement(f"{label}, {WAYS[0]}", article, "s"),
        _with_asked(Measurement(f"{label}, {WAYS[-1]}", fast, "s", goal), name),
    ]


def _with_asked(row: Measurement, name: str) -> Measurement:
    asked = [times for start, times in ASKED.items() if name.startswith(start)]
    return replace(row, goal=f"{row.goal}; required: {asked[0]} times") if asked else row


@dataclass
class _Apart:
    """Calls functions one after the other, each in a new process, and reports progress."""

    processes: ProcessPoolExecutor
    progress: Progress
    total: int
    done: int = 0

    def __call__(
        self, function: Callable[_Given, _Found], *given: _Given.args, **named: _Given.kwargs
    ) -> _Found:
        """The function's result."""
        found = self.processes.submit(function, *given, **named).result()
        self.done += 1
        self.progress(self.done, self.total)
        return found


class EpochTime(NamedTuple):
    """The seconds of one epoch on the whole train split, without testing.

    Also the multiplications and additions in its matrix products and convolutions, and whether
    these are computed in bfloat16.
    """

    seconds: float
    operations: float
    in_bfloat16: bool


class _Training(NamedTuple):
    """A compiled model, its images in the form it takes, and how it is trained."""

    model: "keras.Model"
    images: Pixels
    recipe: Recipe
    in_bfloat16: bool


def epoch_time(name: str, way: Way, store: str, root: Path | None, images: int) -> EpochTime:
    """The fastest of a few epochs of a model with a fast recipe, after a warm-up epoch.

    It is trained on some images of a store; the figures are scaled to all.
    """
    quiet_tensorflow()
    dataset = open_store(store, root)
    data = learning_data(get_spec(name).target, dataset, images, seed=0)
    training = _prepared(name, way, data)
    _seconds_of_an_epoch(training, data)
    seconds = min(_seconds_of_an_epoch(training, data) for _ in range(EPOCHS))
    everything = len(dataset.indices("train"))
    return EpochTime(
        seconds=seconds * everything / len(data.images),
        operations=operations_an_image(training.model) * everything,
        in_bfloat16=training.in_bfloat16,
    )


def seconds_to_accuracy(
    name: str, way: Way, store: str, root: Path | None, seed: int, accuracy: float
) -> float:
    """Train a model with a fast recipe until an epoch ends with an accuracy on the test images.

    Testing is not counted. The seed is for weights and the order of images.

    Raises:
        RuntimeError: it does not reach it within ``MAX_EPOCHS`` epochs.
    """
    quiet_tensorflow()
    import keras

    data = learning_data(get_spec(name).target, open_store(store, root), None, seed)
    keras.utils.set_random_seed(seed)
    training = _prepared(name, way, data)
    seconds = 0.0
    for number in range(1, MAX_EPOCHS + 1):
        training.model.optimizer.learning_rate = training.recipe.learning_rate_at(number)
        seconds += _seconds_of_an_epoch(training, data)
        if read_test_images(training.model, data).accuracy >= accuracy:
            return seconds
    raise RuntimeError(f"{name}, {way}, seed {seed}: under {accuracy:.1%} after {number} epochs")


def products_a_second(in_bfloat16: bool, size: int) -> float:
    """Multiplications and additions per second in square matrix products: the upper bound."""
    quiet_tensorflow()
    keep_freed_memory()
    import tensorflow as tf

    kind = tf.bfloat16 if in_bfloat16 else tf.float32
    matrix = tf.cast(tf.random.stateless_uniform((size, size), (0, 0)), kind)
    times = []
    for _ in range(_PRODUCTS):
        started = time.perf_counter()
        tf.linalg.matmul(matrix, matrix).numpy()
        times.append(time.perf_counter() - started)
    return 2 * float(size) ** 3 / median(times)


def operations_an_image(model: "keras.Model") -> float:
    """Multiplications and additions in matrix products and convolutions to train on one image.

    The forward pass, the weights' gradient and the input's gradient take the same number each; the
    first layer's input needs no gradient.
    """
    # A dense layer applies its kernel once, a convolution once per output pixel.
    forward: list[float] = [
        2.0 * math.prod(layer.output.shape[1:-1]) * math.prod(weights.shape)
        for layer in model.layers
        for weights in layer.weights
        if "kernel" in weights.name
    ]
    return 3 * sum(forward) - forward[0]


def _prepared(name: str, way: Way, data: LearningData) -> _Training:
    spec = get_spec(name)
    recipe = spec.fast if way == "the fast recipe" else spec.recipe
    assert isinstance(recipe, Recipe)
    if way == "the article's way":
        # All images as floats in memory, and Keras's defaults.
        model = spec.build()
        model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
        steady = Recipe(recipe.epochs, recipe.batch_size)
        return _Training(model, as_model_input(data.images[..., 0]), steady, in_bfloat16=False)
    keep_freed_memory()
    model = compiled_model(spec, recipe)
    return _Training(model, data.images, recipe, computes_in_bfloat16(recipe))


def _seconds_of_an_epoch(training: _Training, data: LearningData) -> float:
    started = time.perf_counter()
    training.model.fit(
        training.images, data.targets, batch_size=training.recipe.batch_size, verbose=0
    )
    return time.perf_counter() - started
