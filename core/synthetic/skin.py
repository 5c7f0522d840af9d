"""Details of the skin: creases, knuckle wrinkles, the palm's lines and the nails."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from core.common.types import BoolArray, Float32Array, Float64Array, Uint8Array
from core.synthetic.anatomy import PALM, WEB_SHARE
from core.synthetic.noise import blur
from core.synthetic.skeleton import HandShape, Skeleton
from core.synthetic.surface import Surface
from core.synthetic.view import View

_SUBPIXEL_BITS = 3
_ARC = np.radians(np.linspace(-72.0, 72.0, 7))
# Creases of every finger: joint (0 root, 1 middle, 2 end), distance behind it along the finger in
# mm, side (1 back, -1 palm's side), strength.
_CREASES = np.array(
    [
        [0, 3.0, -1, 0.6],
        [0, 5.0, -1, 0.3],
        [1, -1.3, -1, 0.65],
        [1, 1.1, -1, 0.5],
        [2, 0.0, -1, 0.6],
        [1, -3.2, 1, 0.35],
        [1, -1.0, 1, 0.45],
        [1, 1.2, 1, 0.45],
        [1, 3.4, 1, 0.3],
        [2, -1.5, 1, 0.35],
        [2, 1.5, 1, 0.3],
    ]
)
_PALM_LINE_STRENGTHS = np.array([0.5, 0.45, 0.55, 0.22, 0.15, 0.15, 0.15, 0.15])
_PALM_SURFACE = 12.0
"""Height of the palm's skin above the bones in mm."""
_T = np.linspace(0.0, 1.0, 9)
_PARABOLA = np.stack([(1.0 - _T) ** 2, 2.0 * _T * (1.0 - _T), _T**2], axis=1)
_RING = np.linspace(0.0, 2.0 * np.pi, 14, endpoint=False)


@dataclass(frozen=True)
class Details:
    """Maps (rows, columns) float32 of creases, nails and fingertips, from 0, none, to 1."""

    grooves: Float32Array
    nails: Float32Array
    tips: Float32Array


