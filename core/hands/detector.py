"""The learned hand detector at work: a photo of any scene -> its hands, surest first."""

from dataclasses import dataclass

import numpy as np

from core.common.types import Box, Float32Array, Photo, Step, Uint8Array
from core.hands.background_subtraction import Detection, Detections
from core.hands.detector_outputs import CELLS, hands_in
from core.hands.tflite import ServedNet
from core.images.geometry import letterbox
from core.zoo.hand_detector import FRAME_SIZE, OUTPUTS

THREADS = 2
"""That share the work of one frame: measured on two cores, they take little over half the time."""

MIN_BOX = 2.0
"""Pixels of the photo; a thinner box shows nothing."""


@dataclass(frozen=True)
class HandDetector:
    """The exported hand detector, with the probability from which on it reports a hand."""

    net: ServedNet
    threshold: float

    def __post_init__(self) -> None:
        if not 0 < self.threshold < 1:
            raise ValueError(f"a threshold outside 0 to 1: {self.threshold}")

    def detect(self, photo: Photo) -> Detections:
        """The hands of a photo; a prepared image is one hand, unless it is of one grey."""
        if photo.prepared:
            whole = Box(0, 0, photo.width, photo.height)
            return Detections((Detection(whole, 1.0),) if np.ptp(photo.pixels) else ())
        square = letterbox(photo.pixels, FRAME_SIZE)
        output = self.net.answer(square.pixels[None].astype(np.float32))[0]
        hands = []
        for box, score in hands_in(output, self.threshold):
            in_photo = square.in_photo(box)
            if min(in_photo.width, in_photo.height) >= MIN_BOX:
                hands.append(Detection(in_photo, score))
        seen = square.pixels[: square.height, : square.width]
        steps = (
            Step(
                "What the hand detector sees",
                f"The photo, shrunk to {FRAME_SIZE} pixels; bright is where it suspects the "
                "middle of a hand.",
                _highlighted(seen, output[..., 0]),
            ),
        )
        return Detections(tuple(hands), steps)


def load_detector(content: bytes, threshold: float) -> HandDetector:
    """The hand detector from its exported file.

    Raises:
        ArtifactError: the file is not a hand detector.
    """
    shapes = (1, FRAME_SIZE, FRAME_SIZE, 3), (1, CELLS, CELLS, OUTPUTS)
    return HandDetector(ServedNet(content, *shapes, threads=THREADS), threshold)


def _highlighted(seen: Uint8Array, logits: Float32Array) -> Uint8Array:
    """The frame, darker the less likely the middle of a hand is there."""
    probability = 1 / (1 + np.exp(-logits))
    cell = FRAME_SIZE // CELLS
    enlarged = probability.repeat(cell, axis=0).repeat(cell, axis=1)
    share = 0.35 + 0.65 * enlarged[: seen.shape[0], : seen.shape[1], None]
    return np.rint(seen * share).astype(np.uint8)
