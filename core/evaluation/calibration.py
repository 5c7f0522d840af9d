"""Calibrates the article's models by temperature scaling.

The temperature is fitted on held-out synthetic photos that pass through the whole pipeline. On the
dataset's own test images every probability is near 1, right or wrong, so they do not help.
"""

from dataclasses import dataclass
from itertools import cycle, islice, product
from typing import Any

import numpy as np
import numpy.typing as npt

from core.common.progress import Progress
from core.common.types import FINGER_COUNTS, SIDES, Float64Array, Photo, Uint8Array
from core.evaluation.synthetic_sets import LabelledImages, prepared_photos
from core.hands.background_subtraction import detect_by_background
from core.hands.prediction import ANSWER_THRESHOLD, apply_temperature
from core.hands.preprocessing import preprocess_like_dataset
from core.images.decoding import to_grey

CALIBRATION_PHOTOS = 600
FIRST_SEED = 1_000_000
"""Far from the seeds of samples and tests."""

TEMPERATURES = np.round(np.geomspace(1, 30, 120), 3)


@dataclass(frozen=True)
class Calibration:
    """The calibration and the scores on synthetic photos.

    Attributes:
        temperature: by which the logarithms of the probabilities are divided.
        answered: share of hands with an answer other than "not sure".
        precision: share of the answers that are correct.
    """

    temperature: float
    accuracy: float
    answered: float
    precision: float


def draw_hands(count: int = CALIBRATION_PHOTOS, progress: Progress | None = None) -> LabelledImages:
    """Detect and preprocess the hands of synthetic photos; deterministic."""
    drawings = [
        (fingers, side, FIRST_SEED + number)
        for number, (side, fingers) in enumerate(
            islice(cycle(product(SIDES, FINGER_COUNTS)), count)
        )
    ]
    return prepared_photos(drawings, _preprocessed, progress)


def _preprocessed(photo: Photo) -> Uint8Array | None:
    for hand in detect_by_background(photo).hands:
        assert hand.hand_mask is not None
        return preprocess_like_dataset(to_grey(photo.pixels), hand.hand_mask).image
    return None


def fitted_temperature(
    logits: Float64Array,
    true: npt.NDArray[np.integer[Any]],
    candidates: Float64Array = TEMPERATURES,
) -> float:
    """The temperature with the smallest cross-entropy, of (answers, classes) logits."""
    rows = np.arange(len(true))
    losses = []
    for temperature in candidates:
        tempered = logits / temperature
        total = np.logaddexp.reduce(tempered, axis=1)
        losses.append(float((total - tempered[rows, true]).mean()))
    return float(candidates[int(np.argmin(losses))])


def choose_temperature(probabilities: Float64Array, true: Uint8Array) -> Calibration:
    """The temperature with the smallest cross-entropy, and the scores with it.

    After Guo et al., "On Calibration of Modern Neural Networks", 2017. The temperature is at least
    1, so no model is made more confident. Probabilities are (hands, classes), rows summing to 1.
    """
    temperature = fitted_temperature(np.log(np.maximum(probabilities, 1e-12)), true)
    tempered = apply_temperature(probabilities, temperature)
    right = tempered.argmax(axis=1) == true
    answered = tempered.max(axis=1) >= ANSWER_THRESHOLD
    return Calibration(
        temperature=temperature,
        accuracy=float(right.mean()),
        answered=float(answered.mean()),
        precision=float(right[answered].mean()) if answered.any() else 0.0,
    )
