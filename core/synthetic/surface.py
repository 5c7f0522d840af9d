"""Renders round cones as a height field: the visible surface of a hand.

A round cone is the convex hull of two balls. Along the depth axis its nearest surface has a
closed form, so each solid is drawn only inside its own bounding box. Solids of one part blend
into each other (smooth maximum); parts meet with a sharper edge, and the nearer one hides the
other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.common.types import Float32Array, Uint8Array
from core.synthetic.anatomy import Solid

FAR = np.float32(-1e4)
"""The height where there is no surface."""


@dataclass(frozen=True)
class Surface:
    """The visible surface: (rows, columns) depths towards the viewer and numbers of parts.

    Depths are in pixels, FAR where there is no surface; there the numbers are undefined.
    """

    height: Float32Array
    parts: Uint8Array


_Cone = tuple[Sequence[float], Sequence[float], float, float]
"""Both ends in pixels (x to the right, y down, z to the viewer), and the radii there."""

_Window = tuple[int, int, int, int]


def _window_of(cone: _Cone, rows: int, columns: int) -> _Window | None:
    """The rows and columns that the cone can touch: (top, bottom, left, right)."""
    (ax, ay, _), (bx, by, _), ra, rb = cone
    left, right = max(int(min(ax - ra, bx - rb)), 0), min(int(max(ax + ra, bx + rb)) + 2, columns)
    top, bottom = max(int(min(ay - ra, by - rb)), 0), min(int(max(ay + ra, by + rb)) + 2, rows)
    return (top, bottom, left, right) if left < right and top < bottom else None


def _cone_height(cone: _Cone, window: _Window) -> Float32Array:
    """The nearest surface of a round cone in a window, FAR where the cone is not.

    A round cone is the hull of balls whose centre and radius vary linearly with t from 0 to 1.
    Over a pixel, the ball t reaches up to z(t) + √q(t), where q is a parabola in t that opens
    downwards; the sum is concave, so its maximum is where its slope vanishes, or at an end.
    """
    (ax, ay, az), (bx, by, bz), ra, rb = cone
    top, bottom, left, right = window
    x = np.arange(left, right, dtype=np.float32) - np.float32(ax)
    y = np.arange(top, bottom, dtype=np.float32)[:, None] - np.float32(ay)
    dx, dy, dz, dr = bx - ax, by - ay, bz - az, rb - ra
    # q(t) = first + 2 t second - t² bend
    first = np.asarray((ra * ra - y * y) - x * x, dtype=np.float32)
    second = np.asarray((dy * y + ra * dr) + dx * x, dtype=np.float32)
    bend = dx * dx + dy * dy - dr * dr
    if bend < 1e-4:
        # Seen along its axis, one of the two end balls hides the other.
        t = np.full_like(second, dz + dr > 0.0)
    else:
        t = second * np.float32(1.0 / bend)
        if dz != 0.0:
            crest = second * t
            crest += first
            np.maximum(crest, 0.0, out=crest)
            np.sqrt(crest, out=crest)
            crest *= np.float32(dz / np.sqrt(bend * (bend + dz * dz)))
            t += crest
        np.maximum(t, 0.0, out=t)
        np.minimum(t, 1.0, out=t)
    second *= 2.0
    second -= np.float32(bend) * t
    second *= t
    second += first
    inside = second > 0.0
    np.maximum(second, 0.0, out=second)
    np.sqrt(second, out=second)
    second += np.float32(dz) * t
    second += np.float32(az)
    return np.asarray(np.where(inside, second, FAR), dtype=np.float32)


def _melt(first: Float32Array, second: Float32Array, width: float) -> Float32Array:
    """The smooth maximum of two height fields, which blend where they differ by under `width`."""
    if width <= 0.0:
        return np.maximum(first, second)
    near = first - second
    np.abs(near, out=near)
    np.subtract(np.float32(width), near, out=near)
    np.maximum(near, 0.0, out=near)
    near *= near
    near *= np.float32(0.25 / width)
    near += np.maximum(first, second)
    return near


def draw_surface(solids: Sequence[Solid], rows: int, columns: int) -> Surface:
    """Draw the solids, in pixels, in order into one height field."""
    height = np.full((rows, columns), FAR, dtype=np.float32)
    numbers = np.zeros((rows, columns), dtype=np.uint8)
    for solid in solids:
        cones: list[_Cone] = [
            (start, end, *radii)
            for (start, end), radii in zip(solid.ends.tolist(), solid.radii.tolist(), strict=True)
        ]
        windows = [_window_of(cone, rows, columns) for cone in cones]
        seen = [(cone, w) for cone, w in zip(cones, windows, strict=True) if w is not None]
        if not seen:
            continue
        top, left = min(w[0] for _, w in seen), min(w[2] for _, w in seen)
        bottom, right = max(w[1] for _, w in seen), max(w[3] for _, w in seen)
        own = np.full((bottom - top, right - left), FAR, dtype=np.float32)
        for cone, window in seen:
            view = own[window[0] - top : window[1] - top, window[2] - left : window[3] - left]
            view[...] = _melt(view, _cone_height(cone, window), solid.melting)
        below = height[top:bottom, left:right]
        numbers[top:bottom, left:right][own > below] = solid.number
        below[...] = _melt(below, own, solid.joining)
    return Surface(height, numbers)
