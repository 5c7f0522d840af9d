"""Times training: the article's way, its recipe here, and the fast recipe, alternately in one run.

Also how close each comes to the machine's peak throughput of matrix products.
"""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import ParamSpec, TypeVar

from core.benchmarks.timed_training import (
    WAYS,
    EpochTime,
    Way,
    epoch_time,
    products_a_second,
    seconds_to_accuracy,
)
from core.benchmarks.timing import Measurement
from core.common.progress import Progress
from core.datasets.store import Dataset
from core.zoo import article_specs

IMAGES = 6_400
"""The images on which an epoch is timed; the figures are scaled to the whole train split."""

ROUNDS = 3
"""Rounds over all ways; the fastest epoch counts, since other work only slows it down."""
SEEDS = (0, 1, 2)
BITS = (False, True)
"""Whether matrix products are computed in bfloat16."""

CALLS_PER_PROCESS = 1
"""A new process each time, so that no training inherits the memory or settings of another."""

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
