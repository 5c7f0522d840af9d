"""How much the loss jumps during training, with and without batch normalisation."""

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from core.artifacts.store import Epoch
from core.common.environment import kept_facts
from core.common.parallel import map_parts
from core.common.types import Float64Array
from core.datasets.store import Dataset
from core.experiments import Experiment
from core.experiments.records.store import Provenance, provenance_of
from core.training.trainer import RUNS_ROOT, TrainingRun, print_epoch, run_folder, train_seed
from core.zoo import Recipe, get_spec

PACKAGES = ("keras", "tensorflow", "jax", "numpy")

NETS = {"dense_128_64_32": 20, "dense_batch_norm": 20, "cnn": 20, "cnn_batch_norm": 20}
"""The epochs of each: networks without batch normalisation, then with, the fastest first."""

SEEDS = (0, 1, 2, 3, 4)

MIN_EPOCHS = 2
"""With fewer there is no jump."""

MIN_LOSS = 1e-4
"""To base e; the mean loss of a model that gives the right answers a probability of 99.99%. No jump
below it would be noticed, and histories round losses to a hundredth of it."""


def loss_increases(losses: Sequence[float]) -> Float64Array:
    """(epochs - 1,) float64, at least 1: the factor by which the loss rises in each epoch.

    A loss that falls or stays the same counts as a factor of 1. Losses are to base e.

    Raises:
        ValueError: there are fewer than two, or one is negative or not a number.
    """
    values = np.asarray(losses, np.float64)
    if values.ndim != 1 or len(values) < 2:
        raise ValueError("a rise needs the losses of two epochs")
    if not (np.isfinite(values) & (values >= 0)).all():
        raise ValueError("a loss is a number from 0 on")
    seen = np.maximum(values, MIN_LOSS)
    return np.maximum(seen[1:] / seen[:-1], 1.0)


def mean_loss_increase(losses: Sequence[float]) -> float:
    """The geometric mean of all increases; 1 if the loss never rises.

    Its logarithm is the positive variation (Jordan) of the loss's logarithm, per epoch: a loss that
    doubles in every second epoch and halves in the others has a mean increase of √2, whatever its
    size and however far it falls in the end. Raises what ``loss_increases`` raises.
    """
    return float(np.exp(np.log(loss_increases(losses)).mean()))


def max_loss_increase(losses: Sequence[float]) -> float:
    """The largest factor by which the loss rises within one epoch; 1 if it never rises."""
    return float(loss_increases(losses).max())


@dataclass(frozen=True)
class SeedCurve:
    """The finished training of one seed: all its epochs, and the machine it was trained on."""

    seed: int
    epochs: tuple[Epoch, ...]
    machine: str

    def __post_init__(self) -> None:
        numbers = [(each.seed, each.epoch) for each in self.epochs]
        if len(numbers) < MIN_EPOCHS:
            raise ValueError(f"seed {self.seed} has fewer than {MIN_EPOCHS} epochs")
        if numbers != [(self.seed, number) for number in range(1, len(numbers) + 1)]:
            raise ValueError(f"the epochs of seed {self.seed} are not in order")

    @property
    def test_losses(self) -> tuple[float, ...]:
        """Cross-entropies to base e, one per epoch."""
        return tuple(each.test_loss for each in self.epochs)


@dataclass(frozen=True)
class Band:
    """The test loss of one epoch over all finished seeds."""

    epoch: int
    least: float
    median: float
    most: float


@dataclass(frozen=True)
class NetStability:
    """One network of the zoo with its recipe, and the finished seeds in order, if any."""

    name: str
    title: str
    batch_size: int
    learning_rate: float
    epochs: int
    curves: tuple[SeedCurve, ...]

    def __post_init__(self) -> None:
        seeds = [each.seed for each in self.curves]
        if seeds != sorted(set(seeds)):
            raise ValueError(f"the seeds of '{self.name}' are not in order")
        if any(len(each.epochs) != self.epochs for each in self.curves):
            raise ValueError(f"not all seeds of '{self.name}' have {self.epochs} epochs")

    @property
    def band(self) -> tuple[Band, ...]:
        """Each epoch over all finished seeds; empty if no seed is finished."""
        columns = zip(*(each.test_losses for each in self.curves), strict=True)
        return tuple(
            Band(epoch, min(losses), statistics.median(losses), max(losses))
            for epoch, losses in enumerate(columns, start=1)
        )

    @property
    def mean_loss_increase(self) -> float | None:
        """The measure of the jumps: the median of the finished seeds' mean loss increases."""
        if not self.curves:
            return None
        return statistics.median(mean_loss_increase(each.test_losses) for each in self.curves)

    @property
    def max_loss_increase(self) -> float | None:
        """The largest increase of any seed within one epoch."""
        return max((max_loss_increase(each.test_losses) for each in self.curves), default=None)


