"""How much the loss jumps during training, with and without batch normalisation."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from core.artifacts.store import Epoch
from core.common.environment import kept_facts
from core.datasets.store import Dataset
from core.experiments import Experiment
from core.experiments.records.stability import NetStability, SeedCurve, StabilityRecord
from core.experiments.records.store import provenance_of
from core.training.trainer import RUNS_ROOT, TrainingRun, run_folder, train_seed
from core.zoo import Recipe, get_spec

PACKAGES = ("keras", "tensorflow", "jax", "numpy")


@dataclass(frozen=True)
class NetPlan:
    """One network of the zoo, and the number of epochs for each of its seeds."""

    name: str
    epochs: int

    def __post_init__(self) -> None:
        if self.epochs < 2:
            raise ValueError(f"a single epoch shows no jump: {self}")

    @property
    def recipe(self) -> Recipe:
        """The network's own recipe, for that many epochs."""
        recipe = get_spec(self.name).recipe
        assert isinstance(recipe, Recipe)
        # As in the article: without mirrored images, and without learning rate decay, which would
        # remove the jumps that are to be measured.
        return replace(recipe, epochs=self.epochs, cosine_decay=False, horizontal_flip=False)


@dataclass(frozen=True)
class StabilitySettings:
    """What is compared: networks without batch normalisation, then with, the fastest first."""

    nets: tuple[NetPlan, ...] = (
        NetPlan("dense_128_64_32", 20),
        NetPlan("dense_batch_norm", 20),
        NetPlan("cnn", 20),
        NetPlan("cnn_batch_norm", 20),
    )
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)

    def __post_init__(self) -> None:
        if not self.nets or not self.seeds or list(self.seeds) != sorted(set(self.seeds)):
            raise ValueError(f"nothing to train, or not in order: {self}")


def run(dataset: Dataset) -> StabilityRecord:
    """Train every seed of every network; takes hours on two cores, and resumes."""
    return measure(dataset, StabilitySettings())


def measure(
    dataset: Dataset, settings: StabilitySettings, runs_root: Path = RUNS_ROOT
) -> StabilityRecord:
    """Train every seed that is not finished, and collect all finished ones.

    Seeds are saved where ``python -m core train`` saves them, and each resumes the other's. After
    an interruption (Ctrl-C), the record holds what is finished.

    Raises:
        KeyboardInterrupt: interrupted before any seed was finished.
        OSError: the disk is full or not writable.
    """
    finished: dict[str, list[SeedCurve]] = {plan.name: [] for plan in settings.nets}
    try:
        for plan, curve in _trained(dataset, settings, runs_root):
            finished[plan.name].append(curve)
    except KeyboardInterrupt:
        if not any(finished.values()):
            raise
        print("Stopped: the finished seeds are recorded. Run the same command to continue.")
    return StabilityRecord(
        provenance=provenance_of(dataset, settings.seeds[0], PACKAGES),
        seeds=settings.seeds,
        nets=tuple(_net(plan, finished[plan.name]) for plan in settings.nets),
    )


def _trained(
    dataset: Dataset, settings: StabilitySettings, runs_root: Path
) -> Iterator[tuple[NetPlan, SeedCurve]]:
    for plan in settings.nets:
        for seed in settings.seeds:
            folder = run_folder(plan.name, "article", seed, runs_root)
            training = TrainingRun(get_spec(plan.name), plan.recipe, seed, folder)
            trained = train_seed(training, dataset, partial(_report, plan))
            # An earlier training may have more epochs than these.
            machine, _ = kept_facts(folder)
            yield plan, SeedCurve(seed, tuple(trained.history[: plan.epochs]), machine)


def _report(plan: NetPlan, epoch: Epoch) -> None:
    print(
        f"{plan.name} seed {epoch.seed} epoch {epoch.epoch}/{plan.epochs}: "
        f"test loss {epoch.test_loss:.6f}, {epoch.test_accuracy:.2%} correct, "
        f"{epoch.seconds:.1f} s",
        file=sys.stderr,
        flush=True,
    )


def _net(plan: NetPlan, curves: list[SeedCurve]) -> NetStability:
    spec = get_spec(plan.name)
    return NetStability(
        name=spec.name,
        title=spec.title,
        batch_size=plan.recipe.batch_size,
        learning_rate=plan.recipe.learning_rate,
        epochs=plan.epochs,
        curves=tuple(curves),
    )


EXPERIMENT = Experiment(
    "stability", "Stability: the loss over epochs, with and without batch normalisation", run
)
