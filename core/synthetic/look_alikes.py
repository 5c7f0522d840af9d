"""Synthetic photos of what looks like fingers and is not: flowers, leaves, food on plates."""

import cv2
import numpy as np
import numpy.typing as npt

from core.common.types import Float32Array, Float64Array, Uint8Array
from core.synthetic.background import BACKGROUNDS, draw_background
from core.synthetic.camera import take_photo
from core.synthetic.noise import blur
from core.synthetic.palette import random_colour

# Display values, 0 to 255. Every hue of skin that hands have is left out of the long things.
_PETALS = np.array(
    [[246, 244, 238], [250, 240, 214], [244, 190, 205], [240, 205, 70], [205, 90, 120]]
)
_LONG = np.array([[236, 130, 40], [238, 205, 60], [120, 160, 60], [190, 40, 40], [240, 225, 150]])
_PLATES = np.array([[240, 240, 236], [210, 215, 222], [60, 64, 70]])
_LEAF = np.array([84, 122, 58])


def draw_look_alike(seed: int, width: int = 256, height: int = 192) -> Uint8Array:
    """(height, width, 3) uint8 RGB; the same seed always gives the same pixels."""
    rng = np.random.default_rng([seed, 5])
    kind = BACKGROUNDS[int(rng.choice(4, p=[0.3, 0.35, 0.05, 0.3]))]
    picture = np.ascontiguousarray(draw_background(kind, height, width, rng))
    largest = float(np.exp(rng.uniform(np.log(0.12), np.log(0.75)))) * height
    if rng.random() < 0.6:
        for _ in range(int(rng.integers(2, 10))):
            _draw_fan(picture, _tone(_LEAF[None], rng), largest, int(rng.integers(1, 6)), rng)
        # White flowers look most like hands.
        colour = _tone(_PETALS[:2] if rng.random() < 0.5 else _PETALS, rng)
        for _ in range(int(rng.integers(1, 7))):
            _draw_flower(picture, colour, largest * float(rng.uniform(0.4, 1)), rng)
    else:
        if rng.random() < 0.6:
            _draw_plate(picture, largest, rng)
        for _ in range(int(rng.integers(1, 4))):
            _draw_bunch(picture, _tone(_LONG, rng), largest * float(rng.uniform(0.5, 1)), rng)
    return take_photo(blur(picture, float(rng.uniform(0.3, 1.2))), float(rng.uniform(0, 0.8)), rng)


def _tone(of: npt.NDArray[np.int64], rng: np.random.Generator) -> Float64Array:
    """One of the colours, in linear light and a little different."""
    display = of[int(rng.integers(len(of)))] * rng.normal(1.0, 0.05, 3)
    return np.asarray((display.clip(5.0, 252.0) / 255.0) ** 2 * rng.uniform(0.5, 1.0))


def _place(picture: Float32Array, rng: np.random.Generator) -> Float64Array:
    height, width = picture.shape[:2]
    return rng.uniform(0.1, 0.9, 2) * (width, height)


def _draw_flower(
    picture: Float32Array, colour: Float64Array, size: float, rng: np.random.Generator
) -> None:
    """Petals around a middle, seen from any side."""
    middle, petals = _place(picture, rng), int(rng.integers(4, 14))
    squash = np.array([1.0, rng.uniform(0.35, 1.0)])
    lean = rng.uniform(0.0, 2 * np.pi)
    first, narrow = rng.uniform(0.0, 2 * np.pi), rng.uniform(0.9, 2.2) * np.pi / petals
    for number in range(petals):
        angle = first + 2 * np.pi * number / petals + rng.normal(0.0, 0.12)
        direction = np.array([np.cos(angle), np.sin(angle)]) * squash
        turned = np.array(
            [
                direction[0] * np.cos(lean) - direction[1] * np.sin(lean),
                direction[0] * np.sin(lean) + direction[1] * np.cos(lean),
            ]
        )
        _draw_petal(picture, colour, middle, turned * size / 2, 0.5 * narrow * size / 2, rng)
    heart = random_colour(rng, 0.2, 0.9, 1.0) * (1.0, 0.9, 0.4)
    _oval(picture, middle, (rng.uniform(0.1, 0.25) * size,) * 2, 0.0, heart)


def _draw_fan(
    picture: Float32Array,
    colour: Float64Array,
    size: float,
    leaves: int,
    rng: np.random.Generator,
) -> None:
    """Leaves from one stem."""
    root, towards = _place(picture, rng), rng.uniform(0.0, 2 * np.pi)
    for _ in range(leaves):
        angle = towards + rng.normal(0.0, 0.5)
        leaf = np.array([np.cos(angle), np.sin(angle)]) * size * rng.uniform(0.3, 0.7)
        _draw_petal(picture, colour, root, leaf, size * rng.uniform(0.04, 0.14), rng)


def _draw_petal(
    picture: Float32Array,
    colour: Float64Array,
    root: Float64Array,
    along: Float64Array,
    half_width: float,
    rng: np.random.Generator,
) -> None:
    """One petal or leaf from its root, brighter towards its middle."""
    length = float(np.hypot(*along))
    degrees = float(np.degrees(np.arctan2(along[1], along[0])))
    shade = rng.uniform(0.55, 1.0)
    for share, light in ((1.0, 0.72), (0.75, 0.9), (0.45, 1.0)):
        axes = (share * length, 2 * share * half_width)
        _oval(picture, root + 0.55 * along, axes, degrees, colour * shade * light)


def _draw_plate(picture: Float32Array, size: float, rng: np.random.Generator) -> None:
    middle, colour = _place(picture, rng), _tone(_PLATES, rng)
    flat = rng.uniform(0.4, 1.0)
    for share, light in ((1.6, 0.8), (1.5, 1.0), (1.1, 0.9)):
        _oval(picture, middle, (share * size, share * size * flat), 0.0, colour * light)


def _draw_bunch(
    picture: Float32Array, colour: Float64Array, size: float, rng: np.random.Generator
) -> None:
    """Long things side by side or in a fan: carrots, bananas, beans."""
    root, towards = _place(picture, rng), rng.uniform(0.0, 2 * np.pi)
    number, opening = int(rng.integers(2, 9)), rng.uniform(0.0, 0.35)
    width = size * rng.uniform(0.06, 0.16)
    across = np.array([-np.sin(towards), np.cos(towards)]) * width
    for place in range(number):
        offset = place - number / 2
        angle = towards + opening * offset + rng.normal(0.0, 0.05)
        along = np.array([np.cos(angle), np.sin(angle)]) * size * rng.uniform(0.7, 1.0)
        _draw_petal(picture, colour, root + across * offset, along, width / 2, rng)


def _oval(
    picture: Float32Array,
    middle: Float64Array,
    axes: tuple[float, float],
    degrees: float,
    colour: Float64Array,
) -> None:
    place = tuple(map(float, middle)), (max(axes[0], 1.0), max(axes[1], 1.0)), degrees
    cv2.ellipse(picture, place, [float(value) for value in colour], -1)
