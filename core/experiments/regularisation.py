"""How much regularisation is best: logistic regression with ten values of C."""

from dataclasses import dataclass

import numpy as np

from core.datasets.store import Dataset
from core.experiments import Experiment
from core.experiments.records.logistic import (
    PACKAGES,
    SEED,
    BothWaysRecord,
    FitConfig,
    fit_path,
    fit_raw_pixels,
    samples_of,
)
from core.experiments.records.store import provenance_of

MAX_IMAGES = 3_000
CS = tuple(float(c) for c in np.linspace(1e-7, 1.2, 10))
"""The article's values, evenly spaced."""

_METHOD = (
    "Logistic regression for six counts on 16,384 pixels from 0 to 1. Our solver: Newton's method "
    "with preconditioned conjugate gradients in the span of the images, each C started from the "
    "one before. The article's method: scikit-learn's LogisticRegression with its defaults, each C "
    "from scratch. Times are for one processor thread."
)


@dataclass(frozen=True)
class RegularisationRecord(BothWaysRecord):
    """All values of C, from the smallest, the strongest regularisation, to the largest."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if len({each.config.train_images for each in self.fits}) != 1:
            raise ValueError("the fits are not of the same images")


def run(dataset: Dataset) -> RegularisationRecord:
    """Fit every value of C both ways; takes a minute and a half."""
    samples = samples_of(dataset, MAX_IMAGES)
    configs = [FitConfig(len(samples.images), c) for c in CS]
    path, _ = fit_path(samples, configs)
    return RegularisationRecord(
        provenance=provenance_of(dataset, SEED, PACKAGES),
        method=_METHOD,
        **vars(path),
        raw=fit_raw_pixels(dataset, MAX_IMAGES, configs),
    )


EXPERIMENT = Experiment(
    "regularisation",
    "Regularisation: logistic regression with ten values of C",
    run,
    has_parts=True,
)
