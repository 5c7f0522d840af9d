"""What one layer does with numbers, step by step, as the page shows it.

Tests hold every function against Keras; the page shows their results and computes nothing itself.
"""

from typing import NamedTuple

import numpy as np

from core.common.types import Float32Array


class Window(NamedTuple):
    """How a window moves over an image, in pixels: its size, its step, and Keras's padding."""

    size: int
    stride: int
    padding: str

    def before(self, length: int) -> int:
        """How many zeros Keras puts before a side of ``length`` pixels."""
        if self.padding != "same":
            return 0
        return max((-(-length // self.stride) - 1) * self.stride + self.size - length, 0) // 2

    def views(self, image: Float32Array) -> Float32Array:
        """(rows, columns, channels, size, size): what the window sees of (height, width, channels).

        With padding "same", zeros surround the image, so that rows are ⌈height / stride⌉.
        """
        if self.padding == "same":
            image = np.pad(image, (*(self._around(each) for each in image.shape[:2]), (0, 0)))
        seen = np.lib.stride_tricks.sliding_window_view(image, (self.size,) * 2, axis=(0, 1))
        return seen[:: self.stride, :: self.stride]

    def _around(self, length: int) -> tuple[int, int]:
        total = max((-(-length // self.stride) - 1) * self.stride + self.size - length, 0)
        return total // 2, total - total // 2


def products(image: Float32Array, kernel: Float32Array, window: Window) -> Float32Array:
    """(rows, columns, size, size): each input of one channel times its weight.

    The image is (height, width), the kernel (size, size).
    """
    views = window.views(image[..., None])[:, :, 0]
    return np.asarray(views * kernel, np.float32)


def sums_by_channel(image: Float32Array, kernel: Float32Array, window: Window) -> Float32Array:
    """(rows, columns, channels): for each input channel, the sum of its products.

    The image is (height, width, channels), the kernel (size, size, channels).
    """
    views = window.views(image)
    return np.asarray(np.einsum("yxcij,ijc->yxc", views, kernel, optimize=True), np.float32)


def neuron(sums: Float32Array, bias: float) -> Float32Array:
    """The sum of all products over the last axis, plus the bias: z = Σ wᵢ xᵢ + b."""
    return np.asarray(sums.sum(axis=-1, dtype=np.float64) + bias, np.float32)


class BatchNorm(NamedTuple):
    """What batch normalisation learned of one channel (Ioffe and Szegedy, 2015)."""

    gamma: float
    beta: float
    mean: float
    variance: float
    epsilon: float

    def normalised(self, values: Float32Array) -> Float32Array:
        """The normalised values: y = γ (z − μ) / √(σ² + ε) + β."""
        scale = self.gamma / np.sqrt(np.float64(self.variance) + self.epsilon)
        return np.asarray((values - self.mean) * scale + self.beta, np.float32)


def relu(values: Float32Array) -> Float32Array:
    """Negative values become zero."""
    return np.maximum(values, np.float32(0))


def maxima(image: Float32Array, window: Window) -> Float32Array:
    """(rows, columns): the largest input of each window, of a (height, width) image."""
    return np.asarray(window.views(image[..., None])[:, :, 0].max(axis=(2, 3)), np.float32)


def place_of(index: int, shape: tuple[int, int, int]) -> tuple[int, int, int]:
    """Row, column and map of a number in the flattened (rows, columns, maps)."""
    row, column, channel = np.unravel_index(index, shape)
    return int(row), int(column), int(channel)


def exponentials(logits: Float32Array) -> Float32Array:
    """e^(z − max z) of each logit: the shift changes no probability and keeps numbers finite."""
    return np.asarray(np.exp(logits - logits.max()), np.float32)


def softmax(logits: Float32Array) -> Float32Array:
    """The probabilities: each exponential as a share of their sum."""
    found = exponentials(logits)
    return np.asarray(found / found.sum(), np.float32)


def sigmoid(logit: float) -> float:
    """The probability of the one class that a single output stands for."""
    return float(1 / (1 + np.exp(-np.float64(logit))))


def cross_entropy(probability: float) -> float:
    """The categorical cross-entropy of one image: −ln of the probability of the true class.

    Like Keras, it takes no probability for less than 1e-7.
    """
    return float(-np.log(max(probability, 1e-7)))
