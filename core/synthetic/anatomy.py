"""The flesh on the bones: a hand's parts as round cones, in millimetres."""

from dataclasses import dataclass

import numpy as np

from core.common.types import Float64Array
from core.synthetic.skeleton import HandShape, Skeleton

THUMB, INDEX, MIDDLE, RING, LITTLE, PALM, ARM, SLEEVE = range(8)
"""The numbers of the parts in a surface's map."""

WEB_SHARE = 0.4
"""Where the web of skin between two fingers ends, as a share of the proximal bone."""


@dataclass(frozen=True)
class Solid:
    """Round cones of one part, in mm in the palm's frame, or, as a view shows them, in pixels.

    Attributes:
        ends: (n, 2, 3) both ends of each cone.
        radii: (n, 2) radius at both ends.
        melting: how far the cones blend into each other.
        joining: how far the part blends into those drawn before.
    """

    number: int
    ends: Float64Array
    radii: Float64Array
    melting: float
    joining: float


class _Cones(list[tuple[Float64Array, Float64Array, float, float]]):
    def add(self, start: Float64Array, end: Float64Array, r_start: float, r_end: float) -> None:
        self.append((start, end, r_start, r_end))

    def solid(self, number: int, melting: float, joining: float) -> Solid:
        ends, radii = np.array([cone[:2] for cone in self]), np.array([cone[2:] for cone in self])
        return Solid(number, ends, radii, melting, joining)


@dataclass(frozen=True)
class Forearm:
    """The arm behind the hand.

    Attributes:
        direction: (3,) unit vector from the wrist to the elbow, in the palm's frame.
        length: how much of it is drawn, in mm.
        sleeve_start: distance of the cuff from the wrist in mm; None for a bare arm.
        sleeve_width: how far the sleeve stands off the skin, in mm.
    """

    direction: Float64Array
    length: float
    sleeve_start: float | None
    sleeve_width: float


def build_hand(shape: HandShape, skeleton: Skeleton, from_back: bool) -> list[Solid]:
    """The palm and the five fingers; knuckles and tendons only if seen from the back."""
    solids = [_palm(shape, skeleton, from_back)]
    solids.extend(_finger(shape, skeleton, finger) for finger in (LITTLE, RING, MIDDLE, INDEX))
    solids.append(_thumb(shape, skeleton))
    return solids


def _palm(shape: HandShape, skeleton: Skeleton, from_back: bool) -> Solid:
    joints, cones = skeleton.joints, _Cones()
    full = shape.flesh
    knuckles = joints[[5, 9, 13, 17]]
    radii = shape.radii[1:] * np.array([1.34, 1.3, 1.32, 1.42]) * full
    roots = np.array([[15.0, 17.0, 0.0], [5.0, 15.0, 0.5], [-7.0, 15.0, 0.5], [-18.0, 18.0, 0.5]])
    for row in range(4):
        cones.add(roots[row], knuckles[row], 13.5 * full, radii[row])
    for row in range(3):
        cones.add(
            (roots[row] + roots[row + 1]) / 2,
            (knuckles[row] + knuckles[row + 1]) / 2,
            12.5 * full,
            (radii[row] + radii[row + 1]) / 2,
        )
        # The cushion and the web between two fingers, held back where one of them is folded.
        ends = [
            knuckles[k] + WEB_SHARE * 0.65 * (joints[6 + 4 * k] - knuckles[k])
            for k in (row, row + 1)
        ]
        middle = (ends[0] + ends[1]) / 2
        inner = [0.7 * end + 0.3 * middle for end in ends]
        cones.add(inner[0], inner[1], shape.radii[row + 1] * 1.18, shape.radii[row + 2] * 1.18)
    # The little finger's cushion.
    heel = np.array([-21.0, 17.0, 4.0])
    cones.add(heel, knuckles[3] * [0.96, 0.72, 1.0] + [0.0, 0.0, 4.0], 14.0 * full, 11.5)
    # The thumb's cushion follows its metacarpal bone.
    thumb_root, thumb_base = joints[1], joints[2]
    cones.add(
        thumb_root + np.array([-4.0, -3.0, 0.0]), thumb_base, 14.5 * full, shape.radii[0] * 1.18
    )
    belly = 0.5 * thumb_root + 0.5 * thumb_base + np.array([-5.0, 0.0, 4.0])
    cones.add(thumb_root + np.array([-5.0, 4.0, 3.0]), belly, 12.5 * full, 12.0 * full)
    # The skin between the thumb and the index's metacarpal bone.
    for share, on_thumb, radius in ((0.35, 0.55, 9.5), (0.55, 0.8, 8.0), (0.72, 1.0, 6.5)):
        on_index = roots[0] + share * (knuckles[0] - roots[0])
        cones.add(on_index, thumb_root + on_thumb * (thumb_base - thumb_root), radius, radius)
    # The carpus.
    cones.add(np.array([-11.0, 6.0, 0.0]), np.array([-12.0, 18.0, 1.0]), 11.5, 14.5 * full)
    cones.add(np.array([11.0, 6.0, 0.0]), np.array([13.0, 18.0, 1.0]), 11.5, 14.0 * full)
    if from_back:
        for row in range(4):
            behind = np.array([0.0, -1.0, -0.45 * radii[row]])
            cones.add(knuckles[row] + behind, knuckles[row] + behind, radii[row] * 0.72, 0.0)
            cones.add(
                roots[row] * [0.6, 2.0, 1.0] + [0.0, 0.0, -8.0],
                knuckles[row] + [0.0, -4.0, -0.5 * radii[row]],
                1.5,
                2.6,
            )
    return cones.solid(PALM, 9.0, 12.0)


