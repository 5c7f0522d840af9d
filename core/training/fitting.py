"""scikit-learn's logistic regression, timed on one thread."""

import time
import warnings
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from core.images.pooling import Pixels

DEFAULT_TOLERANCE = 1e-4
DEFAULT_ITERATIONS = 100
"""Those of ``LogisticRegression``, which the article uses."""


class TimedFit(NamedTuple):
    """A fitted ``LogisticRegression``, and its processor and wall time in seconds."""

    model: Any
    seconds: float
    elapsed_seconds: float


def fit_pixels(
    pixels: Pixels,
    labels: npt.NDArray[np.integer[Any]],
    c: float = 1.0,
    iterations: int = DEFAULT_ITERATIONS,
    tolerance: float = DEFAULT_TOLERANCE,
) -> TimedFit:
    """Fit (images, pixels) to (images,) labels, whether or not the solver converges in time."""
    # Imported here: commands and pages that only read results must not wait for scikit-learn.
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    model = LogisticRegression(C=c, tol=tolerance, max_iter=iterations)
    with threadpool_limits(1), warnings.catch_warnings():
        # ``n_iter_`` tells whether it converged.
        warnings.simplefilter("ignore", ConvergenceWarning)
        started, started_working = time.perf_counter(), time.process_time()
        model.fit(pixels, labels)
        worked, elapsed = time.process_time() - started_working, time.perf_counter() - started
    return TimedFit(model, worked, elapsed)
