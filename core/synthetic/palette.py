"""Colours in linear light (the squares of display values, 0 to 1)."""

import numpy as np

from core.common.types import Float64Array

# Skin from very fair to very dark, as display values 0 to 255. The steps follow the ten tones of
# the Monk Skin Tone scale (E. Monk, 2019), a little redder, as hands are.
_SKIN = np.array(
    [
        [246, 218, 200],
        [243, 208, 185],
        [238, 196, 166],
        [226, 178, 146],
        [205, 150, 118],
        [172, 116, 86],
        [134, 86, 62],
        [100, 63, 47],
        [72, 46, 37],
        [54, 36, 31],
    ]
)
_PALM = np.array([240.0, 186.0, 162.0])
_NAIL = np.array([245.0, 200.0, 190.0])


def _linear(display: Float64Array) -> Float64Array:
    return np.asarray((display / 255.0) ** 2)


def random_skin_tone(rng: np.random.Generator) -> Float64Array:
    """A skin colour (3,); all tones are equally frequent."""
    place = rng.uniform(0.0, len(_SKIN) - 1.0)
    steps = np.arange(len(_SKIN))
    tone = np.array([np.interp(place, steps, _SKIN[:, channel]) for channel in range(3)])
    return _linear((tone * rng.normal(1.0, 0.025, 3)).clip(5.0, 252.0))


def palm_of(tone: Float64Array) -> Float64Array:
    """The palm's colour (3,) for a skin tone: pinker, and much lighter than dark skin."""
    darkness = 1.0 - float(np.sqrt(tone.mean()))
    share = 0.15 + 0.35 * darkness
    return tone + share * (_linear(_PALM) * (0.35 + 0.65 * (1.0 - darkness)) - tone)


def nail_of(tone: Float64Array) -> Float64Array:
    """The nails' colour (3,) for a skin tone."""
    return tone + 0.4 * (_linear(_NAIL) * (0.3 + 0.7 * float(np.sqrt(tone.mean()))) - tone)


def random_colour(
    rng: np.random.Generator, darkest: float, lightest: float, colourfulness: float
) -> Float64Array:
    """A colour (3,) of a cloth, a wall or an object.

    Darkest and lightest are display values, 0 to 1; the colourfulness is 0, grey, to 1, any hue at
    full saturation.
    """
    value = rng.uniform(darkest, lightest)
    strength = rng.uniform(0.0, colourfulness) ** 1.5
    hue = rng.uniform(0.0, 1.0, 3)
    hue /= hue.max()
    return np.asarray((value * (1.0 - strength + strength * hue)) ** 2)
