"""The measures of one person's hand and, with joint angles, the positions of its joints."""

from dataclasses import dataclass

import numpy as np

from core.common.types import Float64Array
from core.synthetic.pose import Pose

# Bones of the four fingers (proximal, middle, distal with its soft tissue) in mm, from X-ray
# measurements of adults: A. Buryanov, V. Kotiuk, "Proportions of Hand Segments",
# International Journal of Morphology 28(3), 2010, tables 1 and 2.
_FINGER_BONES = np.array(
    [[39.8, 22.4, 19.6], [44.6, 26.3, 21.4], [41.4, 25.7, 21.2], [32.7, 18.1, 19.7]]
)
# The thumb's metacarpal, proximal and distal bone with soft tissue, in mm (same source).
_THUMB_BONES = np.array([46.2, 31.6, 26.0])
# The knuckles in the palm's frame: x to the thumb, y to the fingers, z out of the palm.
# The distances from the wrist follow from the metacarpals of the same source and a carpus of
# about 28 mm; the breadth over the knuckles is that of an adult's palm, about 84 mm.
_KNUCKLES = np.array(
    [[27.0, 87.0, 0.0], [6.0, 91.0, -1.5], [-14.5, 85.5, -1.0], [-32.0, 75.0, 1.5]]
)
_THUMB_ROOT = np.array([19.0, 20.0, 7.0])
# Half widths at the middle joints in mm: fingers 15 to 18 mm wide, thumb 20 mm.
_RADII = np.array([10.2, 8.9, 9.0, 8.5, 7.4])

# How far the knuckles move when their fingers fold, in mm, index to little: the palm cups.
_HOLLOWING = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 2.5], [0.0, 0.0, 6.0]])
# How much further they move when an opposed thumb meets them: both edges of the palm move closer
# together.
_CUPPING = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [3.0, 0.0, 1.0], [9.0, 0.0, 4.0]])
# Where a folded thumb's metacarpal points: along the fingers that the thumb closes, or, if it is
# opposed, straight out of the palm.
_METACARPAL = np.array([0.36, 0.44, 0.78])
_METACARPAL_OPPOSED = np.array([0.12, 0.22, 0.96])


@dataclass(frozen=True)
class HandShape:
    """The measures of one right hand in millimetres, in the palm's frame.

    The palm's frame has its origin in the wrist; x points to the thumb, y to the fingers, z
    out of the palm.

    Attributes:
        finger_bones: (4, 3) proximal, middle and distal length, index to little.
        thumb_bones: (3,) metacarpal, proximal and distal length.
        knuckles: (4, 3) positions of the MCP joints, index to little.
        thumb_root: (3,) position of the thumb's CMC joint.
        radii: (5,) half width at the middle joint, thumb to little.
        flesh: fullness of the palm's pads, about 1.
        knobbiness: how far the joints protrude from the fingers, 0 to 1.
    """

    finger_bones: Float64Array
    thumb_bones: Float64Array
    knuckles: Float64Array
    thumb_root: Float64Array
    radii: Float64Array
    flesh: float
    knobbiness: float


def sample_shape(rng: np.random.Generator, variety: float = 1.0) -> HandShape:
    """A person's hand, varied around the means; 1 is the variety among adults (5 to 8%)."""
    fingers_to_palm = rng.normal(1.0, 0.045 * variety)
    breadth = rng.normal(1.0, 0.05 * variety)
    slimness = rng.normal(1.0, 0.07 * variety)
    bones = rng.normal(1.0, 0.03 * variety, (4, 3)).clip(0.9, 1.1)
    return HandShape(
        finger_bones=_FINGER_BONES * fingers_to_palm * bones,
        thumb_bones=_THUMB_BONES * rng.normal(1.0, 0.04 * variety, 3).clip(0.88, 1.12),
        knuckles=_KNUCKLES * np.array([breadth, 1.0, 1.0]) + rng.normal(0.0, variety, (4, 3)),
        thumb_root=_THUMB_ROOT * np.array([breadth, 1.0, 1.0]),
        radii=_RADII * float(np.clip(slimness, 0.84, 1.18)) * rng.normal(1.0, 0.02 * variety, 5),
        flesh=float(np.clip(rng.normal(1.0, 0.07 * variety), 0.85, 1.15)),
        knobbiness=float(rng.uniform(0.0, 1.0)),
    )


@dataclass(frozen=True)
class Skeleton:
    """A posed right hand in the palm's frame, in mm (see `HandShape`).

    Attributes:
        joints: (21, 3) wrist, then four joints per finger from root to tip, thumb to little,
            the order of MediaPipe's hand landmarks.
        dorsal: (5, 3, 3) unit vector out of the back (nail) side of each finger's three bones.
    """

    joints: Float64Array
    dorsal: Float64Array


