"""Accuracy and confusion matrices."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

ConfusionMatrix = tuple[tuple[int, ...], ...]
"""Rows are true classes, columns predicted ones; images counted."""


def accuracy(errors: int, images: int) -> float:
    """Share of images read right, 0 to 1."""
    return 1 - errors / images


def confusion_matrix(
    true: npt.NDArray[np.integer[Any]], predicted: npt.NDArray[np.integer[Any]], classes: int
) -> ConfusionMatrix:
    """How often which class was taken for which.

    Args:
        true, predicted: (images,) class indices.
        classes: how many there are.
    """
    matrix = np.zeros((classes, classes), int)
    np.add.at(matrix, (true, predicted), 1)
    return tuple(map(tuple, matrix.tolist()))


def error_count(matrix: Sequence[Sequence[int]]) -> int:
    """How many images of a confusion matrix are off its diagonal."""
    return sum(map(sum, matrix)) - sum(row[index] for index, row in enumerate(matrix))
