"""Feature maps and weights as pictures for the browser: one PNG for all of a column."""

import base64
import math
from typing import Any

import cv2
import numpy as np

from core.common.types import Float32Array, Uint8Array

_BRIGHTEST = 0.995
"""The share of weights within the colours' range; few outliers would leave all others pale."""

_ZERO = 128
"""The level of a signed picture that stands for 0."""

MAPS_ACROSS = 8
"""Maps that stand side by side in a row of a picture of many; the browser's too."""

_LARGEST_WEIGHTS = 32
"""Pixels along a side of a weight image among many."""


def numbers(array: Float32Array) -> dict[str, Any]:
    """An array for the browser: its shape, and its float32 values, little-endian, as base64."""
    content = np.ascontiguousarray(array, "<f4")
    return {"shape": list(content.shape), "data": base64.b64encode(content.tobytes()).decode()}


def folded(length: int) -> tuple[int, int]:
    """Rows and columns of a picture of so many numbers in a row, as square as they allow."""
    rows = next(each for each in range(math.isqrt(length), 0, -1) if length % each == 0)
    return rows, length // rows


def atlas(tiles: Uint8Array, signed: bool = False) -> dict[str, Any]:
    """All pictures of a column, (tiles, height, width) uint8, in one PNG, eight a row."""
    count, height, width = tiles.shape
    across = min(count, MAPS_ACROSS)
    rows = -(-count // across)
    sheet = np.zeros((rows * across, height, width), np.uint8)
    sheet[:count] = tiles
    sheet = sheet.reshape(rows, across, height, width).swapaxes(1, 2)
    return {
        "png": _png(np.ascontiguousarray(sheet.reshape(rows * height, across * width))),
        "across": across,
        "rows": rows,
        "tile": [height, width],
        "signed": signed,
    }


def grey_maps(maps: Float32Array) -> Uint8Array:
    """(maps, height, width) of (height, width, maps): from the least, black, to the most, white.

    Each map has its own scale; one that is nowhere above its least stays black.
    """
    low, high = maps.min(axis=(0, 1)), maps.max(axis=(0, 1))
    low = np.minimum(low, 0)
    scale = np.where(high > low, high - low, 1)
    return np.asarray(np.rint((maps - low) / scale * 255), np.uint8).transpose(2, 0, 1)


def signed_maps(maps: Float32Array) -> Uint8Array:
    """(maps, height, width) uint8 where 128 is 0, 255 positive and 1 negative, on one scale."""
    limit = float(np.quantile(np.abs(maps), _BRIGHTEST)) or 1.0
    levels = np.rint(np.clip(maps / limit, -1, 1) * (_ZERO - 1)) + _ZERO
    return np.asarray(levels, np.uint8)


def weight_maps(kernel: Float32Array, shape: tuple[int, ...], largest: int) -> Uint8Array:
    """The weights of each unit as a picture; the kernel is (inputs, units).

    Of maps they are summed, since a picture has two sides; larger ones are shrunk.
    """
    units = kernel.shape[1]
    if len(shape) == 3:
        pictures = kernel.reshape(*shape, units).sum(axis=2)
    else:
        pictures = kernel.reshape(*folded(kernel.shape[0]), units)
    maps = pictures.transpose(2, 0, 1)
    if max(maps.shape[1:]) > largest:
        times = max(maps.shape[1:]) // largest
        height, width = (each // times * times for each in maps.shape[1:])
        maps = maps[:, :height, :width].reshape(
            units, height // times, times, width // times, times
        )
        maps = maps.mean(axis=(2, 4))
    return signed_maps(maps)


def _png(grey: Uint8Array) -> str:
    content = cv2.imencode(".png", grey, [cv2.IMWRITE_PNG_COMPRESSION, 6])[1].tobytes()
    return "data:image/png;base64," + base64.b64encode(content).decode()


def column_weights(kernel: Float32Array, shape: tuple[int, ...], units: int) -> dict[str, Any]:
    """The weight images of a dense layer's units: large where they are few."""
    largest = 128 if units <= 8 else _LARGEST_WEIGHTS
    return atlas(weight_maps(kernel[:, :units], shape, largest), signed=True)
