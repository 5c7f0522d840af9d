"""How fast logistic regressions are fitted in the images' span, compared with the article's way."""

from statistics import median

from core.benchmarks.timing import Measurement
from core.datasets.store import Dataset
from core.experiments.records.logistic import FitConfig, RawPixels, fit_path, samples_of

SIZES = (500, 1_000, 1_500, 2_000)
SWEEP_SIZE = 1_000
CS = (0.1, 0.6, 1.2)


def learning_measurements(dataset: Dataset) -> list[Measurement]:
    """A few sizes and a few values of C both ways, on one thread; takes half a minute.

    Few fits share one Gram matrix here, so the speed-up is smaller than in the experiments.
    """
    samples = samples_of(dataset, max(SIZES))
    raw_pixels = RawPixels(samples)
    rows = []
    for name, configs in (
        (f"logistic regression, {len(SIZES)} sizes", [FitConfig(size, 1.0) for size in SIZES]),
        (f"logistic regression, {len(CS)} values of C", [FitConfig(SWEEP_SIZE, c) for c in CS]),
    ):
        path_seconds, theirs = [], 0.0
        for config in configs:
            # Measured alternately, so that other work slows both ways.
            path_seconds.append(fit_path(samples, configs)[0].seconds)
            theirs += raw_pixels.fit(config).seconds
        ours = median(path_seconds)
        goal = f"here {theirs / ours:.1f} times as fast; required: 5 times"
        rows += [
            Measurement(name, ours, "s"),
            Measurement("… on raw pixels, same run", theirs, "s", goal),
        ]
    return rows
