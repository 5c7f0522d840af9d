"""What the classifier's training samples are drawn from: photos, cut-outs and places without a hand."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.common.types import Box, Photo, Uint8Array
from core.hands.background_subtraction import Detection
from core.hands.detector import HandDetector
from core.hands_training.cutouts import hand_mask
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
        mask: (height, width) uint8, 255 on the hand, where it can be cut out.
    """

    grey: Uint8Array
    box: Box
    labels: np.void
    mask: Uint8Array | None = None


@dataclass(frozen=True)
class Mistakes:
    """Places in grey photos that the hand detector takes for hands.

    Attributes:
        places: each photo and the box in it.
        chances: (places,) of each, more of those that it is surer of.
    """

    places: list[tuple[Uint8Array, Box]]
    chances: npt.NDArray[np.float64]

    @classmethod
    def of(cls, found: list[tuple[Uint8Array, Detection]]) -> "Mistakes":
        """The mistakes among the hands that were found, by the hand detector's scores."""
        weights = np.sqrt([hand.score for _, hand in found])
        return cls([(grey, hand.box) for grey, hand in found], weights / max(weights.sum(), 1e-9))


@dataclass(frozen=True)
class Material:
    """All that samples are drawn from.

    Attributes:
        photos: by dataset.
        chances: (hands,) of each of them, rare counts more often.
        cutouts: hands that can be put before another background.
        fingers: images of the Fingers dataset with their records.
        empty: grey photos and the boxes of the hands in them, to find places without a hand.
        drawn: frames of drawn hands.
        mistaken: places that the hand detector takes for hands.
    """

    photos: dict[str, list[HandPhoto]]
    chances: dict[str, npt.NDArray[np.float64]]
    cutouts: list[HandPhoto]
    fingers: list[HandPhoto]
    empty: list[tuple[Uint8Array, list[Box]]]
    drawn: SyntheticFrames
    mistaken: Mistakes


def load_material(
    pack: Pack, drawn: SyntheticFrames, detector: HandDetector | None = None
) -> Material:
    """Decode the pack's photos that are for training.

    Args:
        pack: of real photos.
        drawn: frames of drawn hands.
        detector: whose mistakes the classifier is to learn to refuse; None where it is not trained yet.
    """
    photos: dict[str, list[HandPhoto]] = {}
    cutouts: list[HandPhoto] = []
    fingers: list[HandPhoto] = []
    empty: list[tuple[Uint8Array, list[Box]]] = []
    mistaken: list[tuple[Uint8Array, Detection]] = []
    by_photo: dict[int, list[np.void]] = {}
    for hand in pack.hands:
        by_photo.setdefault(int(hand["photo"]), []).append(hand)
    for number, hands in by_photo.items():
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
            empty.append((grey, boxes))
            if detector is not None:
                mistaken += [(grey, hand) for hand in _mistakes(detector, pixels, boxes)]
        for hand, box in zip(hands, boxes, strict=True):
            mask = hand_mask(dataset, pixels)
            item = HandPhoto(grey, box, hand, mask)
            if mask is not None:
                cutouts.append(item)
            if dataset == FINGERS_DATASET:
                fingers.append(item)
            elif not np.isnan(hand["box"][0]):
                photos.setdefault(dataset, []).append(item)
    chances = {name: _evened(items) for name, items in photos.items()}
    return Material(photos, chances, cutouts, fingers, empty, drawn, Mistakes.of(mistaken))


def _mistakes(detector: HandDetector, pixels: Uint8Array, boxes: list[Box]) -> list[Detection]:
    found = detector.detect(Photo(pixels)).hands
    return [hand for hand in found if not shows_hand(square_around(hand.box), boxes)]


def shows_hand(square: Square, boxes: list[Box]) -> bool:
    """Whether a fifth or more of any hand's box is in the square."""
    half = square.side / 2
    inside = Box(square.x - half, square.y - half, square.x + half, square.y + half)
    for box in boxes:
        width = min(inside.x1, box.x1) - max(inside.x0, box.x0)
        height = min(inside.y1, box.y1) - max(inside.y0, box.y0)
        if max(0.0, width) * max(0.0, height) > 0.2 * box.width * box.height:
            return True
    return False


def _evened(items: list[HandPhoto]) -> npt.NDArray[np.float64]:
    """Chances by which rare combinations and faces come nearly as often as common ones."""
    kinds = [
        (int(item.labels["fingers"]), int(item.labels["face"]), *item.labels["extended"].tolist())
        for item in items
    ]
    frequency = {kind: kinds.count(kind) for kind in set(kinds)}
    weights = np.array([frequency[kind] ** -0.6 for kind in kinds])
    return np.asarray(weights / weights.sum(), np.float64)
