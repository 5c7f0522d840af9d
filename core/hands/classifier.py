"""The hand classifier: a grey crop of a hand -> logits of count, side, face and fingers, landmarks.

It is a multi-task network with a shared backbone; the constants below locate each task's outputs
in its row of 56 numbers.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.common.types import FINGER_COUNTS, IMAGE_SIZE, Box, Float32Array, Float64Array, Uint8Array
from core.hands.preprocessing import as_model_input
from core.hands.tflite import ServedNet
from core.images.geometry import Square, crop, square_around
from core.zoo.hand_classifier import OUTPUTS

COUNT = slice(0, len(FINGER_COUNTS))
"""Logits of the counts 0 to 5."""
RIGHT = 6
"""Logit of a right hand."""
BACK = 7
"""Logit of the back of a hand."""
HAND = 8
"""Logit of the crop showing a hand at all."""
EXTENDED = slice(9, 14)
"""Logits of the five fingers being extended, from the thumb on."""
LANDMARKS = slice(14, OUTPUTS)
"""x and y of the 21 landmarks, 0 at the middle of the image, 1 at its right or lower edge."""

FINGER_WEIGHT = 0.8
"""Weight of the single fingers in the count; chosen from eleven weights from 0 to 1 on held-out
photos. It matters little: between 10 and 14 of 1,464 photos are misclassified."""

WRIST, MIDDLE_KNUCKLE = 0, 9
"""Among the landmarks; a hand points from one to the other."""

FINGER_JOINTS = (
    (0, 1, 2, 3, 4),
    (5, 6, 7, 8),
    (9, 10, 11, 12),
    (13, 14, 15, 16),
    (17, 18, 19, 20),
)
"""The landmarks along each finger to its tip, from the thumb on; the thumb starts at the wrist."""

PALM_JOINTS = (0, 5, 9, 13, 17, 0)
"""The landmarks around the palm."""

LANDMARK_MARGIN = 0.08
"""A hand extends beyond its landmarks by this share of their extent, because fingers are thick."""

LANDMARK_WEIGHT = 0.4
"""Weight of the landmarks' box against the hand detector's; chosen on held-out photos."""

MIN_ROTATION = 30.0
"""Degrees from which a hand counts as rotated; chosen from 30, 45 and 60 on held-out photos."""

MIN_CONFIDENCE = 0.95
"""Probability of count and side from which one forward pass is enough."""


@dataclass(frozen=True)
class FirstPass:
    """The first pass on a detection: its box refined by the landmarks, and the logit of a hand."""

    box: Box
    hand: float


@dataclass(frozen=True)
class HandClassifier:
    """The exported hand classifier.

    An image whose first outputs are not confident is also classified flipped, and both ways
    rotated upright; the four outputs are averaged (test-time augmentation).
    """

    net: ServedNet

    def classify(self, image: Uint8Array) -> Float32Array:
        """(56,) float32 logits and landmarks for a preprocessed image, (128, 128) uint8."""
        plain = self._run(image)
        if abs(rotation_of(plain)) < MIN_ROTATION and is_confident(plain):
            return plain
        as_it_lies = _mean(plain, self._run_flipped(image))
        rotation, middle = rotation_of(as_it_lies), IMAGE_SIZE / 2
        rotated = crop(image, Square(middle, middle, IMAGE_SIZE, rotation))
        upright = _mean(self._run(rotated), self._run_flipped(rotated))
        return _mean(as_it_lies, rotate_landmarks(upright, rotation))

    def first_pass(self, grey: Uint8Array, box: Box) -> FirstPass:
        """Classify a detection in a grey photo once, to refine its box and check for a hand."""
        square = square_around(box)
        outputs = self._run(crop(grey, square))
        landmarks = outputs[LANDMARKS].reshape(-1, 2) * (square.side / 2) + (square.x, square.y)
        return FirstPass(refine_box(box, landmarks), float(outputs[HAND]))

    def _run(self, image: Uint8Array) -> Float32Array:
        return np.asarray(self.net.answer(as_model_input(image[None]))[0])

    def _run_flipped(self, image: Uint8Array) -> Float32Array:
        return undo_flip(self._run(image[:, ::-1]))


def _mean(one: Float32Array, other: Float32Array) -> Float32Array:
    return np.asarray((one + other) / 2, np.float32)


def is_confident(outputs: Float32Array) -> bool:
    """Whether the count and the side in (56,) outputs are both probable, before calibration."""
    right = sigmoid(outputs[RIGHT])
    count = np.exp(count_log_probabilities(outputs)).max()
    return bool(min(count, max(right, 1 - right)) >= MIN_CONFIDENCE)


def refine_box(box: Box, landmarks: Float32Array) -> Box:
    """The weighted mean of the hand detector's box and the box around the (21, 2) landmarks."""
    around = np.array(box_around(landmarks))
    x0, y0, x1, y1 = (1 - LANDMARK_WEIGHT) * np.array(box) + LANDMARK_WEIGHT * around
    return Box(float(x0), float(y0), float(max(x1, x0 + 1)), float(max(y1, y0 + 1)))


