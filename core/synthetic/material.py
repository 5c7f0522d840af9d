"""The colours of skin, nails and cloth on a rendered surface."""

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from core.common.types import BoolArray, Float32Array, Float64Array
from core.synthetic.anatomy import PALM, SLEEVE
from core.synthetic.light import Light
from core.synthetic.noise import noise
from core.synthetic.skin import Details
from core.synthetic.surface import Surface
from core.synthetic.view import View

Pattern = Literal["plain", "rings", "stripes", "checks"]

PATTERNS: tuple[Pattern, ...] = get_args(Pattern)


@dataclass(frozen=True)
class Cloth:
    """A sleeve's two colours, RGB in linear light, its pattern, and mm between two stripes."""

    first: Float64Array
    second: Float64Array
    pattern: Pattern
    period: float


@dataclass(frozen=True)
class Skin:
    """How skin looks; colours are one number (grey) or three (RGB) in any unit.

    Attributes:
        crease: share of the light that the deepest crease absorbs.
        blotches: deviation of the uneven colour, as a share of the colour.
        grain: deviation of the finest texture, as a share of the colour.
        gloss: brightness of the lamp's reflection, in the colours' unit.
        flush: share of the light that the blood in the fingertips absorbs.
    """

    back: Float64Array
    palm: Float64Array
    nail: Float64Array
    crease: float
    blotches: float
    grain: float
    gloss: float
    flush: float


@dataclass(frozen=True)
class Look:
    """How a hand looks: the light that falls on it, its skin, and its sleeve, if it has one."""

    light: Light
    skin: Skin
    cloth: Cloth | None = None


def fitting_noise(rng: np.random.Generator, size: tuple[int, int], pixels: float) -> Float32Array:
    """Noise (see `noise`) whose smoothness is the nearest power of two to `pixels`."""
    return noise(rng, *size, 2.0 ** round(math.log2(min(max(pixels, 0.5), 32.0))))


def relief_of(
    surface: Surface, details: Details, view: View, clothed: bool, rng: np.random.Generator
) -> Float32Array:
    """Fine bumps (rows, columns) in pixels: skin, creases, nails and the folds of a sleeve."""
    size, scale = surface.height.shape, view.scale
    rows, columns = size
    relief = fitting_noise(rng, (rows, columns), 5.0 * scale) * np.float32(0.09 * scale)
    relief = relief - details.grooves * np.float32(0.6 * scale)
    relief += details.nails * np.float32(0.3 * scale)
    if clothed:
        folds = fitting_noise(rng, (rows, columns), 10.0 * scale) * np.float32(2.2 * scale)
        relief += np.where(surface.parts == SLEEVE, folds, np.float32(0.0))
    return relief


def paint(
    surface: Surface,
    details: Details,
    view: View,
    shading: tuple[Float32Array, Float32Array],
    look: Look,
    arm: Float64Array | None,
    rng: np.random.Generator,
) -> Float32Array:
    """The picture (rows, columns, channels) of a shaded surface; its channels are the skin's.

    ``shading`` is what `light.shade` returns, ``arm`` (3,) the arm's direction in the palm's frame.
    """
    brightness, gloss = shading
    skin, cloth = look.skin, look.cloth
    rows, columns = surface.height.shape
    size, channels = (rows, columns), len(skin.palm)
    seen_from_back = bool(view.rotation[2, 2] < 0.0)
    tone = skin.back if seen_from_back else skin.palm
    colour: Float32Array = np.broadcast_to(tone.astype(np.float32), (rows, columns, channels))
    if arm is not None and not seen_from_back:
        # The palm's colour ends at the wrist.
        up, _ = wrist_coordinates(view, rows, columns)
        inner = (0.6 * skin.back + 0.4 * skin.palm - tone).astype(np.float32)
        share = ((np.float32(12.0) - up) / np.float32(24.0)).clip(0.0, 1.0)
        colour = np.asarray(colour + share[..., None] * inner, dtype=np.float32)
    texture = 1.0 + fitting_noise(rng, size, 9.0 * view.scale) * np.float32(skin.blotches)
    texture = texture + noise(rng, rows, columns, 1.0) * np.float32(skin.grain)
    texture = texture * (1.0 - np.float32(skin.crease) * details.grooves)
    texture *= 1.0 - np.float32(skin.flush) * details.tips
    if channels == 3:
        flush = fitting_noise(rng, size, 9.0 * view.scale)[..., None] + details.grooves[..., None]
        colour = colour * (1.0 + flush * np.array([0.018, -0.022, -0.02], np.float32))
    if details.nails.any():
        nails = details.nails[..., None]
        colour = colour + nails * (skin.nail.astype(np.float32) - colour)
        gloss = gloss * (1.0 + 1.5 * details.nails)
    if cloth is not None and arm is not None:
        sleeve = surface.parts == SLEEVE
        texture = texture + sleeve * noise(rng, rows, columns, 0.9) * np.float32(0.06)
        woven = _cloth_colour(cloth, arm, view, rows, columns)
        colour = np.where(sleeve[..., None], woven, colour)
        gloss = np.where(sleeve, np.float32(0.0), gloss)
    picture = colour * (brightness * texture)[..., None]
    picture += (gloss * np.float32(skin.gloss))[..., None]
    return np.asarray(picture, dtype=np.float32)


def wrist_coordinates(view: View, rows: int, columns: int) -> tuple[Float32Array, Float32Array]:
    """Each pixel's distance above the wrist and towards the thumb's side, in mm.

    Exact in the plane through the wrist parallel to the picture, approximate elsewhere.
    """
    return (
        _along(view.rotation[:, 1], view, rows, columns),
        _along(view.rotation[:, 0], view, rows, columns),
    )


def _along(axis: Float64Array, view: View, rows: int, columns: int) -> Float32Array:
    """The distance (rows, columns) in mm from the wrist along a rotated direction (3,)."""
    flat = axis[:2] * [1.0, -1.0] / max(float(axis[:2] @ axis[:2]), 0.3) / view.scale
    x = (np.arange(columns) - view.wrist[0]) * flat[0]
    y = (np.arange(rows) - view.wrist[1]) * flat[1]
    return np.asarray(np.add.outer(y, x), dtype=np.float32)


def hand_pixels(surface: Surface, inside: BoolArray, view: View) -> BoolArray:
    """The visible pixels of the hand, which ends at the wrist and not where the arm's part does."""
    rows, columns = inside.shape
    up, _ = wrist_coordinates(view, rows, columns)
    above = (surface.parts < SLEEVE) & (up > -3.0)
    return np.asarray(inside & ((surface.parts < PALM) | above))


def _cloth_colour(
    cloth: Cloth, arm: Float64Array, view: View, rows: int, columns: int
) -> Float32Array:
    first, second = cloth.first.astype(np.float32), cloth.second.astype(np.float32)
    if cloth.pattern == "plain":
        return np.broadcast_to(first, (rows, columns, 3))
    along = view.rotation @ arm
    across = np.cross(along, [0.0, 0.0, 1.0])
    share = np.zeros((rows, columns), dtype=np.float32)
    for pattern, axis in (("rings", along), ("stripes", across)):
        if cloth.pattern in (pattern, "checks"):
            wave = np.sin(
                _along(axis, view, rows, columns) * np.float32(2.0 * np.pi / cloth.period)
            )
            share += (wave * 4.0).clip(-1.0, 1.0) * np.float32(0.5) + np.float32(0.5)
    if cloth.pattern == "checks":
        share *= np.float32(0.5)
    return np.asarray(first + share[..., None] * (second - first), dtype=np.float32)
