"""The sources of the detector's training samples: photos whose hands are all known."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.common.types import Box, Float32Array, Uint8Array
from core.hands.detections import Detection
from core.hands.detector import HandDetector
from core.hands_training.hard_negatives import HardNegatives, false_positives, look_alikes
from core.hands_training.photo_datasets import datasets
from core.hands_training.photo_pack import FINGERS_DATASET, Pack
from core.hands_training.synthetic_frames import SyntheticFrames

HARD_WEIGHT = 2.0
"""How often fists and single fingers are chosen, relative to other hands: they look most like faces
and prints on clothes."""


@dataclass(frozen=True)
class FramePhoto:
    """A photo whose hands are all known.

    Attributes:
        pixels: (height, width, 3) uint8 RGB.
        boxes: of the hands.
        landmarks: (21, 2) of each hand, or NaN.
        hard: whether any hand in it shows no finger or only one.
        faces: the boxes of those that were found.
    """

    pixels: Uint8Array
    boxes: tuple[Box, ...]
    landmarks: tuple[Float32Array, ...]
    hard: bool = False
    faces: tuple[Box, ...] = ()


@dataclass(frozen=True)
class DetectorSources:
    """What the detector's samples come from; each photo of a dataset has its own probability.

    ``hand_free`` are photos without a hand, ``with_faces`` those with a face.
    """

    photos: dict[str, list[FramePhoto]]
    probabilities: dict[str, npt.NDArray[np.float64]]
    synthetic: SyntheticFrames
    hand_free: list[FramePhoto]
    hard_negatives: HardNegatives[FramePhoto]
    with_faces: list[FramePhoto]


def load_detector_sources(
    pack: Pack, synthetic: SyntheticFrames, detector: HandDetector | None = None
) -> DetectorSources:
    """Decode the pack's training photos whose hands are all known.

    A trained detector's false positives on them become hard negatives.
    """
    photos: dict[str, list[FramePhoto]] = {}
    hand_free: list[FramePhoto] = []
    with_faces: list[FramePhoto] = []
    negatives: list[tuple[FramePhoto, Detection]] = []
    for number, hands in pack.by_photo().items():
        facts, dataset = pack.photos[number], pack.dataset(number)
        if facts["held_out"] or dataset == FINGERS_DATASET:
            continue
        known = facts["complete"] or datasets()[dataset].one_hand_each
        if not known or any(np.isnan(hand["box"][0]) for hand in hands):
            continue
        boxes = tuple(Box(*map(float, hand["box"])) for hand in hands)
        landmarks = tuple(np.array(hand["landmarks"], np.float32) for hand in hands)
        hard = any(0 <= hand["fingers"] <= 1 for hand in hands)
        item = FramePhoto(pack.photo(number), boxes, landmarks, hard, pack.faces_of(number))
        if boxes:
            photos.setdefault(dataset, []).append(item)
        else:
            hand_free.append(item)
        if item.faces:
            with_faces.append(item)
        if facts["complete"]:
            found = false_positives(item.pixels, boxes, detector)
            negatives += [(item, place) for place in found]
    for pixels in look_alikes():
        item = FramePhoto(pixels, (), ())
        hand_free.append(item)
        negatives += [(item, place) for place in false_positives(pixels, (), detector)]
    probabilities = {}
    for name, items in photos.items():
        weights = np.array([HARD_WEIGHT if item.hard else 1.0 for item in items])
        probabilities[name] = weights / weights.sum()
    hard_negatives = HardNegatives.of(negatives)
    return DetectorSources(photos, probabilities, synthetic, hand_free, hard_negatives, with_faces)
