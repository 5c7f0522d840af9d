"""Occlusion sensitivity: how an answer changes as each part of the image is covered.

After Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks" (2014). It uses only
the model's outputs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np

from core.common.types import Float32Array, Uint8Array

Answers = Callable[[Uint8Array], Float32Array]
"""(images, height, width) uint8 -> (images, classes) float32, each row summing to 1."""


@dataclass(frozen=True)
class Cover:
    """A grey square that covers a part of the image, in pixels.

    It moves at each step by at most its size, so that every pixel is covered.
    """

    size: int
    stride: int
    grey: int

    def __post_init__(self) -> None:
        if not 1 <= self.stride <= self.size or not 0 <= self.grey <= 255:
            raise ValueError(f"no square to cover with: {self}")

    def corners(self, side: int) -> tuple[int, ...]:
        """The square's positions along a side, in pixels, up to the last that fits.

        Raises:
            ValueError: the square is larger than the image.
        """
        last = side - self.size
        if last < 0:
            raise ValueError(f"a square of {self.size} pixels covers more than an image of {side}")
        return (*range(0, last, self.stride), last)


@dataclass(frozen=True)
class Sensitivity:
    """How covering parts of an image changed the answer.

    Attributes:
        uncovered: probability of the class without a cover.
        covered: (rows, columns) float32, its probability with the square at each place.
        changed: (rows, columns) bool, whether another class was the most probable.
        drops: (height, width) float32, the fall in probability, averaged for each pixel over all
            squares that covered it; negative where it rose.
    """

    uncovered: float
    covered: Float32Array
    changed: np.ndarray[tuple[int, int], np.dtype[np.bool_]]
    drops: Float32Array


def covered_images(image: Uint8Array, cover: Cover) -> Uint8Array:
    """(places, height, width) uint8: the image with each place covered, row by row."""
    places = list(product(*map(cover.corners, image.shape)))
    images = np.repeat(image[None], len(places), axis=0)
    for number, (top, left) in enumerate(places):
        images[number, top : top + cover.size, left : left + cover.size] = cover.grey
    return images


def sensitivity(answers: Answers, image: Uint8Array, shown: int, cover: Cover) -> Sensitivity:
    """Cover each place of an image, and measure how far the probability of one class falls.

    The image is (height, width) uint8, grey; ``shown`` is the class that is measured.
    """
    rows, columns = map(cover.corners, image.shape)
    uncovered = answers(image[None])[0]
    outputs = answers(covered_images(image, cover)).reshape(len(rows), len(columns), -1)
    covered = outputs[..., shown]
    total = np.zeros(image.shape, np.float64)
    times = np.zeros(image.shape, np.int64)
    for (top, left), share in zip(product(rows, columns), covered.flat, strict=True):
        place = np.s_[top : top + cover.size, left : left + cover.size]
        total[place] += float(uncovered[shown]) - float(share)
        times[place] += 1
    return Sensitivity(
        uncovered=float(uncovered[shown]),
        covered=covered,
        changed=outputs.argmax(axis=2) != uncovered.argmax(),
        drops=(total / times).astype(np.float32),
    )
