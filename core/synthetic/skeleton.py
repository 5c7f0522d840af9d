"""Kinematics: turns measures and joint angles into positions."""

from dataclasses import dataclass

import numpy as np

from core.common.types import Float64Array
from core.synthetic.pose import Pose
from core.synthetic.shape import HandShape

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
