"""Detections: where the hands in a photo are."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from core.common.types import BoolArray, Box, Step

Candidate = TypeVar("Candidate")

NMS_IOU = 0.45
"""Of two candidates with at least this intersection over union, only the more confident is kept."""

MAX_OVERLAP = 0.4
"""Of two hands that share at least this part of the smaller one's box, only the more confident is
reported: a box around part of a hand lies within the hand's, however small its share of that is.
Boxes of different hands share at most 0.05 in the photos to learn from."""


@dataclass(frozen=True)
class HandMask:
    """The shape of a hand on a small copy of the photo.

    Attributes:
        mask: (height, width) bool, the hand without its arm, on the small copy.
        scale: pixels of the small copy per pixel of the photo.
        palm: (x, y) of the palm's centre in pixels of the photo.
        palm_radius: radius in photo pixels of the largest circle inside the palm.
        rotation: clockwise, in degrees, beyond the natural lean; 0 if unknown.
    """

    mask: BoolArray
    scale: float
    palm: tuple[float, float]
    palm_radius: float
    rotation: float


@dataclass(frozen=True)
class Detection:
    """One hand in a photo: its box without the arm, in pixels, and the confidence, 0 to 1.

    Its shape is there if the detector provides one.
    """

    box: Box
    score: float
    hand_mask: HandMask | None = None

    def __post_init__(self) -> None:
        if not (self.box.x0 < self.box.x1 and self.box.y0 < self.box.y1):
            raise ValueError(f"an empty box: {self.box}")
        if not 0 <= self.score <= 1:
            raise ValueError(f"a score outside 0 to 1: {self.score}")


@dataclass(frozen=True)
class Detections:
    """What a hand detector finds: hands, the most confident first, and pictures for display."""

    hands: tuple[Detection, ...]
    steps: tuple[Step, ...] = ()


def intersection(one: Box, other: Box) -> float:
    """The area that two boxes share, in square pixels."""
    width = min(one.x1, other.x1) - max(one.x0, other.x0)
    height = min(one.y1, other.y1) - max(one.y0, other.y0)
    return max(0.0, width) * max(0.0, height)


def iou(one: Box, other: Box) -> float:
    """Intersection over union of two boxes, 0 to 1."""
    shared = intersection(one, other)
    return shared / (one.width * one.height + other.width * other.height - shared)


def overlap(one: Box, other: Box) -> float:
    """The part of the smaller box that the other one shares, 0 to 1."""
    return intersection(one, other) / min(one.width * one.height, other.width * other.height)


def is_same_hand(one: Box, other: Box) -> bool:
    """Whether two boxes share so much that they are of one hand."""
    return overlap(one, other) >= MAX_OVERLAP


def each_once(
    candidates: Iterable[Candidate],
    score: Callable[[Candidate], float],
    is_same: Callable[[Candidate, Candidate], bool],
) -> list[Candidate]:
    """The candidates, the highest score first, without those that are the same as a higher one.

    Of equal scores, the one that comes first wins.
    """
    kept: list[Candidate] = []
    for candidate in sorted(candidates, key=score, reverse=True):
        if not any(is_same(candidate, other) for other in kept):
            kept.append(candidate)
    return kept


def non_max_suppression(detections: Iterable[Detection], limit: int) -> tuple[Detection, ...]:
    """The most confident detections up to a limit, none of which overlaps a more confident one."""
    distinct = each_once(
        detections,
        lambda each: each.score,
        lambda one, other: iou(one.box, other.box) >= NMS_IOU,
    )
    return tuple(distinct[:limit])
