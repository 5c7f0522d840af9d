"""Frames of a camera before which synthetic hands move, with the truth of every frame."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from core.common.types import FACES, SIDES, Box, Face, Float64Array, Side, Uint8Array
from core.synthetic.background import draw_background
from core.synthetic.camera import take_photo
from core.synthetic.material import Look
from core.synthetic.photo import PosedHand, RenderedHand, draw_hands
from core.synthetic.pose import NATURAL_COMBINATIONS, Fingers, sample_pose
from core.synthetic.scene import sample_arm, sample_cloth, sample_light, sample_skin
from core.synthetic.skeleton import HandShape, Skeleton, pose_skeleton, sample_shape
from core.synthetic.view import View, turn

SECONDS = 4.0
"""Of every sequence."""

CHANGING = 0.2
"""Seconds in which a hand changes what it shows."""

_LENGTH = 183.0
"""Of a hand in mm, from the wrist to the tip of the middle finger: the means in ``skeleton``."""

_PALM = np.array([0.0, 60.0, 0.0])
"""The middle of the palm in its frame, in mm."""


@dataclass(frozen=True)
class Keyframe:
    """A hand at one time; between two of them it moves and changes evenly.

    Attributes:
        second: from the start.
        place: of the middle of the palm, as shares of the picture's width and height.
        size: length of the open hand, as a share of the picture's height.
        roll, yaw: in degrees, as in ``turn``.
    """

    second: float
    fingers: Fingers
    place: tuple[float, float]
    size: float
    roll: float = 0.0
    yaw: float = 0.0


@dataclass(frozen=True)
class MovingHand:
    """One hand of a sequence, with at least two keyframes, the last one at its end or later."""

    side: Side
    face: Face
    keyframes: tuple[Keyframe, ...]


@dataclass(frozen=True)
class SequenceHand:
    """What is true of one hand in one frame.

    Attributes:
        fingers: how many are up; None while that changes.
        box: of what is seen of it, in pixels; empty where nothing is.
        visible: the share of its 21 joints that lie in the picture and behind no other hand.
    """

    fingers: int | None
    side: Side
    box: Box
    visible: float


@dataclass(frozen=True)
class SequenceFrame:
    """A frame: when it was taken, (height, width, 3) uint8 RGB, and the hands in a fixed order."""

    second: float
    pixels: Uint8Array
    hands: tuple[SequenceHand, ...]


def draw_sequence(
    seed: int, scene: str, size: tuple[int, int] = (480, 360), frames_per_second: float = 25.0
) -> Iterator[SequenceFrame]:
    """The frames of a scene, one of ``SCENES``, ``size`` (width, height) in pixels.

    Person, room, light and the camera's faults are those of the seed in all frames, also its noise.
    """
    rng = np.random.default_rng([seed, 0])
    width, height = size
    hands = SCENES[scene](rng)
    empty = draw_background("plain" if rng.random() < 0.5 else "clutter", height, width, rng)
    look = Look(sample_light(rng), sample_skin(rng), sample_cloth(rng))
    shape = sample_shape(np.random.default_rng([seed, 1]))
    for number in range(round(SECONDS * frames_per_second)):
        second = number / frames_per_second
        picture = empty.copy()
        posed = [
            _posed(hand, second, shape, size, [seed, 2, index]) for index, hand in enumerate(hands)
        ]
        rngs = (np.random.default_rng([seed, 3, index]) for index in range(len(hands)))
        drawn, _ = draw_hands(picture, zip(posed, rngs, strict=True), look)
        pixels = take_photo(picture, 0.3, np.random.default_rng([seed, 4]))
        truth = (_truth(hand, one, second) for hand, one in zip(hands, drawn, strict=True))
        yield SequenceFrame(second, pixels, tuple(truth))


def _posed(
    hand: MovingHand, second: float, shape: HandShape, size: tuple[int, int], seed: list[int]
) -> PosedHand:
    width, height = size
    before, after, share = _around(hand, second)
    rng = np.random.default_rng(seed)
    arm = sample_arm("bare" if rng.random() < 0.5 else "sleeve", rng)
    numbers = [[each.size, each.roll, each.yaw, *each.place] for each in (before, after)]
    length, roll, yaw, x, y = (1 - share) * np.array(numbers[0]) + share * np.array(numbers[1])
    mirrored = hand.side == "L"
    turned = turn(
        np.radians(-roll if mirrored else roll),
        0.0,
        np.radians(yaw) + (np.pi if hand.face == "back" else 0.0),
    )
    view = View(turned, length * height / _LENGTH, np.zeros(2), 800.0)
    place = np.array([x * width, y * height])
    if mirrored:
        place[0] = width - 1 - place[0]
    view = View(turned, view.scale, place - view.project(_PALM)[:2], view.distance)
    early, late = (_skeleton(shape, each.fingers, seed) for each in (before, after))
    return PosedHand(
        shape, _between(early, late, share), view, arm, after.fingers, hand.side, hand.face
    )


def _skeleton(shape: HandShape, fingers: Fingers, seed: list[int]) -> Skeleton:
    """The same for the same fingers."""
    return pose_skeleton(shape, sample_pose(fingers, np.random.default_rng([*seed, *fingers])))


def _around(hand: MovingHand, second: float) -> tuple[Keyframe, Keyframe, float]:
    """The keyframes before and after a second, and the share of the way, slow at both ends."""
    before, after = next(pair for pair in pairwise(hand.keyframes) if second <= pair[1].second)
    share = (second - before.second) / (after.second - before.second)
    return before, after, share * share * (3 - 2 * share)


def _between(before: Skeleton, after: Skeleton, share: float) -> Skeleton:
    def mixed(one: Float64Array, other: Float64Array) -> Float64Array:
        return (1 - share) * one + share * other

    dorsal = mixed(before.dorsal, after.dorsal)
    return Skeleton(
        mixed(before.joints, after.joints),
        dorsal / np.linalg.norm(dorsal, axis=-1, keepdims=True),
    )


def _truth(hand: MovingHand, drawn: RenderedHand, second: float) -> SequenceHand:
    before, after, _ = _around(hand, second)
    height, width = drawn.mask.shape
    places = np.rint(drawn.landmarks).astype(int)
    inside = ((places >= 0) & (places < (width, height))).all(axis=1)
    seen = drawn.mask[places[inside, 1], places[inside, 0]]
    is_steady = before.fingers == after.fingers
    return SequenceHand(
        sum(after.fingers) if is_steady else None,
        hand.side,
        drawn.box,
        float(seen.sum() / len(places)),
    )


# --- The scenes ----------------------------------------------------------------------------------


def _any(rng: np.random.Generator, count: int) -> list[Fingers]:
    """Easy combinations, each with another count than the one before."""
    found: list[Fingers] = []
    while len(found) < count:
        fingers = NATURAL_COMBINATIONS[int(rng.integers(len(NATURAL_COMBINATIONS)))]
        if not found or sum(fingers) != sum(found[-1]):
            found.append(fingers)
    return found


def _side_and_face(rng: np.random.Generator) -> tuple[Side, Face]:
    return SIDES[int(rng.integers(2))], FACES[int(rng.random() < 0.3)]


def _moving(rng: np.random.Generator) -> tuple[MovingHand, ...]:
    """One hand, about the picture, nearer and further away."""
    (fingers,) = _any(rng, 1)
    keyframes = tuple(
        Keyframe(
            float(second),
            fingers,
            (float(rng.uniform(0.25, 0.75)), float(rng.uniform(0.45, 0.7))),
            float(rng.uniform(0.4, 0.7)),
            float(rng.uniform(-20, 20)),
        )
        for second in range(5)
    )
    return (MovingHand(*_side_and_face(rng), keyframes),)


def _turning(rng: np.random.Generator) -> tuple[MovingHand, ...]:
    """One hand that turns in the picture and a little away from the camera."""
    (fingers,) = _any(rng, 1)
    rolls, yaws = (0, 60, -60, 30, 0), (0, 20, -20, 25, -10)
    keyframes = tuple(
        Keyframe(float(second), fingers, (0.5, 0.55), 0.6, float(roll), float(yaw))
        for second, (roll, yaw) in enumerate(zip(rolls, yaws, strict=True))
    )
    return (MovingHand(*_side_and_face(rng), keyframes),)


def _counting(rng: np.random.Generator) -> tuple[MovingHand, ...]:
    """One hand that shows five counts, each for 0.6 s."""
    keyframes = []
    for number, fingers in enumerate(_any(rng, 5)):
        for second in (0.8 * number, 0.8 * number + 0.8 - CHANGING):
            place = float(rng.uniform(0.46, 0.54)), float(rng.uniform(0.5, 0.6))
            keyframes.append(Keyframe(second, fingers, place, 0.6))
    last = keyframes[-1]
    keyframes.append(Keyframe(SECONDS, last.fingers, last.place, last.size))
    return (MovingHand(*_side_and_face(rng), tuple(keyframes)),)


def _crossing(rng: np.random.Generator) -> tuple[MovingHand, ...]:
    """Both hands with different counts; one passes before the other, and back."""
    hands = []
    _, face = _side_and_face(rng)
    first = SIDES[int(rng.integers(2))]
    sides: tuple[Side, Side] = (first, "L" if first == "R" else "R")
    for side, fingers, (left, right), y in zip(
        sides, _any(rng, 2), ((0.25, 0.75), (0.75, 0.25)), (0.55, 0.6), strict=True
    ):
        places = ((0.0, left), (0.4, left), (1.6, right), (2.2, right), (3.6, left), (4.0, left))
        keyframes = tuple(Keyframe(second, fingers, (x, y), 0.45) for second, x in places)
        hands.append(MovingHand(side, face, keyframes))
    return tuple(hands)


def _leaving(rng: np.random.Generator) -> tuple[MovingHand, ...]:
    """One hand that leaves the picture and comes again with another count, twice."""
    x = float(rng.uniform(0.35, 0.65))
    one, other, third = _any(rng, 3)
    out = float(rng.choice([-0.6, 1.6])), 0.6
    path = (
        (0.0, one, (x, 0.55)), (0.7, one, (x, 0.55)), (1.1, one, out), (1.5, other, out),
        (1.9, other, (x, 0.55)), (2.5, other, (x, 0.55)), (2.9, other, (x, 1.9)),
        (3.1, third, (x, 1.9)), (3.5, third, (x, 0.55)), (4.0, third, (x, 0.55)),
    )  # fmt: skip
    keyframes = tuple(Keyframe(second, fingers, place, 0.55) for second, fingers, place in path)
    return (MovingHand(*_side_and_face(rng), keyframes),)


SCENES: Mapping[str, Callable[[np.random.Generator], tuple[MovingHand, ...]]] = {
    "moving": _moving,
    "turning": _turning,
    "counting": _counting,
    "crossing": _crossing,
    "leaving": _leaving,
}
"""One hand that moves, turns, changes its count, or leaves and comes; both hands that cross."""
