"""Renders one hand on a transparent canvas."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from core.common.types import BoolArray, Box, Float32Array
from core.synthetic.anatomy import Forearm, build_forearm, build_hand, build_stump
from core.synthetic.light import shade
from core.synthetic.material import Look, hand_pixels, paint, relief_of, wrist_coordinates
from core.synthetic.noise import blur, noise
from core.synthetic.skeleton import HandShape, Skeleton
from core.synthetic.skin import draw_details
from core.synthetic.surface import FAR, draw_surface
from core.synthetic.view import View

_HALF_WRIST = 27.0
"""Half the width of the wrist in mm."""

_WRIST_REACH = 37.0
"""How far the wrist extends to each side, in mm."""


@dataclass(frozen=True)
class HandPicture:
    """A rendered hand, cropped from its picture.

    Attributes:
        left, top: position of the crop in the picture, in pixels.
        colour: (rows, columns, channels) float32; undefined where `cover` is 0.
        cover: (rows, columns) float32, from 0, transparent, to 1, hand or arm.
        joints: (21, 2) float32 positions of the joints in the picture, in pixels.
    """

    left: int
    top: int
    colour: Float32Array
    cover: Float32Array
    hand: BoolArray
    joints: Float32Array


@dataclass(frozen=True)
class Stump:
    """Where the wrist is cut: mm below it, slope, and deviation of the cut's edge in mm."""

    depth: float
    tilt: float
    ragged: float


def hand_extent(shape: HandShape, skeleton: Skeleton, view: View) -> Box:
    """The approximate box of the hand without its arm in the picture, in pixels."""
    wrist = np.array([[-_HALF_WRIST, 0.0, 0.0], [_HALF_WRIST, 0.0, 0.0]])
    places = view.project(np.concatenate([skeleton.joints[1:], wrist]))[:, :2]
    # The tip is the end of a finger; around other joints there is flesh.
    radii = np.append(np.outer(shape.radii, [1.3, 1.3, 1.0, 0.2]).ravel(), [0.0, 0.0])
    margin = (radii * view.scale)[:, None]
    low, high = (places - margin).min(axis=0), (places + margin).max(axis=0)
    return Box(float(low[0]), float(low[1]), float(high[0]), float(high[1]))


def draw_hand(
    shape: HandShape,
    skeleton: Skeleton,
    view: View,
    arm: Forearm | Stump,
    look: Look,
    frame: tuple[int, int],
    fineness: float,
    rng: np.random.Generator,
) -> HandPicture:
    """Render a right hand with its arm, or with its wrist cut.

    The pixels of ``view`` are those of a picture whose height and width are ``frame``; nothing is
    drawn outside. ``fineness`` is the supersampling factor.
    """
    from_back = bool(view.rotation[2, 2] < 0.0)
    solids = build_forearm(arm) if isinstance(arm, Forearm) else [build_stump()]
    solids = solids[:1] + build_hand(shape, skeleton, from_back) + solids[1:]
    x0, y0, x1, y1 = view.extent(solids)
    left, top = max(int(x0) - 2, 0), max(int(y0) - 2, 0)
    columns = max(min(int(x1) + 3, frame[1]) - left, 1)
    rows = max(min(int(y1) + 3, frame[0]) - top, 1)
    local = View(
        view.rotation,
        view.scale * fineness,
        (view.wrist - [left, top]) * fineness + (fineness - 1) / 2,
        view.distance,
    )
    size = (rows, columns)
    rows, columns = round(rows * fineness), round(columns * fineness)
    surface = draw_surface(local.in_pixels(solids), rows, columns)
    inside = surface.height > FAR / 2
    if isinstance(arm, Stump):
        inside &= ~_cut_off(arm, local, rows, columns, rng)
    details = draw_details(shape, skeleton, local, surface, rng)
    clothed = isinstance(arm, Forearm) and arm.sleeve_start is not None
    relief = relief_of(surface, details, local, clothed, rng)
    shading = shade(surface.height, inside, relief, local.scale, look.light)
    if not clothed:
        look = replace(look, cloth=None)
    direction = arm.direction if isinstance(arm, Forearm) else None
    colour = paint(surface, details, local, shading, look, direction, rng)
    hand = hand_pixels(surface, inside, local)
    cover = inside.astype(np.float32)
    joints = view.project(skeleton.joints)[:, :2].astype(np.float32)
    if fineness > 1:
        colour, cover, hand = _averaged(colour, cover, hand, size)
    else:
        cover = blur(cover, 0.8)
    return HandPicture(left, top, colour, cover, hand, joints)


def _cut_off(
    stump: Stump, view: View, rows: int, columns: int, rng: np.random.Generator
) -> BoolArray:
    """The pixels below a wrist's ragged end."""
    height, sideways = wrist_coordinates(view, rows, columns)
    # The cut is round, but it spares a thumb that hangs beside the wrist.
    aside = np.abs(sideways)
    beyond = np.maximum(aside - _WRIST_REACH, 0.0)
    squared = np.square(aside - beyond)
    # The bow gets flatter to the sides, so that it does not notch the thumb's root.
    bow = 0.018 * squared / (1.0 + squared / (4.0 * _WRIST_REACH**2))
    edge = stump.tilt * sideways + bow - 1.3 * beyond - stump.depth
    edge = edge + noise(rng, rows, columns, 4.0) * np.float32(stump.ragged)
    return np.asarray(height < edge)


def _averaged(
    colour: Float32Array, cover: Float32Array, hand: BoolArray, size: tuple[int, int]
) -> tuple[Float32Array, Float32Array, BoolArray]:
    """The picture averaged to fewer rows and columns; edges become partly transparent."""
    rows, columns = size
    area = cv2.INTER_AREA
    weighted = cv2.resize(colour * cover[..., None], (columns, rows), interpolation=area)
    small = np.asarray(cv2.resize(cover, (columns, rows), interpolation=area), np.float32)
    share = cv2.resize(hand.astype(np.float32), (columns, rows), interpolation=area)
    weighted = np.asarray(weighted, np.float32).reshape(rows, columns, colour.shape[2])
    weighted /= np.maximum(small, 1e-3)[..., None]
    return weighted, small, np.asarray(share >= 0.5)
