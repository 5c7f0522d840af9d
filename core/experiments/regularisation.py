"""How much regularisation is best: logistic regression with ten values of C."""

from dataclasses import dataclass

import numpy as np

from core.common.progress import ProgressLine
from core.datasets.store import Dataset
from core.experiments import Experiment
from core.experiments.records.logistic import DualFitResult, FitConfig, PrimalFitResult
from core.experiments.records.logistic_fits import PACKAGES, SEED, RawPixels, fit_path, samples_of
from core.experiments.records.store import Provenance, provenance_of

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
class RegularisationRecord:
    """All values of C, fitted both ways.

    Attributes:
        provenance: the seed shuffles the training images, of which the first ones are taken.
        method: a description of both ways.
        gram_seconds, scoring_seconds: what all our fits share: the Gram matrix, and testing.
        fits: ours, from the smallest C, the strongest regularisation, to the largest.
        raw: the article's way, for the same values of C.
    """

    provenance: Provenance
    method: str
    gram_seconds: float
    scoring_seconds: float
    fits: tuple[DualFitResult, ...]
    raw: tuple[PrimalFitResult, ...]

    def __post_init__(self) -> None:
        values = [each.config.c for each in self.fits]
        if not values or values != sorted(set(values)):
            raise ValueError("the values of C are not in order")
        if len({each.config.train_images for each in self.fits}) != 1:
            raise ValueError("the fits are not of the same images")
        if [each.config for each in self.raw] != [each.config for each in self.fits]:
            raise ValueError("the two ways have different configurations")
        if min(self.gram_seconds, self.scoring_seconds) < 0:
            raise ValueError("a time is negative")

    @property
    def seconds(self) -> float:
        """Time for the whole sweep, our way."""
        return self.gram_seconds + self.scoring_seconds + sum(each.seconds for each in self.fits)

    @property
    def raw_seconds(self) -> float:
        """Time for the whole sweep, the article's way, without testing."""
        return sum(each.seconds for each in self.raw)


def run(dataset: Dataset) -> RegularisationRecord:
    """Fit every value of C both ways; takes a minute and a half."""
    samples = samples_of(dataset, MAX_IMAGES)
    configs = [FitConfig(len(samples.images), c) for c in CS]
    path = fit_path(samples, configs)
    raw_pixels = RawPixels(samples)
    progress = ProgressLine("Fitting raw pixels, as the article does")
    raw = []
    for done, config in enumerate(configs, start=1):
        raw.append(raw_pixels.fit(config))
        progress(done, len(configs))
    return RegularisationRecord(
        provenance=provenance_of(dataset, SEED, PACKAGES),
        method=_METHOD,
        gram_seconds=path.gram_seconds,
        scoring_seconds=path.scoring_seconds,
        fits=path.fits,
        raw=tuple(raw),
    )


EXPERIMENT = Experiment(
    name="regularisation",
    title="Regularisation: logistic regression with ten values of C",
    run=run,
)
