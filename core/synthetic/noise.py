"""Smooth random fields, cropped from a cached bank."""

from functools import lru_cache

import cv2
import numpy as np

from core.common.types import Float32Array

_BANK_SIZE = 512
_BANK_SEED = 20181


@lru_cache(maxsize=16)
def _bank(scale: float) -> Float32Array:
    """A periodic field (512, 512) of mean 0 and deviation 1, smooth over `scale` pixels."""
    rng = np.random.default_rng([_BANK_SEED, round(scale * 100)])
    white = rng.normal(size=(_BANK_SIZE, _BANK_SIZE))
    frequency = np.fft.fftfreq(_BANK_SIZE)
    squared = frequency[:, None] ** 2 + frequency[None, : _BANK_SIZE // 2 + 1] ** 2
    spectrum = np.fft.rfft2(white) * np.exp(-2.0 * np.pi**2 * scale**2 * squared)
    spectrum[0, 0] = 0.0
    field = np.fft.irfft2(spectrum, s=white.shape)
    return np.asarray(field / field.std(), dtype=np.float32)


def noise(rng: np.random.Generator, height: int, width: int, scale: float) -> Float32Array:
    """A random field (height, width) of mean 0 and deviation 1.

    Its smoothness is the deviation of a Gaussian blur in pixels; use only a few different values,
    since a bank is cached for each.
    """
    bank = _bank(scale)
    top, left = (int(value) for value in rng.integers(0, _BANK_SIZE, 2))
    flip = int(rng.integers(0, 4))
    rows, columns = max(_BANK_SIZE - height, 0), max(_BANK_SIZE - width, 0)
    if rows and columns:
        top, left = top % rows, left % columns
        piece = bank[top : top + height, left : left + width]
    else:
        piece = bank.take(range(top, top + height), 0, mode="wrap")
        piece = piece.take(range(left, left + width), 1, mode="wrap")
    return piece[:: 1 - 2 * (flip & 1), :: 1 - (flip & 2)]


def blur(field: Float32Array, sigma: float) -> Float32Array:
    """A Gaussian blur of a float32 field, its deviation in pixels."""
    return np.asarray(cv2.GaussianBlur(field, (0, 0), sigma), dtype=np.float32)
