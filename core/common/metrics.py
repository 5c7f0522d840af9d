"""Accuracy with its confidence interval, and confusion matrices."""

import math
from collections.abc import Sequence
from statistics import fmean, stdev
from typing import Any

import numpy as np
import numpy.typing as npt

NORMAL_QUANTILE = 1.959963984540054
"""The 97.5% quantile, for two-sided 95% intervals."""

ConfusionMatrix = tuple[tuple[int, ...], ...]
"""Image counts; rows are true classes, columns predicted classes."""


def accuracy(errors: int, images: int) -> float:
    """Share of correctly classified images, 0 to 1."""
    return 1 - errors / images


class Tested:
    """A model that misclassified ``errors`` of its ``test_images``."""

    test_images: int
    errors: int

    def __post_init__(self) -> None:
        if not 0 <= self.errors <= self.test_images or self.test_images < 1:
            raise ValueError(f"impossible counts: {self}")

    @property
    def accuracy(self) -> float:
        """Share of test images classified correctly, 0 to 1."""
        return accuracy(self.errors, self.test_images)


def confusion_matrix(
    true: npt.NDArray[np.integer[Any]], predicted: npt.NDArray[np.integer[Any]], classes: int
) -> ConfusionMatrix:
    """Count how often each true class was predicted as each class; all are (images,) indices."""
    matrix = np.zeros((classes, classes), int)
    np.add.at(matrix, (true, predicted), 1)
    return tuple(map(tuple, matrix.tolist()))


def error_count(matrix: Sequence[Sequence[int]]) -> int:
    """Number of misclassified images: the sum off the diagonal."""
    return sum(map(sum, matrix)) - sum(row[index] for index, row in enumerate(matrix))


def wilson_interval(share: float, count: float) -> tuple[float, float]:
    """The 95% confidence interval of a share, 0 to 1, of at least one trial.

    After Wilson, "Probable Inference", 1927.
    """
    z2 = NORMAL_QUANTILE**2
    scale = 1 + z2 / count
    middle = (share + z2 / (2 * count)) / scale
    deviation = math.sqrt(share * (1 - share) / count + z2 / (4 * count**2))
    reach = NORMAL_QUANTILE * deviation / scale
    return max(0.0, middle - reach), min(1.0, middle + reach)


def grouped_interval(right: Sequence[bool], groups: Sequence[str]) -> tuple[float, float]:
    """The 95% confidence interval of the share of right answers where those of a group are alike.

    Photos of one person tell less than as many of different people: Wilson's interval is taken of
    the effective number of photos, which is their number divided by the design effect (Kish,
    "Survey Sampling", 1965; Korn and Graubard, 1998). Where all photos agree, each group counts
    as one.

    Args:
        right: for each of at least one photo, whether the answer is right.
        groups: the group of each.
    """
    answers, (_, places) = np.array(right, float), np.unique(groups, return_inverse=True)
    share, photos, people = float(answers.mean()), len(answers), int(places.max()) + 1
    if share in (0, 1) or people == 1:
        return wilson_interval(share, people)
    residuals = np.bincount(places, answers - share)
    variance = people / (people - 1) * float(residuals @ residuals) / photos**2
    design_effect = max(1.0, variance / (share * (1 - share) / photos))
    return wilson_interval(share, max(1.0, photos / design_effect))


_T_QUANTILES = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
"""97.5% of Student's t with 1, 2, … degrees of freedom lies below."""


def mean_interval(values: Sequence[float]) -> tuple[float, float]:
    """The 95% interval of the mean of a few values, after Student [1908].

    Raises:
        ValueError: there are fewer than two values, or more than ten.
    """
    if not 2 <= len(values) <= len(_T_QUANTILES) + 1:
        raise ValueError(f"no interval of {len(values)} values")
    reach = _T_QUANTILES[len(values) - 2] * stdev(values) / math.sqrt(len(values))
    return fmean(values) - reach, fmean(values) + reach
