"""Pooling: every window of an image becomes one number, its maximum or its average."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

Kind = Literal["max", "average"]
KINDS: tuple[Kind, ...] = get_args(Kind)

WINDOWS = range(2, 9)
STRIDES = range(1, 9)

Pixels = npt.NDArray[Any]
"""uint8, float32 or float64."""

_DTYPES = (np.uint8, np.float32, np.float64)
_CHUNK_PIXELS = 1 << 24
"""Input pixels pooled at a time, which bounds the memory of the sums."""


@dataclass(frozen=True)
class Pooling:
    """How to pool an image.

    Attributes:
        kind: maximum or average of each window.
        window: height and width of the window, in pixels.
        stride: how far the window moves at each step, in pixels.
    """

    kind: Kind
    window: int
    stride: int

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"pooling is one of {', '.join(KINDS)}, not {self.kind}")
        if self.window not in WINDOWS or self.stride not in STRIDES:
            raise ValueError(
                f"a window of {WINDOWS[0]} to {WINDOWS[-1]} and a stride of {STRIDES[0]} to "
                f"{STRIDES[-1]} pixels are possible, not {self.window} and {self.stride}"
            )

    def size_of(self, length: int) -> int:
        """How many windows fit along a side of ``length`` pixels: ⌊(length - window)/stride⌋ + 1.

        Pixels at the end that do not fill a window are dropped ("valid" padding in Keras).

        Raises:
            ValueError: not even one window fits.
        """
        if length < self.window:
            raise ValueError(f"a window of {self.window} does not fit into {length} pixels")
        return (length - self.window) // self.stride + 1


def pool(images: Pixels, pooling: Pooling) -> Pixels:
    """Pool one image or many: uint8, float32 or float64, (images, height, width) or without images.

    Maxima keep the dtype; averages of uint8 are float32, so that nothing is rounded.

    Raises:
        ValueError: the array has another shape or dtype, or the window does not fit into it.
    """
    if images.ndim not in (2, 3) or images.dtype not in _DTYPES:
        raise ValueError(f"cannot pool an array of {images.shape} {images.dtype}")
    if images.ndim == 2:
        one: Pixels = pool(images[None], pooling)[0]
        return one
    count, height, width = images.shape
    shape = (count, pooling.size_of(height), pooling.size_of(width))
    average_of_uint8 = pooling.kind == "average" and images.dtype == np.uint8
    pooled: Pixels = np.empty(shape, np.float32 if average_of_uint8 else images.dtype)
    chunk = max(1, _CHUNK_PIXELS // (height * width))
    for start in range(0, count, chunk):
        pooled[start : start + chunk] = _pool_chunk(images[start : start + chunk], pooling)
    return pooled


def _pool_chunk(images: Pixels, pooling: Pooling) -> Pixels:
    window, stride = pooling.window, pooling.stride
    views = np.lib.stride_tricks.sliding_window_view(images, (window, window), axis=(1, 2))
    views = views[:, ::stride, ::stride]
    # One position of all windows at a time: long inner loops are several times faster than
    # reducing the short last axes.
    places = [views[..., row, column] for row in range(window) for column in range(window)]
    if pooling.kind == "max":
        largest: Pixels = places[0].copy()
        for numbers in places[1:]:
            np.maximum(largest, numbers, out=largest)
        return largest
    total: Pixels = np.zeros(places[0].shape, np.float64)
    for numbers in places:
        total += numbers
    return total / window**2


@dataclass(frozen=True)
class WorkedStep:
    """One step of a worked example, with everything that a page shows of it.

    Attributes:
        row, column: of the step's result, in the pooled grid.
        top, left: of the window, in the grid.
        numbers: those in the window, row by row.
        chosen: the step's result.
        why: one sentence of explanation.
    """

    row: int
    column: int
    top: int
    left: int
    numbers: tuple[tuple[int, ...], ...]
    chosen: float
    why: str


def worked_step(grid: npt.NDArray[np.uint8], pooling: Pooling, number: int) -> WorkedStep:
    """One step, from 1, of pooling a small (height, width) uint8 grid, row by row.

    Raises:
        ValueError: there is no such step.
    """
    pooled = pool(grid, pooling)
    if not 1 <= number <= pooled.size:
        raise ValueError(f"there are {pooled.size} steps, no step {number}")
    row, column = divmod(number - 1, pooled.shape[1])
    top, left = row * pooling.stride, column * pooling.stride
    window = grid[top : top + pooling.window, left : left + pooling.window]
    numbers = tuple(tuple(map(int, line)) for line in window)
    chosen = float(pooled[row, column])
    listed = [f"{number}" for line in numbers for number in line]
    if pooling.kind == "max":
        why = f"Of {', '.join(listed[:-1])} and {listed[-1]}, the largest is {chosen:g}."
    else:
        why = f"({' + '.join(listed)}) / {len(listed)} = {chosen:g}."
    return WorkedStep(row, column, top, left, numbers, chosen, why)
