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
