"""The combinations of fingers that a hand can raise, as joint angles with natural variation."""

from dataclasses import dataclass
from itertools import product
from typing import Literal, NamedTuple

import numpy as np

from core.common.types import Float64Array


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

ThumbHold = Literal["out", "over", "across"]
"""Where the thumb is: spread out, over folded fingers, or across the palm."""


@dataclass(frozen=True)
class Pose:
    """How the joints of one hand are bent.

    Attributes:
        curls: (4, 3) flexion at the knuckle, middle and end joint in radians, index to little.
        spreads: (4,) angle of each finger to the palm's axis in radians, positive to the thumb.
        thumb_finger: the finger (1 index to 4 little) whose middle bone the thumb aims at.
        opposed: the thumb stands opposite to the ring or little finger, which it holds alone.
        thumb_abduction: angle of a spread thumb to the palm's axis in radians.
        thumb_jitter: (3,) displacement of the thumb's aim in mm.
    """

    curls: Float64Array
    spreads: Float64Array
    thumb: ThumbHold
    thumb_finger: int
    opposed: bool
    thumb_abduction: float
    thumb_jitter: Float64Array


# Degrees; means and standard deviations of the knuckle, middle and end joint.
_EXTENDED_CURL = (np.array([1.0, 7.0, 9.0]), np.array([5.0, 4.0, 3.0]))
_FOLDED_CURL = (np.array([78.0, 107.0, 70.0]), np.array([5.0, 4.0, 6.0]))
# Spread of wide-open fingers, and where folded fingers point: they meet at the thumb's root.
_OPEN_SPREAD = np.array([19.0, 1.5, -12.0, -38.0])
_FOLDED_SPREAD = np.array([-4.0, -1.0, 3.0, 8.0])


def sample_pose(
    fingers: Fingers,
    rng: np.random.Generator,
    wideness: tuple[float, float] = (0.1, 1.0),
    abduction: tuple[float, float] = (42.0, 76.0),
) -> Pose:
    """A natural pose that clearly shows the combination.

    Ranges: of the spread between the fingers, from 0, closed, to about 1, wide open; and of a
    spread thumb's angle to the palm's axis, in degrees.
    """
    wide = rng.uniform(*wideness)
    common = rng.normal(0.0, 1.0, 3)
    curls = np.empty((4, 3))
    spreads = np.empty(4)
    for row, up in enumerate(fingers[1:]):
        mean, deviation = _EXTENDED_CURL if up else _FOLDED_CURL
        # Neighbouring fingers bend similarly, so most of the variation is shared.
        bend = mean + deviation * (0.7 * common + 0.7 * rng.normal(0.0, 1.0, 3))
        curls[row] = bend.clip([-8.0, 0.0, 0.0], [16.0, 18.0, 18.0]) if up else bend
        spread = _OPEN_SPREAD[row] * wide if up else _FOLDED_SPREAD[row]
        spreads[row] = spread + rng.normal(0.0, 2.0)
    _part_lone_neighbours(fingers, spreads, rng, wide)
    thumb, finger = _hold_of_thumb(fingers, rng)
    return Pose(
        curls=np.radians(curls),
        spreads=np.radians(spreads),
        thumb=thumb,
        thumb_finger=finger,
        opposed=thumb == "over" and fingers.index and fingers.middle,
        thumb_abduction=float(np.radians(rng.uniform(*abduction))),
        thumb_jitter=rng.normal(0.0, 2.0, 3),
    )


def _part_lone_neighbours(
    fingers: Fingers, spreads: Float64Array, rng: np.random.Generator, wide: float
) -> None:
    """Spread isolated fingers, in degrees: a V opens, a ring finger leans away."""
    if fingers[1:] == (True, True, False, False):
        opening = wide * rng.uniform(10.0, 26.0)
        spreads[0] += 0.3 * opening
        spreads[1] -= 0.7 * opening
    elif fingers[3] and not fingers[4]:
        spreads[2] -= rng.uniform(2.0, 9.0)


def _hold_of_thumb(fingers: Fingers, rng: np.random.Generator) -> tuple[ThumbHold, int]:
    """Where the thumb is, and the finger that it aims at."""
    if fingers.thumb:
        return "out", 1
    folded = [number for number in (1, 2, 3, 4) if not fingers[number]]
    if not folded:
        return "across", 3
    return "over", int(rng.choice([number for number in folded if number > 1] or folded))