@dataclass(frozen=True)
class StabilityRecord:
    """All networks, without batch normalisation, then with; some seeds may not be finished."""

    provenance: Provenance
    seeds: tuple[int, ...]
    nets: tuple[NetStability, ...]

    def __post_init__(self) -> None:
        if not self.nets or not any(each.curves for each in self.nets):
            raise ValueError("no seed is finished")
        if len({each.name for each in self.nets}) < len(self.nets):
            raise ValueError("a network appears twice")
        for net in self.nets:
            if not {each.seed for each in net.curves} <= set(self.seeds):
                raise ValueError(f"'{net.name}' has seeds that are not in the list")

    @property
    def machines(self) -> dict[str, int]:
        """How many of the seeds were trained on each machine, most first."""
        return dict(
            Counter(curve.machine for net in self.nets for curve in net.curves).most_common()
        )

    @property
    def finished(self) -> bool:
        """Whether every seed of every network is finished."""
        return all(len(each.curves) == len(self.seeds) for each in self.nets)


def run(dataset: Dataset) -> StabilityRecord:
    """Train every seed of every network; takes hours on two cores, and resumes."""
    return measure(dataset, NETS, SEEDS)


def measure(
    dataset: Dataset, nets: Mapping[str, int], seeds: Sequence[int], runs_root: Path = RUNS_ROOT
) -> StabilityRecord:
    """Train every seed that is not finished, and collect all finished ones.

    Seeds are saved where ``python -m core train`` saves them, and each resumes the other's. After
    an interruption (Ctrl-C), the record holds what is finished.

    Raises:
        KeyboardInterrupt: interrupted before any seed was finished.
        OSError: the disk is full or not writable.
    """
    finished: dict[str, list[SeedCurve]] = {name: [] for name in nets}
    try:
        train = partial(_train, dataset, runs_root)
        cases = [(name, epochs, seed) for name, epochs in nets.items() for seed in seeds]
        for (name, *_), curve in map_parts(train, cases, "Training"):
            finished[name].append(curve)
    except KeyboardInterrupt:
        if not any(finished.values()):
            raise
        print("Stopped: the finished seeds are recorded. Run the same command to continue.")
    return StabilityRecord(
        provenance=provenance_of(dataset, seeds[0], PACKAGES),
        seeds=tuple(seeds),
        nets=tuple(_net(name, epochs, finished[name]) for name, epochs in nets.items()),
    )


def _train(dataset: Dataset, runs_root: Path, case: tuple[str, int, int]) -> SeedCurve:
    name, epochs, seed = case
    folder = run_folder(name, "article", seed, runs_root)
    training = TrainingRun(get_spec(name), recipe_of(name, epochs), seed, folder)
    trained = train_seed(training, dataset, partial(print_epoch, name, epochs))
    # An earlier training may have more epochs than these.
    return SeedCurve(seed, tuple(trained.history[:epochs]), kept_facts(folder)[0])


def recipe_of(name: str, epochs: int) -> Recipe:
    """A network's own recipe, for that many epochs."""
    recipe = get_spec(name).recipe
    assert isinstance(recipe, Recipe)
    # As in the article: without mirrored images, and without learning rate decay, which would
    # remove the jumps that are to be measured.
    return replace(recipe, epochs=epochs, cosine_decay=False, horizontal_flip=False)


def _net(name: str, epochs: int, curves: Sequence[SeedCurve]) -> NetStability:
    spec, recipe = get_spec(name), recipe_of(name, epochs)
    return NetStability(
        name,
        spec.title,
        recipe.batch_size,
        recipe.learning_rate,
        epochs,
        tuple(sorted(curves, key=lambda curve: curve.seed)),
    )


EXPERIMENT = Experiment(
    "stability",
    "Stability: the loss over epochs, with and without batch normalisation",
    run,
    has_parts=True,
)
