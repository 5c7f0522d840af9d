"""The Gram matrix of the training images, for problems with far more pixels than images.

The weights of an L2-regularised linear model lie in the span of its training images (the
representer theorem: Kimeldorf & Wahba 1971): weights = dual coefficients times images. All that
training needs are the images' inner products, the Gram matrix. That of the first m images is the
upper left block of the whole matrix, so one matrix serves every number of images.
"""

from dataclasses import dataclass

import numpy as np

from core.common.types import Float32Array, Float64Array, Uint8Array

WHITE = 255
"""The grey level that is scaled to 1, as in the article."""

LANDMARKS = 100
"""Images whose span is whitened exactly; 50 to 150 were measured to be equally fast."""

_MIDDLE = 128
_EXACT_COLUMNS = 1024
_COLUMNS = 2048
_ROWS = 600

_JITTER = 1e-9
"""As a share of the largest squared norm; keeps the whitening finite for duplicate landmarks."""


@dataclass(frozen=True)
class Gram:
    """Inner products of images, and a whitened basis of the first few of them.

    The landmarks' part of the Gram matrix is L Lᵀ (Cholesky), and the basis is L⁻¹ times the
    landmarks. Since L is lower triangular, the first k basis images use the first k landmarks only.

    Attributes:
        gram: (images, images) float64, inner products of images with pixels from 0 to 1.
        whitening: (landmarks, landmarks) float64, L⁻¹, lower triangular.
        coordinates: (landmarks, images) float64, inner products of basis and images.
    """

    gram: Float64Array
    whitening: Float64Array
    coordinates: Float64Array

    def first(self, images: int) -> "Gram":
        """The Gram matrix of the first images, as a view of this one."""
        if not 1 <= images <= len(self.gram):
            raise ValueError(f"there are {len(self.gram)} images, not {images}")
        landmarks = min(images, len(self.whitening))
        return Gram(
            self.gram[:images, :images],
            self.whitening[:landmarks, :landmarks],
            self.coordinates[:landmarks, :images],
        )


def gram_of(images: Uint8Array) -> Gram:
    """The Gram matrix and whitened basis of (images, height, width) uint8 grey images."""
    gram = gram_matrix(images)
    landmarks = min(LANDMARKS, len(gram))
    block = gram[:landmarks, :landmarks].copy()
    # A black image has norm 0; the smallest number avoids a division by zero.
    block[np.diag_indices(landmarks)] += _JITTER * gram.diagonal().max() + np.finfo(float).tiny
    whitening = np.tril(np.linalg.inv(np.linalg.cholesky(block)))
    return Gram(gram, whitening, whitening @ gram[:landmarks])


def gram_matrix(images: Uint8Array) -> Float64Array:
    """(images, images) float64: inner products of images with pixels from 0 to 1.

    Relative to middle grey, levels lie within ±128, and sums of 1,024 of their products are
    integers within ±2²⁴, which float32 adds exactly in any order. This takes half the time of
    float64, and every machine gets the same matrix.
    """
    pixels = images.reshape(len(images), -1)
    gram = np.zeros((len(pixels), len(pixels)))
    for start in range(0, pixels.shape[1], _EXACT_COLUMNS):
        part = pixels[:, start : start + _EXACT_COLUMNS].astype(np.float32)
        part -= _MIDDLE
        gram += part @ part.T
    # x·y = (x - g)·(y - g) + g (Σx + Σy) - g² for each pixel.
    sums = pixels.sum(axis=1, dtype=np.float64)
    gram += _MIDDLE * (sums[:, None] + (sums - _MIDDLE * pixels.shape[1]))
    gram /= WHITE**2
    return gram


def as_pixels(images: Uint8Array) -> Float32Array:
    """(images, pixels) float32, 0 to 1: each image flattened row by row."""
    return images.reshape(len(images), -1).astype(np.float32) / np.float32(WHITE)


def weights_of(dual: Float32Array, images: Uint8Array) -> Float32Array:
    """(models, pixels) float32: the weights of (models, images) float32 dual coefficients.

    There is a row for each class of each model; the images are those it was trained on.
    """
    pixels = images.reshape(len(images), -1)
    weights = np.empty((len(dual), pixels.shape[1]), np.float32)
    for start in range(0, pixels.shape[1], _COLUMNS):
        part = as_pixels(pixels[:, start : start + _COLUMNS])
        np.matmul(dual, part, out=weights[:, start : start + _COLUMNS])
    return weights


def scores_of(weights: Float32Array, images: Uint8Array) -> Float32Array:
    """(models, images) float32: inner products of (models, pixels) weights and uint8 images."""
    scores = np.empty((len(weights), len(images)), np.float32)
    for start in range(0, len(images), _ROWS):
        part = as_pixels(images[start : start + _ROWS])
        np.matmul(weights, part.T, out=scores[:, start : start + _ROWS])
    return scores
