"""Turns linear light into a photo, with a camera's imperfections."""

import cv2
import numpy as np

from core.common.types import Float32Array, Uint8Array
from core.synthetic.noise import blur, noise


def take_photo(light: Float32Array, disturbance: float, rng: np.random.Generator) -> Uint8Array:
    """A photo (height, width, 3) uint8 RGB of a scene in linear light, about 0 to 1.

    The disturbance is 0, a perfect camera, to 1, a bad one in bad light: wrong exposure and white
    balance, blur, motion, noise, compression.
    """
    height, width = light.shape[:2]
    gains = np.exp(rng.normal(0.0, 0.09, 3) * disturbance)
    gains *= np.exp(rng.normal(0.0, 0.35) * disturbance)
    image = light * gains.astype(np.float32)
    if rng.random() < 0.5:
        image = image * _vignette(height, width, 0.5 * disturbance * float(rng.random()))
    size = max(height, width) / 192.0
    if rng.random() < 0.7 * disturbance:
        image = blur(image, 0.3 + float(rng.exponential(0.6)) * size * disturbance)
    if rng.random() < 0.3 * disturbance:
        image = _moved(image, float(rng.uniform(2.0, 8.0)) * size, float(rng.uniform(0.0, np.pi)))
    # Photon noise has the same variance everywhere after taking the square root.
    display = np.sqrt(np.maximum(image, 0.0)) * np.float32(255)
    strength = disturbance * (0.8 + float(rng.exponential(4.0)))
    grain = noise(rng, height, width, 0.0) * np.float32(strength)
    display += grain[..., None]
    if rng.random() < 0.5:
        channel = int(rng.integers(0, 3))
        display[..., channel] += noise(rng, height, width, 0.9) * np.float32(strength)
    contrast = float(np.exp(rng.normal(0.0, 0.18) * disturbance))
    photo = np.asarray(display.clip(0.0, 255.0), dtype=np.uint8)
    table = 255.0 * (np.arange(256) / 255.0) ** contrast
    photo = np.asarray(cv2.LUT(photo, table.round().astype(np.uint8)), dtype=np.uint8)
    if rng.random() < 0.6 * disturbance:
        photo = compressed(photo, int(rng.integers(25, 90)))
    return np.ascontiguousarray(photo)


def _vignette(height: int, width: int, depth: float) -> Float32Array:
    x = np.linspace(-1.0, 1.0, width, dtype=np.float32)
    y = np.linspace(-1.0, 1.0, height, dtype=np.float32)[:, None]
    return np.asarray((1.0 - np.float32(0.5 * depth) * (x * x + y * y))[..., None])


def _moved(image: Float32Array, length: float, angle: float) -> Float32Array:
    """The image blurred along a line, as by a moving hand or camera."""
    size = int(length) | 1
    kernel = np.zeros((size, size), dtype=np.float32)
    middle = size // 2
    dx, dy = round(middle * np.cos(angle)), round(middle * np.sin(angle))
    cv2.line(kernel, (middle - dx, middle - dy), (middle + dx, middle + dy), 1.0)
    return np.asarray(cv2.filter2D(image, -1, kernel / kernel.sum()), dtype=np.float32)


def compressed(pixels: Uint8Array, quality: int) -> Uint8Array:
    """Grey pixels or three channels in any order after JPEG compression, of quality 0 to 100."""
    encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED), np.uint8)
