"""What lies between the article's first two values of C, where all of the change is."""

from dataclasses import dataclass

from core.datasets.store import Dataset
from core.experiments import Experiment
from core.experiments.records.logistic import (
    PACKAGES,
    SEED,
    FitConfig,
    FitPath,
    fit_path,
    samples_of,
)
from core.experiments.records.store import Provenance, provenance_of
from core.experiments.regularisation import MAX_IMAGES

CS = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2)


@dataclass(frozen=True)
class StrongRegularisationRecord(FitPath):
    """By our solver, from the smallest C, the strongest regularisation, to the largest."""

    provenance: Provenance

    def __post_init__(self) -> None:
        strengths = [each.config.c for each in self.fits]
        if not strengths or strengths != sorted(set(strengths)):
            raise ValueError("the values of C are not in order")


def run(dataset: Dataset) -> StrongRegularisationRecord:
    """Fit every value of C with our solver; takes a few seconds."""
    samples = samples_of(dataset, MAX_IMAGES)
    path, _ = fit_path(samples, [FitConfig(len(samples.images), c) for c in CS])
    return StrongRegularisationRecord(
        **vars(path), provenance=provenance_of(dataset, SEED, PACKAGES)
    )


EXPERIMENT = Experiment(
    "strong_regularisation",
    "Strong regularisation: logistic regression with five small values of C",
    run,
)