def box_around(landmarks: npt.NDArray[np.floating]) -> Box:
    """The box of a hand with these (21, 2) landmarks."""
    low, high = landmarks.min(axis=0), landmarks.max(axis=0)
    margin = LANDMARK_MARGIN * float((high - low).max())
    (x0, y0), (x1, y1) = map(float, low - margin), map(float, high + margin)
    return Box(x0, y0, max(x1, x0 + 1), max(y1, y0 + 1))


def undo_flip(outputs: Float32Array) -> Float32Array:
    """The (56,) outputs for a horizontally flipped image, turned into those for the image."""
    unflipped = outputs.copy()
    unflipped[RIGHT] = -unflipped[RIGHT]
    unflipped[LANDMARKS] = flip_landmarks(unflipped[LANDMARKS])
    return unflipped


def flip_landmarks(landmarks: Float32Array) -> Float32Array:
    """(42,) float32: coordinates of landmarks under a horizontal flip."""
    flipped = landmarks.reshape(-1, 2) * np.array([-1, 1], np.float32)
    return np.asarray(flipped.reshape(-1), np.float32)


def rotation_of(outputs: Float32Array) -> float:
    """A hand's clockwise rotation from upright in degrees, -180 to 180, from (56,) outputs."""
    landmarks = outputs[LANDMARKS].reshape(-1, 2)
    right, down = landmarks[MIDDLE_KNUCKLE] - landmarks[WRIST]
    return float(np.degrees(np.arctan2(right, -down)))


def rotate_landmarks(outputs: Float32Array, rotation: float) -> Float32Array:
    """The (56,) outputs with their landmarks rotated clockwise by degrees around the middle."""
    cosine, sine = np.cos(np.radians(rotation)), np.sin(np.radians(rotation))
    clockwise = np.array([[cosine, sine], [-sine, cosine]], np.float32)
    rotated = outputs.copy()
    rotated[LANDMARKS] = (outputs[LANDMARKS].reshape(-1, 2) @ clockwise).reshape(-1)
    return rotated


def count_log_probabilities(outputs: npt.NDArray[np.floating]) -> Float64Array:
    """(…, 6) log-probabilities of the counts to base e, uncalibrated, from (…, 56) outputs.

    They are a weighted geometric mean of two distributions: the softmax of the count's own logits,
    and the Poisson binomial distribution that follows from the probability of each finger being
    extended.
    """
    logits = np.asarray(outputs, np.float64)
    direct = log_softmax(logits[..., COUNT])
    extended = sigmoid(logits[..., EXTENDED])
    of_count = np.zeros((*extended.shape[:-1], extended.shape[-1] + 1))
    of_count[..., 0] = 1
    for finger in range(extended.shape[-1]):
        up = extended[..., finger, None]
        shifted = np.roll(of_count, 1, axis=-1)
        shifted[..., 0] = 0
        of_count = of_count * (1 - up) + shifted * up
    by_finger = np.log(np.maximum(of_count, 1e-6))
    return log_softmax((1 - FINGER_WEIGHT) * direct + FINGER_WEIGHT * by_finger)


def sigmoid(logits: npt.NDArray[np.floating] | np.floating) -> Float64Array:
    """The logistic function."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -50, 50))), np.float64)


def log_softmax(logits: Float64Array) -> Float64Array:
    """The logarithm of the softmax over the last axis."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)), np.float64)
