"""The sources of the classifier's training samples: photos, cut-outs, places without a hand."""

from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from core.common.types import Box, Uint8Array
from core.hands.detections import Detection
from core.hands.detector import HandDetector
from core.hands_training.cutouts import bright_hand
from core.hands_training.hard_negatives import HardNegatives, false_positives, look_alikes
from core.hands_training.photo_datasets import datasets
from core.hands_training.photo_pack import FINGERS_DATASET, Pack
from core.hands_training.synthetic_frames import SyntheticFrames
from core.images.decoding import to_grey

HARD_WEIGHT = 2.0
"""How often fists and raised thumbs, or single fingers of which it is not known which they are, are
chosen, relative to other hands: fists hide the joints, and thumbs look like fists."""


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
class ClassifierSources:
    """Everything the classifier's samples come from.

    Attributes:
        photos: hands by dataset.
        probabilities: (hands,) of choosing each; rare combinations are chosen more often.
        cutouts: hands that can be composited onto another background.
        fingers: images of the Fingers dataset with their records.
        backgrounds: grey photos and the boxes of the hands in them, to find places without a hand.
        hand_free: grey photos that show no hand.
        faces: grey photos, the boxes of the hands in them, and the box of a face.
    """

    synthetic: SyntheticFrames
    hard_negatives: HardNegatives[Uint8Array]
    photos: dict[str, list[HandPhoto]] = field(default_factory=dict)
    probabilities: dict[str, npt.NDArray[np.float64]] = field(default_factory=dict)
    cutouts: list[HandPhoto] = field(default_factory=list)
    fingers: list[HandPhoto] = field(default_factory=list)
    backgrounds: list[tuple[Uint8Array, list[Box]]] = field(default_factory=list)
    hand_free: list[Uint8Array] = field(default_factory=list)
    faces: list[tuple[Uint8Array, list[Box], Box]] = field(default_factory=list)


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
            sources.faces.extend((grey, boxes, face) for face in pack.faces_of(number))
            if not boxes:
                sources.hand_free.append(grey)
            negatives += [(grey, hand) for hand in false_positives(pixels, boxes, detector)]
        cut_out = bright_hand if dataset == FINGERS_DATASET else datasets()[dataset].cut_out
        mask = cut_out(pixels) if boxes else None
        for hand, box in zip(hands, boxes, strict=True):
            _add_hand(sources, dataset, HandPhoto(grey, box, hand, mask))
    for pixels in look_alikes():
        grey = to_grey(pixels)
        sources.hand_free.append(grey)
        negatives += [(grey, hand) for hand in false_positives(pixels, (), detector)]
    for name, items in sources.photos.items():
        sources.probabilities[name] = _rare_more_often(items)
    return replace(sources, hard_negatives=HardNegatives.of(negatives))


def _add_hand(sources: ClassifierSources, dataset: str, item: HandPhoto) -> None:
    if item.mask is not None:
        sources.cutouts.append(item)
    if dataset == FINGERS_DATASET:
        sources.fingers.append(item)
    elif not np.isnan(item.labels["box"][0]):
        sources.photos.setdefault(dataset, []).append(item)


def _rare_more_often(items: list[HandPhoto]) -> npt.NDArray[np.float64]:
    """Probabilities that make rare combinations and faces nearly as frequent as common ones.

    Hard ones are more frequent still.
    """
    kinds = [
        (int(item.labels["fingers"]), int(item.labels["face"]), *item.labels["extended"].tolist())
        for item in items
    ]
    frequency = Counter(kinds)
    weights = np.array([frequency[kind] ** -0.6 for kind in kinds])
    weights *= [HARD_WEIGHT if _is_hard(item.labels) else 1.0 for item in items]
    return np.asarray(weights / weights.sum(), np.float64)


def _is_hard(labels: np.void) -> bool:
    # A single finger is the thumb, or not known to be another one.
    return labels["fingers"] == 0 or bool(labels["fingers"] == 1 and labels["extended"][0] != 0)
