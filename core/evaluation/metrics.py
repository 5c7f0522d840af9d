"""Measures a served model on a dataset."""

from dataclasses import dataclass

import numpy as np

from core.artifacts.store import Mistake
from core.common.metrics import ConfusionMatrix, accuracy, confusion_matrix
from core.common.progress import Progress
from core.common.types import CLASSES, Float32Array, Target
from core.datasets.store import Dataset
from core.hands.tflite import ServedNet

CHUNK = 100


@dataclass(frozen=True)
class Evaluation:
    """A model's answers on labelled images, in the order of ``CLASSES``; the loss is to base e."""

    images: int
    errors: int
    confusion_matrix: ConfusionMatrix
    loss: float
    mistakes: tuple[Mistake, ...]

    @property
    def accuracy(self) -> float:
        """Share of correctly classified images, 0 to 1."""
        return accuracy(self.errors, self.images)


def true_classes(target: Target, dataset: Dataset) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    """(images,) uint8: the class of every image, as an index into ``CLASSES[target]``."""
    return dataset.fingers if target == "fingers" else dataset.sides


def evaluate(
    model: ServedNet,
    target: Target,
    dataset: Dataset,
    indices: np.ndarray[tuple[int], np.dtype[np.intp]],
    progress: Progress | None = None,
) -> Evaluation:
    """Classify the images at ``indices`` and compare the predictions with the labels."""
    probabilities = np.empty((len(indices), len(CLASSES[target])), np.float32)
    for start in range(0, len(indices), CHUNK):
        chosen = indices[start : start + CHUNK]
        probabilities[start : start + CHUNK] = model.probabilities(dataset.images[chosen])
        if progress is not None:
            progress(start + len(chosen), len(indices))
    names = [dataset.file_name(int(index)) for index in indices]
    return summarise(target, true_classes(target, dataset)[indices], probabilities, names)


def summarise(
    target: Target,
    true: np.ndarray[tuple[int], np.dtype[np.uint8]],
    probabilities: Float32Array,
    names: list[str],
) -> Evaluation:
    """Count and list the mistakes of (images, classes) probabilities against (images,) classes."""
    classes = CLASSES[target]
    predicted = probabilities.argmax(axis=1)
    of_truth = probabilities[np.arange(len(true)), true]
    mistakes = tuple(
        Mistake(
            names[index],
            classes[true[index]],
            classes[predicted[index]],
            tuple(round(float(value), 6) for value in probabilities[index]),
        )
        for index in np.flatnonzero(predicted != true)
    )
    return Evaluation(
        images=len(true),
        errors=len(mistakes),
        confusion_matrix=confusion_matrix(true, predicted, len(classes)),
        loss=float(-np.log(np.maximum(of_truth, 1e-12)).mean()),
        mistakes=mistakes,
    )
