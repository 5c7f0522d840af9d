"""The sources of the classifier's training samples: photos, cut-outs, places without a hand."""

from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from core.common.types import Box, Photo, Uint8Array
from core.hands.detections import Detection, intersection
from core.hands.detector import HandDetector
from core.hands_training.cutouts import bright_hand
from core.hands_training.photo_datasets import datasets
from core.hands_training.photo_pack import FINGERS_DATASET, Pack
from core.hands_training.synthetic_frames import SyntheticFrames
from core.images.decoding import to_grey
from core.images.geometry import Square, square_around


@dataclass(frozen=True)
class HandPhoto:
    """A hand in a grey photo.

    Attributes:
        grey: (height, width) uint8.
        box: of the hand, in pixels.
        labels: its record in the pack.
        mask: (height, width) uint8, 255 on the hand, if it can be cut out.
    """

    grey: Uint8Array
    box: Box
    labels: np.void
    mask: Uint8Array | None = None


@dataclass(frozen=True)
class HardNegatives:
    """False positives of the hand detector: places in grey photos that it takes for hands.

    Each photo and box is chosen with a probability proportional to the root of its score.
    """

    places: list[tuple[Uint8Array, Box]]
    probabilities: npt.NDArray[np.float64]

    @classmethod
    def of(cls, found: list[tuple[Uint8Array, Detection]]) -> "HardNegatives":
        """The hard negatives with their photos, weighted by the hand detector's scores."""
        weights = np.sqrt([hand.score for _, hand in found])
        return cls([(grey, hand.box) for grey, hand in found], weights / max(weights.sum(), 1e-9))


@dataclass(frozen=True)
class ClassifierSources:
    """Everything the classifier's samples come from.

    Attributes:
        photos: hands by dataset.
        probabilities: (hands,) of choosing each; rare combinations are chosen more often.
        cutouts: hands that can be composited onto another background.
        fingers: images of the Fingers dataset with their records.
        backgrounds: grey photos and the boxes of the hands in them, to find places without a hand.
    """

    synthetic: SyntheticFrames
    hard_negatives: HardNegatives
    photos: dict[str, list[HandPhoto]] = field(default_factory=dict)
    probabilities: dict[str, npt.NDArray[np.float64]] = field(default_factory=dict)
    cutouts: list[HandPhoto] = field(default_factory=list)
    fingers: list[HandPhoto] = field(default_factory=list)
    backgrounds: list[tuple[Uint8Array, list[Box]]] = field(default_factory=list)


def load_classifier_sources(
    pack: Pack, synthetic: SyntheticFrames, detector: HandDetector | None = None
) -> ClassifierSources:
    """Decode the pack's training photos; a trained detector's false positives become negatives."""
    sources = ClassifierSources(synthetic, HardNegatives.of([]))
    negatives: list[tuple[Uint8Array, Detection]] = []
    for number, hands in pack.by_photo().items():
        if pack.photos["held_out"][number]:
            continue
        dataset = pack.dataset(number)
        pixels = pack.photo(number)
        grey = to_grey(pixels)
        whole = Box(0, 0, grey.shape[1], grey.shape[0])
        boxes = [
            whole if np.isnan(hand["box"][0]) else Box(*map(float, hand["box"])) for hand in hands
        ]
        if pack.photos["complete"][number]:
            sources.backgrounds.append((grey, boxes))
            if detector is not None:
                found = detector.detect(Photo(pixels)).hands
                negatives += [
                    (grey, hand) for hand in found if not shows_hand(square_around(hand.box), boxes)
                ]
        cut_out = bright_hand if dataset == FINGERS_DATASET else datasets()[dataset].cut_out
        mask = cut_out(pixels)
        for hand, box in zip(hands, boxes, strict=True):
            item = HandPhoto(grey, box, hand, mask)
            if mask is not None:
                sources.cutouts.append(item)
            if dataset == FINGERS_DATASET:
                sources.fingers.append(item)
            elif not np.isnan(hand["box"][0]):
                sources.photos.setdefault(dataset, []).append(item)
    for name, items in sources.photos.items():
        sources.probabilities[name] = _rare_more_often(items)
    return replace(sources, hard_negatives=HardNegatives.of(negatives))


def shows_hand(square: Square, boxes: list[Box]) -> bool:
    """Whether more than a fifth of any hand's box lies in the square."""
    half = square.side / 2
    inside = Box(square.x - half, square.y - half, square.x + half, square.y + half)
    return any(intersection(inside, box) > 0.2 * box.width * box.height for box in boxes)


def _rare_more_often(items: list[HandPhoto]) -> npt.NDArray[np.float64]:
    """Probabilities that make rare combinations and faces nearly as frequent as common ones."""
    kinds = [
        (int(item.labels["fingers"]), int(item.labels["face"]), *item.labels["extended"].tolist())
        for item in items
    ]
    frequency = Counter(kinds)
    weights = np.array([frequency[kind] ** -0.6 for kind in kinds])
    return np.asarray(weights / weights.sum(), np.float64)
