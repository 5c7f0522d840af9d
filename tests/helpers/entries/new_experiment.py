"""An experiment that a developer adds: nothing else names it."""

from dataclasses import dataclass

from core.datasets.store import Dataset
from core.experiments import Experiment


@dataclass(frozen=True)
class Images:
    """How many images there are."""

    images: int


def run(dataset: Dataset) -> Images:
    """Count them."""
    return Images(dataset.facts.images)


EXPERIMENT = Experiment("new_experiment", "Counts the images", run)
