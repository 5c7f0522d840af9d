"""Hard negatives: what the hand detector takes for hands where there are none."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from core.common.types import Box, Photo, Uint8Array
from core.hands.detections import Detection, intersection
from core.hands.detector import HandDetector
from core.images.geometry import Square, square_around
from core.synthetic.look_alikes import draw_look_alike

LOOK_ALIKES = 300
"""Synthetic photos of flowers and food among the photos without a hand."""

Pictured = TypeVar("Pictured")


@dataclass(frozen=True)
class HardNegatives(Generic[Pictured]):
    """False positives of the hand detector: places in photos that it takes for hands.

    Each photo and box is chosen with a probability proportional to its score.
    """

    places: list[tuple[Pictured, Box]]
    probabilities: npt.NDArray[np.float64]

    @classmethod
    def of(cls, found: Sequence[tuple[Pictured, Detection]]) -> "HardNegatives[Pictured]":
        """The hard negatives with their photos, weighted by the hand detector's scores."""
        weights = np.array([hand.score for _, hand in found])
        return cls([(photo, hand.box) for photo, hand in found], weights / max(weights.sum(), 1e-9))

    def choose(self, rng: np.random.Generator) -> tuple[Pictured, Box]:
        """A random one of at least one."""
        return self.places[int(rng.choice(len(self.places), p=self.probabilities))]


@cache
def look_alikes() -> tuple[Uint8Array, ...]:
    """RGB photos without a hand to learn from."""
    return tuple(map(draw_look_alike, range(LOOK_ALIKES)))


def false_positives(
    pixels: Uint8Array, boxes: Sequence[Box], detector: HandDetector | None
) -> list[Detection]:
    """What a detector takes for hands in an RGB photo beside its hands, which are all in boxes.

    A photo without a hand is also searched from nearer. Without a detector there are none.
    """
    if detector is None:
        return []
    found = [
        hand
        for hand in detector.detect(Photo(pixels)).hands
        if not shows_hand(square_around(hand.box), boxes)
    ]
    return found if boxes else [*found, *detector.detect_nearer(Photo(pixels))]


def shows_hand(square: Square, boxes: Sequence[Box]) -> bool:
    """Whether more than a fifth of any hand's box lies in the square."""
    half = square.side / 2
    inside = Box(square.x - half, square.y - half, square.x + half, square.y + half)
    return any(intersection(inside, box) > 0.2 * box.width * box.height for box in boxes)
