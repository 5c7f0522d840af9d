"""Accuracy and confusion matrices."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

ConfusionMatrix = tuple[tuple[int, ...], ...]
"""Image counts; rows are true classes, columns predicted classes."""


def accuracy(errors: int, images: int) -> float:
    """Share of correctly classified images, 0 to 1."""
    return 1 - errors / images


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
