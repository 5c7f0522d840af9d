"""The learned hand classifier at work: a grey crop of a hand -> what it shows."""

from dataclasses import dataclass

import numpy as np

from core.common.types import IMAGE_SIZE, Box, Float32Array, Uint8Array
from core.hands.classifier_outputs import HAND, LANDMARKS, RIGHT, WIDTH
from core.hands.detector import THREADS
from core.hands.postprocessing import count_log_probabilities, sigmoid
from core.hands.preprocessing import as_model_input
from core.hands.tflite import ServedNet
from core.images.geometry import Square, crop, square_around

JOINTS_MARGIN = 0.08
"""A hand reaches beyond its joints by this share of their extent, because fingers are thick."""

JOINTS_SHARE = 0.4
"""How far the joints draw the hand detector's box to theirs; chosen on held-out photos."""

MIRRORED_LANDMARKS = np.array([-1, 1], np.float32)

ROTATED_FROM = 30.0
"""Degrees from which on a hand counts as turned; chosen on held-out photos, of 30, 45 and 60."""

CONFIDENT = 0.95
"""Probability from which on a count and a side are sure at the first look."""

WRIST, MIDDLE_KNUCKLE = 0, 9
"""Among the landmarks; from one to the other a hand points."""


@dataclass(frozen=True)
class FirstPass:
    """What a first look tells of a place.

    Attributes:
        box: of the hand, drawn to its joints.
        hand: logit of a hand.
    """

    box: Box
    hand: float


@dataclass(frozen=True)
class HandClassifier:
    """The exported classifier. An image that it is not sure of at once is read mirrored too, and both
    ways upright, and all four answers count alike."""

    net: ServedNet

    def classify(self, image: Uint8Array) -> Float32Array:
        """What is said of a prepared image.

        Args:
            image: (128, 128) uint8.

        Returns:
            (56,) float32 logits and landmarks, as ``core.hands.classifier_outputs`` lays them out.
        """
        seen = self._as_it_is(image)
        if abs(rotation_of(seen)) < ROTATED_FROM and is_sure(seen):
            return seen
        both = _mean(seen, self._mirrored(image))
        turn, middle = rotation_of(both), IMAGE_SIZE / 2
        turned = crop(image, Square(middle, middle, IMAGE_SIZE, turn))
        upright = _mean(self._as_it_is(turned), self._mirrored(turned))
        return _mean(both, rotated_back(upright, turn))

    def _as_it_is(self, image: Uint8Array) -> Float32Array:
        answer: Float32Array = self.net.answer(as_model_input(image[None]))[0]
        return answer

    def _mirrored(self, image: Uint8Array) -> Float32Array:
        return unmirrored(self.net.answer(as_model_input(image[None, :, ::-1]))[0])

    def first_pass(self, grey: Uint8Array, box: Box) -> FirstPass:
        """A first look at what may be a hand.

        Args:
            grey: (height, width) uint8, the photo.
            box: as the hand detector saw it in a frame of few pixels.
        """
        square = square_around(box)
        answer = self.net.answer(as_model_input(crop(grey, square)[None]))[0]
        joints = answer[LANDMARKS].reshape(-1, 2) * (square.side / 2) + (square.x, square.y)
        return FirstPass(closer_box(box, joints), float(answer[HAND]))


def _mean(one: Float32Array, other: Float32Array) -> Float32Array:
    return np.asarray((one + other) / 2, np.float32)


def is_sure(answer: Float32Array) -> bool:
    """Whether one look tells the count and the side, before any calibration.

    Args:
        answer: (56,) of the hand classifier.
    """
    right = sigmoid(answer[RIGHT])
    count = np.exp(count_log_probabilities(answer)).max()
    return bool(min(count, max(right, 1 - right)) >= CONFIDENT)


def closer_box(box: Box, joints: Float32Array) -> Box:
    """The box of a hand, drawn from where the hand detector saw it to where its joints are.

    Args:
        box: the hand detector's.
        joints: (21, 2) in pixels of the photo.
    """
    low, high = joints.min(axis=0), joints.max(axis=0)
    margin = JOINTS_MARGIN * float((high - low).max())
    seen = np.array([*(low - margin), *(high + margin)])
    x0, y0, x1, y1 = (1 - JOINTS_SHARE) * np.array(box) + JOINTS_SHARE * seen
    return Box(float(x0), float(y0), float(max(x1, x0 + 1)), float(max(y1, y0 + 1)))


def unmirrored(answer: Float32Array) -> Float32Array:
    """The answer for a mirrored image, as one for the image itself."""
    turned = answer.copy()
    turned[RIGHT] = -turned[RIGHT]
    turned[LANDMARKS] = (turned[LANDMARKS].reshape(-1, 2) * MIRRORED_LANDMARKS).reshape(-1)
    return turned


def rotation_of(answer: Float32Array) -> float:
    """Degrees by which a hand is turned clockwise from upright, -180 to 180.

    Args:
        answer: (56,) of the hand classifier.
    """
    joints = answer[LANDMARKS].reshape(-1, 2)
    right, down = joints[MIDDLE_KNUCKLE] - joints[WRIST]
    return float(np.degrees(np.arctan2(right, -down)))


def rotated_back(answer: Float32Array, turn: float) -> Float32Array:
    """The answer for an image that was turned upright, as one for the image itself.

    Args:
        answer: (56,) of the hand classifier.
        turn: degrees, as ``rotation_of`` gives them.
    """
    cosine, sine = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    clockwise = np.array([[cosine, sine], [-sine, cosine]], np.float32)
    back = answer.copy()
    back[LANDMARKS] = (answer[LANDMARKS].reshape(-1, 2) @ clockwise).reshape(-1)
    return back


def load_classifier(content: bytes) -> HandClassifier:
    """The hand classifier from its exported file.

    Raises:
        ArtifactError: the file is not a hand classifier.
    """
    shapes = (1, IMAGE_SIZE, IMAGE_SIZE, 1), (1, WIDTH)
    return HandClassifier(ServedNet(content, *shapes, threads=THREADS))
