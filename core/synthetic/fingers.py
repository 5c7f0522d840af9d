"""The combinations of fingers that a hand can raise."""

from itertools import product
from typing import NamedTuple


class Fingers(NamedTuple):
    """Which fingers are up, that is, clearly extended."""

    thumb: bool
    index: bool  # type: ignore[assignment]  # hides tuple.index
    middle: bool
    ring: bool
    little: bool


ALL_COMBINATIONS: tuple[Fingers, ...] = tuple(
    Fingers(*bits) for bits in product((False, True), repeat=5)
)
"""All 32 combinations; the little finger changes fastest."""

DATASET_GESTURES: dict[int, Fingers] = {
    0: Fingers(False, False, False, False, False),
    1: Fingers(False, True, False, False, False),
    2: Fingers(False, True, True, False, False),
    3: Fingers(False, True, True, True, False),
    4: Fingers(False, True, True, True, True),
    5: Fingers(True, True, True, True, True),
}
"""The one combination by which the Fingers dataset shows each count."""

NATURAL_COMBINATIONS: tuple[Fingers, ...] = (
    *DATASET_GESTURES.values(),
    Fingers(True, False, False, False, False),
    Fingers(True, True, False, False, False),
    Fingers(True, True, True, False, False),
    Fingers(False, True, False, False, True),
    Fingers(True, True, False, False, True),
    Fingers(True, False, False, False, True),
    Fingers(False, False, True, True, True),
    Fingers(False, False, False, False, True),
)
"""Combinations that are easy to show: counting, thumb up, horns, call, OK."""
