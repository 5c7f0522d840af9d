"""The record of trainings with many seeds: every epoch, and how much the loss jumps."""

import statistics
from collections import Counter
from dataclasses import dataclass

from core.artifacts.store import Epoch
from core.evaluation.loss_stability import max_loss_increase, mean_loss_increase
from core.experiments.records.store import Provenance

MIN_EPOCHS = 2
"""With fewer there is no jump."""


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

    @property
    def mean_loss_increase(self) -> float:
        """Mean increase of the test loss; see ``core.evaluation.loss_stability``."""
        return mean_loss_increase(self.test_losses)


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
        return statistics.median(each.mean_loss_increase for each in self.curves)

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
