"""Backgrounds behind the hands, in linear light."""

from typing import Literal

import cv2
import numpy as np

from core.common.types import Float32Array, Float64Array
from core.synthetic.noise import blur, noise
from core.synthetic.palette import random_colour, random_skin_tone

Background = Literal["plain", "clutter", "dark", "noise"]

BACKGROUNDS: tuple[Background, ...] = ("plain", "clutter", "dark", "noise")


def draw_background(
    kind: Background, height: int, width: int, rng: np.random.Generator
) -> Float32Array:
    """A background (height, width, 3) of linear light, about 0 to 1.

    A wall in uneven light, a cluttered room, near darkness, or a cloth, wood or carpet texture.
    """
    if kind == "plain":
        return _wall(height, width, rng)
    if kind == "dark":
        return _wall(height, width, rng) * np.float32(rng.uniform(0.01, 0.08))
    if kind == "noise":
        return _texture(height, width, rng)
    return _room(height, width, rng)


def _uneven_light(height: int, width: int, rng: np.random.Generator) -> Float32Array:
    """A brightness (height, width, 1) that falls off in one direction."""
    x = np.linspace(-1.0, 1.0, width, dtype=np.float32)
    y = np.linspace(-1.0, 1.0, height, dtype=np.float32)[:, None]
    slope_x, slope_y, bow = rng.uniform(-0.3, 0.3, 3).astype(np.float32)
    return np.asarray((1.0 + slope_x * x + slope_y * y + 0.4 * bow * (x * x + y * y))[..., None])


def _wall(height: int, width: int, rng: np.random.Generator) -> Float32Array:
    colour = random_colour(rng, 0.05 if rng.random() < 0.3 else 0.3, 0.9, 0.35)
    spots = 1.0 + np.float32(rng.uniform(0.0, 0.05)) * noise(rng, height, width, 10.0)[..., None]
    return colour.astype(np.float32) * np.asarray(
        _uneven_light(height, width, rng) * spots, dtype=np.float32
    )


def _texture(height: int, width: int, rng: np.random.Generator) -> Float32Array:
    """Cloth, carpet or wood: noise of several scales, perhaps stretched, between two colours."""
    first, second = random_colour(rng, 0.05, 0.8, 0.6), random_colour(rng, 0.05, 0.8, 0.6)
    stretch = int(rng.choice([1, 1, 3, 8]))
    flat = (
        (max(height // stretch, 4), width)
        if rng.random() < 0.5
        else (height, max(width // stretch, 4))
    )
    mix = sum(
        rng.uniform(0.2, 1.0) * noise(rng, *flat, scale) for scale in (1.0, 3.0, 10.0)
    ) * np.float32(rng.uniform(0.1, 0.4))
    share = cv2.resize(np.asarray(mix, np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    share = (np.asarray(share, np.float32) + np.float32(0.5)).clip(0.0, 1.0)[..., None]
    mixed = first.astype(np.float32) + share * (second - first).astype(np.float32)
    picture = mixed * _uneven_light(height, width, rng)
    return np.asarray(picture, dtype=np.float32)


def _room(height: int, width: int, rng: np.random.Generator) -> Float32Array:
    """Furniture-like boxes and round objects, perhaps a person, out of focus."""
    picture = np.ascontiguousarray(_wall(height, width, rng))
    for _ in range(int(rng.integers(3, 14))):
        _draw_thing(picture, rng)
    if rng.random() < 0.45:
        _draw_person(picture, rng)
    picture = picture * _uneven_light(height, width, rng)
    return blur(np.asarray(picture, np.float32), height * float(rng.uniform(0.003, 0.03)))


def _draw_thing(picture: Float32Array, rng: np.random.Generator) -> None:
    height, width = picture.shape[:2]
    colour = random_colour(rng, 0.02, 0.9, 0.7)
    if rng.random() < 0.12:
        colour = random_skin_tone(rng)
    paint = [float(value) for value in colour]
    x, y = int(rng.uniform(-0.1, 1.1) * width), int(rng.uniform(-0.1, 1.1) * height)
    w, h = (int(value) + 1 for value in rng.uniform(0.03, 0.5, 2) * (width, height))
    kind = int(rng.integers(0, 4))
    if kind == 0:
        cv2.ellipse(picture, ((x, y), (w, h), float(rng.uniform(0, 180))), paint, -1)
    elif kind == 1:
        corners = rng.uniform(-0.5, 0.5, (int(rng.integers(3, 7)), 2)) * (w, h) + (x, y)
        cv2.fillPoly(picture, [corners.astype(np.int32)], paint)
    elif kind == 2:
        # A row of upright bars: books, blinds, a radiator.
        for step in range(int(rng.integers(3, 9))):
            left = x + step * max(w // 5, 2)
            shade = [value * float(rng.uniform(0.4, 1.2)) for value in paint]
            cv2.rectangle(picture, (left, y), (left + max(w // 7, 1), y + h), shade, -1)
    else:
        cv2.rectangle(picture, (x, y), (x + w, y + h), paint, -1)


def _draw_person(picture: Float32Array, rng: np.random.Generator) -> None:
    """A crude head and shoulders, so that faces are not new to a model."""
    height, width = picture.shape[:2]
    tone = random_skin_tone(rng)
    x, y = rng.uniform(0.15, 0.85) * width, rng.uniform(0.2, 0.6) * height
    size = rng.uniform(0.12, 0.3) * height
    shirt, hair = random_colour(rng, 0.02, 0.8, 0.8), random_colour(rng, 0.005, 0.25, 0.5)

    def oval(dx: float, dy: float, w: float, h: float, colour: Float64Array) -> None:
        centre = float(x + dx * size), float(y + dy * size)
        place = (centre, (float(w * size), float(h * size)), 0.0)
        cv2.ellipse(picture, place, [float(value) for value in colour], -1)

    oval(0.0, 2.6, 3.4, 3.2, shirt)
    oval(0.0, 0.8, 0.6, 1.2, tone * 0.7)
    oval(0.0, -0.2, 1.35, 1.75, hair)
    oval(0.0, 0.0, 1.1, 1.5, tone)
    for sign in (-1.0, 1.0):
        oval(sign * 0.24, -0.1, 0.2, 0.08, tone * 0.15)
        oval(sign * 0.24, -0.22, 0.28, 0.05, hair)
    oval(0.05, 0.12, 0.16, 0.3, tone * 0.85)
    oval(0.0, 0.42, 0.38, 0.1, tone * [0.75, 0.4, 0.4])
