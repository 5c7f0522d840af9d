"""Calibrates the article's models by temperature scaling.

The temperature is fitted on held-out synthetic photos that pass through the whole pipeline. On the
dataset's own test images every probability is near 1, right or wrong, so they do not help.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.common.progress import Progress
from core.common.types import FINGER_COUNTS, IMAGE_SIZE, SIDES, Photo, Target, Uint8Array
from core.hands.background_subtraction import detect_by_background
from core.hands.prediction import ANSWER_THRESHOLD, apply_temperature
from core.hands.preprocessing import preprocess_like_dataset
from core.hands.tflite import ServedModel
from core.images.decoding import to_grey
from core.synthetic.sample_photos import draw_sample

CALIBRATION_PHOTOS = 600
FIRST_SEED = 1_000_000
"""Far from the seeds of samples and tests."""

TEMPERATURES = np.round(np.geomspace(1, 30, 120), 3)


@dataclass(frozen=True)
class SyntheticHands:
    """Preprocessed images of synthetic photos with their labels.

    Attributes:
        images: (hands, 128, 128) uint8, grey.
        fingers: (hands,) uint8, 0 to 5.
        sides: (hands,) uint8, index into ``SIDES``.
    """

    images: Uint8Array
    fingers: Uint8Array
    sides: Uint8Array


@dataclass(frozen=True)
class Calibration:
    """The calibration and the scores on synthetic photos.

    Attributes:
        temperature: by which the logarithms of the probabilities are divided.
        accuracy: share of the hands that are classified correctly.
        answered: share of hands with an answer other than "not sure".
        precision: share of the answers that are correct.
    """

    temperature: float
    accuracy: float
    answered: float
    precision: float


def draw_hands(count: int = CALIBRATION_PHOTOS, progress: Progress | None = None) -> SyntheticHands:
    """Detect and preprocess the hands of synthetic photos; deterministic.

    Args:
        count: number of photos; those without a detected hand are left out.
        progress: called as photos are rendered.
    """
    images, fingers, sides = [], [], []
    for number in range(count):
        finger_count = number % len(FINGER_COUNTS)
        side = number // len(FINGER_COUNTS) % len(SIDES)
        drawn = draw_sample(finger_count, SIDES[side], FIRST_SEED + number, width=320, height=240)
        photo = Photo(drawn.pixels)
        for hand in detect_by_background(photo).hands:
            assert hand.hand_mask is not None
            prepared = preprocess_like_dataset(to_grey(photo.pixels), hand.hand_mask)
            images.append(prepared.image)
            fingers.append(finger_count)
            sides.append(side)
        if progress is not None:
            progress(number + 1, count)
    return SyntheticHands(
        np.array(images, np.uint8).reshape(-1, IMAGE_SIZE, IMAGE_SIZE),
        np.array(fingers, np.uint8),
        np.array(sides, np.uint8),
    )


def calibrate(model: ServedModel, target: Target, hands: SyntheticHands) -> Calibration:
    """Choose a model's temperature on synthetic hands, and measure the model with it.

    Args:
        model: one of the article.
        target: what it predicts.
        hands: as ``draw_hands`` returns them.
    """
    true = hands.fingers if target == "fingers" else hands.sides
    return choose_temperature(model.probabilities(hands.images).astype(np.float64), true)


def fitted_temperature(
    logits: npt.NDArray[np.float64],
    true: npt.NDArray[np.integer[Any]],
    candidates: npt.NDArray[np.float64] = TEMPERATURES,
) -> float:
    """The temperature with the smallest cross-entropy.

    Args:
        logits: (answers, classes).
        true: (answers,) class indices.
        candidates: temperatures to choose from.
    """
    rows = np.arange(len(true))
    losses = []
    for temperature in candidates:
        tempered = logits / temperature
        total = np.logaddexp.reduce(tempered, axis=1)
        losses.append(float((total - tempered[rows, true]).mean()))
    return float(candidates[int(np.argmin(losses))])


def choose_temperature(
    probabilities: npt.NDArray[np.float64], true: npt.NDArray[np.uint8]
) -> Calibration:
    """The temperature with the smallest cross-entropy, and the scores with it.

    After Guo et al., "On Calibration of Modern Neural Networks", 2017. The temperature is at least
    1, so no model is made more confident.

    Args:
        probabilities: (hands, classes), each row summing to 1.
        true: (hands,) class indices.
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
