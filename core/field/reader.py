"""The learned reader at work: a grey crop of a hand -> what it shows."""

from dataclasses import dataclass

import numpy as np

from core.field.reader_answers import LANDMARKS, RIGHT, WIDTH
from core.framing import Square, crop, square_around
from core.preparation import as_model_input
from core.serving import ServedNet
from core.types import IMAGE_SIZE, Box, Float32Array, Uint8Array

MIRRORED_LANDMARKS = np.array([-1, 1], np.float32)


@dataclass(frozen=True)
class HandReader:
    """The exported reader; each image is read as it is and mirrored, and both answers count."""

    net: ServedNet

    def answer(self, image: Uint8Array) -> Float32Array:
        """What is said of a prepared image.

        Args:
            image: (128, 128) uint8.

        Returns:
            (56,) float32 logits and landmarks, as ``core.field.reader_answers`` lays them out.
        """
        seen = self.net.answer(as_model_input(image[None]))[0]
        mirrored = self.net.answer(as_model_input(image[None, :, ::-1]))[0]
        mean: Float32Array = (seen + unmirrored(mirrored)) / 2
        return mean

    def closer_square(self, grey: Uint8Array, box: Box) -> Square:
        """The square around a hand, from where the reader sees its joints in a first crop.

        Args:
            grey: (height, width) uint8, the photo.
            box: of the hand, as the finder saw it in a frame of few pixels.
        """
        first = square_around(box)
        landmarks = self.net.answer(as_model_input(crop(grey, first)[None]))[0][LANDMARKS]
        points = landmarks.reshape(-1, 2) * (first.side / 2) + (first.x, first.y)
        low, high = points.min(axis=0), points.max(axis=0)
        seen = square_around(Box(*map(float, (*low, *high))))
        return blended(first, seen)


def blended(first: Square, seen: Square) -> Square:
    """Half way from the finder's square to that of the joints, and never far from it."""
    side = float(
        np.clip((first.side + seen.side * JOINTS_TO_BOX) / 2, 0.75 * first.side, 1.3 * first.side)
    )
    reach = 0.2 * first.side
    x = first.x + float(np.clip((seen.x - first.x) / 2, -reach, reach))
    y = first.y + float(np.clip((seen.y - first.y) / 2, -reach, reach))
    return Square(x, y, side)


JOINTS_TO_BOX = 1.16
"""A hand's box is longer than the extent of its joints, because fingers are thick."""


def unmirrored(answer: Float32Array) -> Float32Array:
    """The answer for a mirrored image, as one for the image itself."""
    turned = answer.copy()
    turned[RIGHT] = -turned[RIGHT]
    turned[LANDMARKS] = (turned[LANDMARKS].reshape(-1, 2) * MIRRORED_LANDMARKS).reshape(-1)
    return turned


def load_reader(content: bytes) -> HandReader:
    """The reader from its exported file.

    Raises:
        ArtifactError: the file is not a reader.
    """
    return HandReader(ServedNet(content, (1, IMAGE_SIZE, IMAGE_SIZE, 1), (1, WIDTH)))