def _finger(shape: HandShape, skeleton: Skeleton, finger: int) -> Solid:
    """A finger: three tapering bones with flesh, a fuller middle joint and a pad."""
    first = 1 + 4 * finger
    joints, dorsal, cones = skeleton.joints, skeleton.dorsal[finger], _Cones()
    r = float(shape.radii[finger])
    root, middle, end = joints[first : first + 3]
    axis = joints[first + 3] - end
    tip = joints[first + 3] - axis / np.linalg.norm(axis) * 0.70 * r
    knob = 1.0 + 0.04 * shape.knobbiness
    cones.add(root, middle, 1.12 * r, knob * r)
    cones.add(middle, end, knob * r, 0.87 * r)
    cones.add(end, tip, 0.87 * r, 0.70 * r)
    # The cushion on the fingertip's inner side.
    shift = -0.17 * r * dorsal[2]
    cones.add(end + 0.35 * (tip - end) + shift, end + 0.8 * (tip - end) + shift, 0.74 * r, 0.71 * r)
    straight = float(dorsal[1][2]) < -0.8
    return cones.solid(finger, 0.35 * r, (0.8 if straight else 0.15) * r)


def _thumb(shape: HandShape, skeleton: Skeleton) -> Solid:
    """The thumb's two free bones; its metacarpal belongs to the palm."""
    joints, dorsal, cones = skeleton.joints, skeleton.dorsal[0], _Cones()
    r = float(shape.radii[0])
    base, bend = joints[2], joints[3]
    axis = joints[4] - bend
    tip = joints[4] - axis / np.linalg.norm(axis) * 0.74 * r
    cones.add(base, bend, 1.16 * r, 0.95 * r)
    cones.add(bend, tip, 0.98 * r, 0.72 * r)
    shift = -0.2 * r * dorsal[2]
    cones.add(bend + 0.4 * (tip - bend) + shift, tip + 0.6 * shift, 0.9 * r, 0.72 * r)
    return cones.solid(THUMB, 0.4 * r, 0.35 * r)


def build_stump() -> Solid:
    """The short piece of wrist under a hand without an arm; it is cut off later."""
    cones = _Cones()
    for x in (-11.0, 0.0, 11.0):
        cones.add(np.array([x, 12.0, 0.0]), np.array([x, -30.0, 0.0]), 15.5, 15.5)
    return cones.solid(PALM, 10.0, 0.0)


def build_forearm(arm: Forearm) -> list[Solid]:
    """The forearm with its oval cross-section, and the sleeve over it."""
    across = np.cross(arm.direction, np.array([0.0, 0.0, 1.0]))
    across /= np.linalg.norm(across)
    wrist, elbow = np.array([0.0, 12.0, 0.0]), arm.direction * arm.length
    skin = _Cones()
    for sign in (-1.0, 1.0):
        skin.add(wrist + sign * 11.0 * across, elbow + sign * 21.0 * across, 15.0, 27.0)
    skin.add(wrist, elbow, 15.5, 31.0)
    solids = [skin.solid(ARM, 12.0, 14.0)]
    if arm.sleeve_start is not None:
        share, wide, cloth = arm.sleeve_start / arm.length, arm.sleeve_width, _Cones()
        cuff = arm.direction * arm.sleeve_start
        for sign in (-1.0, 1.0):
            near, far = sign * 11.0 * across, sign * 21.0 * across
            start = cuff + near + share * (far - near)
            cloth.add(start, elbow + far, 15.0 + 12.0 * share + wide, 29.0 + 1.6 * wide)
        cloth.add(cuff, elbow, 18.0 + wide, 32.0)
        solids.append(cloth.solid(SLEEVE, 8.0, 0.0))
    return solids
