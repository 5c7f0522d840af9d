"""Random augmentation: the effects of cameras, light, distance and compression."""

import cv2
import numpy as np

from core.common.types import Float32Array, Uint8Array
from core.synthetic.camera import compressed

BADLY_EXPOSED = 0.15
"""Share of the pictures that are overexposed or nearly dark."""

OVEREXPOSED = (150.0, 225.0)
"""The mean level of an overexposed picture."""

ANY_ANGLE_SHARE, TURNED_SHARE = 0.2, 0.25
"""Shares of the samples that are rotated by any angle, and by one of ``TURNS``; the others, and
these as well, by a little."""

TURNS = (90.0, 180.0, 180.0, 270.0)
"""Degrees. Photos are more often upside down than on their left or right side, each."""


def random_rotation(deviation: float, rng: np.random.Generator) -> float:
    """Clockwise, in degrees; the deviation is of the little by which hands always lean."""
    chance = rng.random()
    if chance < ANY_ANGLE_SHARE:
        return float(rng.uniform(-180, 180))
    turn = float(rng.choice(TURNS)) if chance < ANY_ANGLE_SHARE + TURNED_SHARE else 0.0
    return turn + float(rng.normal(0, deviation))


def augment(image: Uint8Array, rng: np.random.Generator) -> Uint8Array:
    """A grey image as another camera might take it: blur, light, noise and compression."""
    levels = image.astype(np.float32)
    if rng.random() < 0.38:
        levels = _downscaled(levels, rng)
    if rng.random() < 0.15:
        levels = np.asarray(cv2.filter2D(levels, -1, _motion_kernel(rng)), np.float32)
    levels = _lit(levels, rng)
    if rng.random() < 0.5:
        strength = np.float32(rng.uniform(1, 9))
        levels = levels + strength * rng.standard_normal(levels.shape, dtype=np.float32)
    augmented = np.clip(levels, 0, 255).astype(np.uint8)
    if rng.random() < 0.3:
        augmented = compressed(augmented, int(rng.integers(20, 90)))
    if rng.random() < 0.12:
        _occlude(augmented, rng)
    return augmented


def _downscaled(levels: Float32Array, rng: np.random.Generator) -> Float32Array:
    """As if the hand had been small in the picture."""
    height, width = levels.shape
    side = int(np.exp(rng.uniform(np.log(22), np.log(105))))
    small = cv2.resize(levels, (side, side), interpolation=cv2.INTER_AREA)
    if rng.random() < 0.5:
        small = small + np.float32(rng.uniform(1, 6)) * rng.standard_normal(
            small.shape, dtype=np.float32
        )
    interpolation = cv2.INTER_CUBIC if rng.random() < 0.5 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(small, (width, height), interpolation=interpolation), np.float32)


def _motion_kernel(rng: np.random.Generator) -> Float32Array:
    """(length, length) float32 that sums to 1: the path of a moving hand, a random line."""
    length = int(rng.integers(3, 10))
    kernel = np.zeros((length, length), np.float32)
    kernel[length // 2] = 1
    middle = ((length - 1) / 2, (length - 1) / 2)
    rotation = cv2.getRotationMatrix2D(middle, float(rng.uniform(0, 180)), 1)
    kernel = np.asarray(cv2.warpAffine(kernel, rotation, (length, length)), np.float32)
    return kernel / max(float(kernel.sum()), 1e-3)


def _lit(levels: Float32Array, rng: np.random.Generator) -> Float32Array:
    """Gamma, contrast and brightness, and light from one side."""
    height, width = levels.shape
    levels = 255 * (np.clip(levels, 0, 255) / np.float32(255)) ** np.float32(rng.uniform(0.6, 1.6))
    levels = (levels - 128) * np.float32(rng.uniform(0.5, 1.3)) + np.float32(
        128 + rng.normal(0, 22)
    )
    if rng.random() < BADLY_EXPOSED:
        levels = badly_exposed(levels, float(levels.mean()), rng)
    if rng.random() < 0.3:
        across = np.linspace(-1, 1, width, dtype=np.float32) * np.float32(rng.normal(0, 0.25))
        down = np.linspace(-1, 1, height, dtype=np.float32) * np.float32(rng.normal(0, 0.25))
        levels = levels * (1 + across[None, :] + down[:, None])
    return levels


def badly_exposed(levels: Float32Array, mean: float, rng: np.random.Generator) -> Float32Array:
    """Grey levels of that mean as if overexposed, the brightest parts clipped, or nearly dark."""
    if rng.random() < 0.6:
        gain = float(rng.uniform(*OVEREXPOSED)) / max(mean, 1.0)
        return levels * np.float32(np.clip(gain, 1.0, 2.5))
    return levels * np.float32(rng.uniform(0.15, 0.5))


def _occlude(image: Uint8Array, rng: np.random.Generator) -> None:
    """Cover a corner or an edge with a plain patch, so that no single place decides."""
    height, width = image.shape
    side = int(rng.integers(height // 8, height // 3))
    x = int(rng.choice([0, width - side, int(rng.integers(width - side))]))
    y = int(rng.choice([0, height - side]))
    image[y : y + side, x : x + side] = rng.integers(256)


def augment_colours(pixels: Uint8Array, rng: np.random.Generator) -> Uint8Array:
    """An RGB frame as another camera might take it: light, colours, blur, noise, compression."""
    steps = np.arange(256, dtype=np.float32) / np.float32(255)
    gamma, contrast = rng.uniform(0.6, 1.6), rng.uniform(0.6, 1.25)
    level = 255 * (steps ** np.float32(gamma) - 0.5) * contrast + 128 + rng.normal(0, 20)
    if rng.random() < BADLY_EXPOSED:
        level = badly_exposed(level, float(level[pixels[::8, ::8]].mean()), rng)
    gains = np.exp(rng.normal(0, 0.1, 3)) if rng.random() < 0.7 else np.ones(3)
    table = np.clip(level[:, None] * gains, 0, 255).astype(np.uint8)
    pixels = np.asarray(cv2.LUT(pixels, table[None]), np.uint8)
    if rng.random() < 0.5:
        grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        share = 1.0 if rng.random() < 0.25 else float(rng.uniform(-0.5, 0.8))
        grey3 = cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)
        pixels = np.asarray(cv2.addWeighted(pixels, 1 - share, grey3, share, 0), np.uint8)
    if rng.random() < 0.25:
        deviation = float(rng.uniform(0.4, 1.6))
        pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), deviation), np.uint8)
    if rng.random() < 0.1:
        pixels = np.asarray(cv2.filter2D(pixels, -1, _motion_kernel(rng)), np.uint8)
    if rng.random() < 0.4:
        strength = float(rng.uniform(1, 10))
        noise = rng.standard_normal(pixels.shape, np.float32) * np.float32(strength)
        pixels = np.clip(pixels + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.3:
        pixels = compressed(pixels, int(rng.integers(25, 90)))
    return np.ascontiguousarray(pixels)
