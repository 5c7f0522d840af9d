"""Light and shade on a height field."""

from dataclasses import dataclass

import numpy as np

from core.common.types import BoolArray, Float32Array
from core.synthetic.noise import blur
from core.synthetic.surface import FAR

_STEEPEST = np.float32(1.7)
"""Maximum slope used for shading, in pixels over two pixels."""


@dataclass(frozen=True)
class Light:
    """A distant lamp, and ambient light.

    Attributes:
        direction: to the lamp: x to the right, y down, z to the viewer; any length.
        wrap: how far the light reaches around an edge, 0 to 1, as skin scatters it.
        shadow: how dark cast shadows are, 0 to 1.
        occlusion: how dark crevices are, 0 to 1.
    """

    direction: tuple[float, float, float]
    strength: float
    ambient: float
    wrap: float
    shadow: float
    occlusion: float


def shade(
    height: Float32Array, inside: BoolArray, relief: Float32Array, scale: float, light: Light
) -> tuple[Float32Array, Float32Array]:
    """The brightness (rows, columns) of a white surface, and its gloss, both about 0 to 1.

    ``height`` and ``relief``, fine bumps which affect only the normals, are (rows, columns) in
    pixels; ``scale`` is in pixels per millimetre.
    """
    cover = inside.astype(np.float32)
    weighted = np.where(inside, height, np.float32(0))
    near = blur(weighted, 1.6 * scale) / np.maximum(blur(cover, 1.6 * scale), 1e-3)
    wide = blur(weighted, 5.0 * scale) / np.maximum(blur(cover, 5.0 * scale), 1e-3)
    # Outside, the surface continues a little lower, so that its edge is rounded and not infinitely
    # steep.
    whole = np.where(inside, height, near - np.float32(1.2 * scale))
    narrow = np.maximum(near - whole, 0.0) * (1.0 / scale)
    broad = np.maximum(wide - whole, 0.0) * (1.0 / scale)
    clefts = 0.34 * narrow / (narrow + 2.5) + 0.6 * broad / (broad + 9.0)
    open_share = 1.0 - light.occlusion * clefts

    relieved = blur(whole + relief, max(0.55 * scale, 0.5))
    # Steps between parts are not slopes; unbounded, they would create black outlines.
    slope_x, slope_y = np.zeros_like(relieved), np.zeros_like(relieved)
    np.clip(relieved[:, 2:] - relieved[:, :-2], -_STEEPEST, _STEEPEST, out=slope_x[:, 1:-1])
    np.clip(relieved[2:] - relieved[:-2], -_STEEPEST, _STEEPEST, out=slope_y[1:-1])
    slope_x *= np.float32(0.5)
    slope_y *= np.float32(0.5)
    length = np.sqrt(slope_x * slope_x + slope_y * slope_y + 1.0)
    x, y, z = (np.float32(v) for v in np.array(light.direction) / np.linalg.norm(light.direction))
    lambert = (z - x * slope_x - y * slope_y) / length
    soft = np.maximum(lambert + light.wrap, 0.0) / np.float32(1.0 + light.wrap)
    if light.shadow > 0.0:
        soft = soft * (1.0 - light.shadow * _cast_shadow(height, scale, (x, y, z)))
    # Blinn's half vector: a normal along it reflects the lamp towards the viewer.
    half = np.array([x, y, z + 1.0])
    hx, hy, hz = (np.float32(v) for v in half / np.linalg.norm(half))
    mirror = np.maximum((hz - hx * slope_x - hy * slope_y) / length, 0.0)
    brightness = (light.ambient + light.strength * soft) * open_share
    fourth = np.square(np.square(mirror))
    gloss = np.square(fourth * np.square(fourth)) * soft * light.strength  # mirror to the 24th
    return np.asarray(brightness, np.float32), np.asarray(gloss, np.float32)


def _cast_shadow(
    height: Float32Array, scale: float, direction: tuple[np.float32, np.float32, np.float32]
) -> Float32Array:
    """How much of the lamp is blocked by higher parts, 0 to 1."""
    x, y, z = (float(v) for v in direction)
    flat = max(float(np.hypot(x, y)), 1e-3)
    hidden = np.zeros_like(height)
    rows, columns = height.shape
    for distance in (3.0, 7.0, 13.0):
        step = distance * scale
        down, right = round(y / flat * step), round(x / flat * step)
        if abs(down) >= rows or abs(right) >= columns:
            continue
        here = (_overlap(-down, rows), _overlap(-right, columns))
        there = (_overlap(down, rows), _overlap(right, columns))
        rise = height[there] - height[here] - np.float32(step * z / flat)
        hidden[here] = np.maximum(hidden[here], rise)
    hidden[height <= FAR / 2] = 0.0
    return blur(np.minimum(hidden / np.float32(2.5 * scale), 1.0), max(0.8 * scale, 0.5))


def _overlap(shift: int, length: int) -> slice:
    """The slice of a row that overlaps the same row shifted by ``shift``."""
    return slice(max(shift, 0), length + min(shift, 0))
