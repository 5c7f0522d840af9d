"""A dataset's images in memory, in the form that training needs."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.common.types import FINGER_COUNTS, SIDES, Float32Array, Target, Uint8Array
from core.datasets.store import Dataset
from core.evaluation.metrics import true_classes

_Indices = np.ndarray[tuple[int], np.dtype[np.intp]]


@dataclass(frozen=True)
class LearningData:
    """The training images and all test images.

    Pixels stay uint8, which takes a quarter of the memory; networks convert them to floats batch by
    batch. Images are (images, 128, 128, 1), targets as ``targets_of`` makes them, and test classes
    (test images,) uint8 indices into the model's classes.
    """

    images: Uint8Array
    targets: Float32Array
    test_images: Uint8Array
    test_classes: Uint8Array


def learning_data(target: Target, dataset: Dataset, images: int | None, seed: int) -> LearningData:
    """The training and test data for one seed; for the arguments see ``train_indices``."""
    train, test = train_indices(dataset, images, seed), dataset.indices("test")
    return LearningData(
        dataset.images[train][..., None],
        targets_of(target, dataset, train),
        dataset.images[test][..., None],
        true_classes(target, dataset)[test],
    )


def train_indices(dataset: Dataset, images: int | None, seed: int) -> _Indices:
    """The first ``images`` indices of the shuffled train split.

    For None, or if there are fewer, all of them; for None in the order of the store.
    """
    train = dataset.indices("train")
    return train if images is None else np.random.default_rng(seed).permutation(train)[:images]


def random_horizontal_flip(images: Uint8Array, rng: np.random.Generator) -> None:
    """Flip about half of the (images, 128, 128, 1) uint8 images horizontally, in place."""
    chosen = rng.random(len(images)) < 0.5
    images[chosen] = images[chosen, :, ::-1]


def targets_of(target: Target, dataset: Dataset, indices: np.ndarray[Any, Any]) -> Float32Array:
    """The expected outputs: (images, 6) one-hot counts, or (images, 1) with 1 for a right hand."""
    if target == "fingers":
        answers = dataset.fingers[indices][:, None] == np.array(FINGER_COUNTS)
    else:
        answers = dataset.sides[indices][:, None] == SIDES.index("R")
    return np.asarray(answers, np.float32)