def draw_details(
    shape: HandShape, skeleton: Skeleton, view: View, surface: Surface, rng: np.random.Generator
) -> Details:
    """Draw the visible details on a hand's surface."""
    grooves: Uint8Array = np.zeros(surface.height.shape, dtype=np.uint8)
    nails: Uint8Array = np.zeros(surface.height.shape, dtype=np.uint8)
    width = max(round(1.1 * view.scale), 1)
    if view.rotation[2, 2] > 0.0:
        lines, strengths = _palm_lines(shape, skeleton, rng)
        _draw_lines(grooves, view.project(lines), strengths, width)
        grooves[surface.parts != PALM] = 0
    arcs, strengths = _joint_arcs(shape, skeleton, view.rotation[2], rng)
    places = view.project(arcs)
    seen = _on_surface(places[:, len(_ARC) // 2], surface, 2.5 * view.scale)
    _draw_lines(grooves, places[seen], strengths[seen], width)
    rings, facing = _nail_rings(shape, skeleton, view.rotation[2])
    places = view.project(rings)
    seen = facing & _on_surface(places.mean(axis=1), surface, 4.0 * view.scale)
    for ring in _fixed_point(places[seen]):
        cv2.fillPoly(nails, [ring], 255, cv2.LINE_AA, _SUBPIXEL_BITS)
    soft = max(0.45 * view.scale, 0.4)
    return Details(
        blur(grooves.astype(np.float32) / np.float32(255), soft),
        blur(nails.astype(np.float32) / np.float32(255), soft)
        if seen.any()
        else nails.astype(np.float32),
        _fingertips(shape, skeleton, view, surface),
    )


def _fingertips(shape: HandShape, skeleton: Skeleton, view: View, surface: Surface) -> Float32Array:
    """The map of the visible fingertips, with soft borders."""
    canvas: Uint8Array = np.zeros(surface.height.shape, dtype=np.uint8)
    end, tip = skeleton.joints[7::4], skeleton.joints[8::4]
    places = view.project(np.stack([end + 0.6 * (tip - end), tip], axis=1))
    widths = np.round(2.6 * shape.radii[1:] * view.scale).astype(int)
    for line, width in zip(_fixed_point(places), widths.tolist(), strict=True):
        cv2.polylines(canvas, [line], False, 255, width, cv2.LINE_8, _SUBPIXEL_BITS)
    canvas[surface.parts >= PALM] = 0
    return blur(canvas.astype(np.float32) / np.float32(255), 2.0 * view.scale)


def _fixed_point(places: Float64Array) -> npt.NDArray[np.int32]:
    """Curves (n, points, 3) in pixels, in OpenCV's fixed-point format."""
    return np.asarray(np.round(places[..., :2] * (1 << _SUBPIXEL_BITS)), dtype=np.int32)


def _draw_lines(
    canvas: Uint8Array, places: Float64Array, strengths: Float64Array, width: int
) -> None:
    """Draw curves (n, points, 3) in pixels, each with its strength from 0 to 1."""
    for points, strength in zip(_fixed_point(places), strengths.tolist(), strict=True):
        level = round(255 * strength)
        cv2.polylines(canvas, [points], False, level, width, cv2.LINE_AA, _SUBPIXEL_BITS)


def _on_surface(places: Float64Array, surface: Surface, tolerance: float) -> BoolArray:
    """Which of the points (n, 3) in pixels lie on the visible surface."""
    rows, columns = surface.height.shape
    x, y = np.round(places[:, 0]).astype(int), np.round(places[:, 1]).astype(int)
    inside = (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
    front = surface.height[y.clip(0, rows - 1), x.clip(0, columns - 1)]
    return np.asarray(inside & (np.abs(front - places[:, 2]) < tolerance))


def _palm_lines(
    shape: HandShape, skeleton: Skeleton, rng: np.random.Generator
) -> tuple[Float64Array, Float64Array]:
    """The main lines and some fine ones: curves (8, 9, 3) in mm, strengths (8,)."""
    index, middle, _, little = shape.knuckles
    thumb_base = skeleton.joints[2]
    inner = np.array([index[0] + 5.0, 0.70 * index[1], 0.0])
    cushion = 0.55 * thumb_base + 0.45 * skeleton.joints[1]
    controls = [
        # Heart: from under the little finger up to between index and middle.
        (_beside(little, -7, -13), _beside(little, 16, -12), _beside((index + middle) / 2, -1, -4)),
        # Head: from the index's side across to the little finger's cushion.
        (inner, _beside(middle, -4, -30), _beside(little, 4, -34)),
        # Life: around the thumb's cushion to the wrist.
        (_beside(inner, 0, -1), _beside(cushion, -18, 8), np.array([0.0, 8.0, 0.0])),
        # Fate: up the middle.
        (_beside(middle, -6, -26), np.array([-6.0, 40.0, 0.0]), np.array([-4.0, 14.0, 0.0])),
    ]
    fine_start = rng.uniform([-26.0, 15.0, 0.0], [20.0, 75.0, 0.1], (4, 3))
    fine_step = rng.normal(0.0, 9.0, (4, 3))
    fine_end = fine_start + 2.0 * fine_step + rng.normal(0.0, 3.0, (4, 3))
    fine = np.stack([fine_start, fine_start + fine_step, fine_end], axis=1)
    points = np.concatenate([np.array(controls), fine])
    through = points[:, 1] + rng.normal(0.0, 2.0, (8, 3))
    # A parabola through the three points, from its Bézier control points.
    points[:, 1] = 2.0 * through - (points[:, 0] + points[:, 2]) / 2.0
    curves = _PARABOLA @ points
    curves[..., 2] = _PALM_SURFACE
    return curves, _PALM_LINE_STRENGTHS * rng.uniform(0.7, 1.15, 8)


def _beside(point: Float64Array, x: float, y: float) -> Float64Array:
    return np.array([point[0] + x, point[1] + y, point[2]])


def _joint_arcs(
    shape: HandShape, skeleton: Skeleton, viewer: Float64Array, rng: np.random.Generator
) -> tuple[Float64Array, Float64Array]:
    """The creases around the joints that face the viewer: arcs (n, 7, 3) in mm, strengths (n,)."""
    joints = skeleton.joints[1:].reshape(5, 4, 3)
    bones = np.diff(joints, axis=1)
    along = bones / np.sqrt((bones**2).sum(axis=2, keepdims=True))
    # At a bent joint the skin lies on the outside of the angle between two bones.
    outward = skeleton.dorsal.copy()
    outward[:, 1:] += skeleton.dorsal[:, :-1]
    length = np.sqrt((outward**2).sum(axis=2))
    outward /= length[..., None] + 1e-9
    facing = outward @ viewer

    joint, offset, sign, strength = _CREASES.T
    column = joint.astype(int)
    seen = (facing[:, column] * sign > 0.1) & (length[:, column] > 0.3)
    # The crease at a finger's root shows only if the finger is extended; the thumb has none.
    seen &= (column > 0) | ((facing[:, :1] < -0.5) & (np.arange(5) > 0)[:, None])
    finger, row = np.nonzero(seen)
    column, offset = column[row], offset[row]
    roots = np.concatenate([[0.0], WEB_SHARE * shape.finger_bones[:, 0]])
    offset = offset + np.where(column == 0, roots[finger], 0.0)
    axis = along[finger, np.where((offset > 0.0) | (column == 0), column, column - 1)]
    offset = offset + rng.normal(0.0, 0.3, len(offset))
    centre = joints[finger, column] + axis * offset[:, None]
    out = outward[finger, column] * sign[row, None]
    radius = shape.radii[finger] * (1.02 - 0.09 * column)
    side = np.sin(_ARC)[:, None] * np.cross(axis, out)[:, None]
    front = np.cos(_ARC)[:, None] * out[:, None]
    arcs = centre[:, None] + radius[:, None, None] * (side + front)
    return arcs, strength[row] * rng.uniform(0.65, 1.0, len(row))


def _nail_rings(
    shape: HandShape, skeleton: Skeleton, viewer: Float64Array
) -> tuple[Float64Array, BoolArray]:
    """The outlines of the five nails (5, 14, 3) in mm, and which of them face the viewer."""
    end, tip = skeleton.joints[3::4], skeleton.joints[4::4]
    along = tip - end
    along /= np.linalg.norm(along, axis=1)[:, None]
    back = skeleton.dorsal[:, 2]
    across = np.cross(along, back)
    r = shape.radii[:, None, None]
    sine, cosine = np.sin(_RING)[None, :, None], np.cos(_RING)[None, :, None]
    middle = tip - 0.98 * shape.radii[:, None] * along
    rings = (
        middle[:, None]
        + 0.62 * r * np.sign(cosine) * np.abs(cosine) ** 0.8 * along[:, None]
        + 0.56 * r * sine * across[:, None]
        + 0.78 * r * np.sqrt(1.0 - (0.7 * sine) ** 2) * back[:, None]
    )
    return rings, np.asarray(back @ viewer > 0.2)