def pose_skeleton(shape: HandShape, pose: Pose) -> Skeleton:
    """Compute the joints of a posed hand."""
    joints = np.zeros((21, 3))
    dorsal = np.zeros((5, 3, 3))
    normal = np.array([0.0, 0.0, 1.0])
    for row in range(4):
        spread = pose.spreads[row]
        forward = np.array([np.sin(spread), np.cos(spread), 0.0])
        angles = np.cumsum(pose.curls[row])
        along = np.cos(angles)[:, None] * forward + np.sin(angles)[:, None] * normal
        root = shape.knuckles[row].copy()
        hollow = _HOLLOWING[row] + pose.opposed * _CUPPING[row]
        root += hollow * np.sin(np.clip(pose.curls[row, 0], 0.0, np.pi / 2))
        steps = along * shape.finger_bones[row][:, None]
        first = 5 + 4 * row
        joints[first] = root
        joints[first + 1 : first + 4] = root + np.cumsum(steps, axis=0)
        dorsal[row + 1] = np.sin(angles)[:, None] * forward - np.cos(angles)[:, None] * normal
    joints[1:5], dorsal[0] = _pose_thumb(shape, pose, joints, dorsal)
    return Skeleton(joints, dorsal)


def _unit(vector: Float64Array) -> Float64Array:
    return vector / np.linalg.norm(vector)


def _pose_thumb(
    shape: HandShape, pose: Pose, joints: Float64Array, dorsal: Float64Array
) -> tuple[Float64Array, Float64Array]:
    """The thumb's four joints (4, 3) and its bones' back sides (3, 3)."""
    root, bones = shape.thumb_root, shape.thumb_bones
    if pose.thumb == "out":
        angle = pose.thumb_abduction
        lean = 0.02 * pose.thumb_jitter[2]
        # The metacarpal follows by two thirds; the end joint bends outwards, or a little inwards.
        end = np.radians(6.0 + 4.0 * pose.thumb_jitter[0])
        angles = np.array([0.66 * angle, angle - 0.05, angle + end])
        along = np.stack([np.sin(angles), np.cos(angles), np.array([0.3, 0.1, 0.0]) + lean], axis=1)
        along /= np.linalg.norm(along, axis=1)[:, None]
        places = np.vstack([root, root + np.cumsum(along * bones[:, None], axis=0)])
        # The pad of a spread thumb faces the index, half towards the palm's side.
        hint = np.array([0.55, -0.35, -0.75])
    else:
        places, hint = _reach(shape, pose, joints, dorsal)
        along = np.diff(places, axis=0)
        along /= np.linalg.norm(along, axis=1)[:, None]
    back = hint - (along @ hint)[:, None] * along
    return places, back / np.linalg.norm(back, axis=1)[:, None]


def _reach(
    shape: HandShape, pose: Pose, joints: Float64Array, dorsal: Float64Array
) -> tuple[Float64Array, Float64Array]:
    """A folded thumb: its joints (4, 3), and the direction that its nail faces (3,)."""
    thickness = shape.radii[0]
    finger = pose.thumb_finger
    middle_joint, end_joint = joints[4 * finger + 2], joints[4 * finger + 3]
    if pose.thumb == "across":
        aim = np.array([-9.0, 62.0, 13.0 + 0.7 * thickness])
        metacarpal, hint = np.array([0.38, 0.72, 0.50]), np.array([0.50, 0.75, 0.45])
    else:
        lift = shape.radii[finger] + 0.75 * thickness
        along_bone = 0.65 if pose.opposed else 0.55
        aim = middle_joint + along_bone * (end_joint - middle_joint) + dorsal[finger, 1] * lift
        metacarpal = _METACARPAL_OPPOSED if pose.opposed else _METACARPAL
        hint = np.array([0.45, 0.35, 0.82])
    aim = aim + pose.thumb_jitter
    root, bones = shape.thumb_root, shape.thumb_bones
    base = root + bones[0] * _unit(0.65 * metacarpal + 0.35 * _unit(aim - root))
    # Two bones reach the target with the joint between them bent towards the nail's side.
    distance = float(np.linalg.norm(aim - base))
    # An opposed thumb stays nearly straight and reaches beyond the finger.
    shortest = 0.92 if pose.opposed else 0.62
    length = float(bones[1] + bones[2])
    reach = float(np.clip(distance, shortest * length, 0.995 * length))
    towards = (aim - base) / distance
    share = (bones[1] ** 2 - bones[2] ** 2 + reach**2) / (2.0 * reach)
    height = float(np.sqrt(max(bones[1] ** 2 - share**2, 0.0)))
    bend = base + towards * share + _unit(hint - (hint @ towards) * towards) * height
    return np.stack([root, base, bend, base + towards * reach]), hint
