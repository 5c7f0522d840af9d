"""Draws the detector's training samples: colour frames of 192×192 pixels and the hands in them."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from core.common.types import Box, Float32Array, Uint8Array
from core.hands.detector_outputs import iou
from core.hands_training.augmentation import augment_colours
from core.hands_training.detector_loss import frame_answer
from core.hands_training.photo_pack import Pack, box_around
from core.hands_training.synthetic_frames import SyntheticFrames
from core.images.geometry import Affine, warp
from core.zoo.hand_detector import FRAME_SIZE

SHARES = {"photo": 0.42, "far": 0.18, "pasted": 0.23, "drawn": 0.1, "empty": 0.07}
"""Where a frame comes from: a real photo, one that was shrunk and put before another, one with a
drawn hand before it, a drawn frame, or a part of a photo without a hand."""

PHOTO_SHARES = {
    "webcam_hands": 0.24,
    "room_hands": 0.2,
    "selfies": 0.24,
    "finger_combinations": 0.08,
    "desk_gestures": 0.14,
    "sign_digits": 0.05,
    "sign_letters": 0.05,
}

ONE_HAND_EACH = ("sign_digits", "sign_letters")
"""Datasets whose photos all show a single hand: the box of its landmarks is all there is."""

HARD_TIMES = 2.0
"""How often a fist or a single finger comes for each other hand: they look most like faces and
prints on clothes."""

SIDEWAYS = 0.2
"""How many frames are turned anywhere up to sideways and a little beyond."""

FAR = (0.07, 0.3)
"""The longer side of a shrunk hand, as a share of the frame's."""

MIN_SEEN = 0.45
"""The part of a hand's box that must be in the frame for the hand detector to be asked for it."""


@dataclass(frozen=True)
class FramePhoto:
    """A photo whose hands are all known.

    Attributes:
        pixels: (height, width, 3) uint8 RGB.
        boxes: of the hands.
        landmarks: (21, 2) of each hand, or not a number.
        hard: whether a hand in it shows no finger or one.
    """

    pixels: Uint8Array
    boxes: tuple[Box, ...]
    landmarks: tuple[Float32Array, ...]
    hard: bool


@dataclass(frozen=True)
class FrameView:
    """A part of a photo, as the hand detector sees it.

    Attributes:
        pixels: (192, 192, channels) uint8.
        boxes: of the hands that can be seen.
        unclear: of those that are mostly cut off or hidden.
    """

    pixels: Uint8Array
    boxes: list[Box]
    unclear: list[Box]


@dataclass(frozen=True)
class FrameMaterial:
    """All that frames are drawn from.

    Attributes:
        photos: by dataset.
        chances: (photos,) of each of them.
        drawn: frames of drawn hands.
    """

    photos: dict[str, list[FramePhoto]]
    chances: dict[str, npt.NDArray[np.float64]]
    drawn: SyntheticFrames


def load_frame_material(pack: Pack, drawn: SyntheticFrames) -> FrameMaterial:
    """Decode the photos of the pack that are for training and whose hands are all known."""
    photos: dict[str, list[FramePhoto]] = {}
    by_photo: dict[int, list[np.void]] = {}
    for hand in pack.hands:
        by_photo.setdefault(int(hand["photo"]), []).append(hand)
    for number, hands in by_photo.items():
        facts, dataset = pack.photos[number], pack.dataset(number)
        known = facts["complete"] or dataset in ONE_HAND_EACH
        if facts["held_out"] or not known or any(np.isnan(hand["box"][0]) for hand in hands):
            continue
        boxes = tuple(Box(*map(float, hand["box"])) for hand in hands)
        landmarks = tuple(np.array(hand["landmarks"], np.float32) for hand in hands)
        hard = any(0 <= hand["fingers"] <= 1 for hand in hands)
        item = FramePhoto(pack.photo(number), boxes, landmarks, hard)
        photos.setdefault(dataset, []).append(item)
    chances = {name: _hard_ones_more_often(items) for name, items in photos.items()}
    return FrameMaterial(photos, chances, drawn)


def _hard_ones_more_often(items: list[FramePhoto]) -> npt.NDArray[np.float64]:
    weights = np.array([HARD_TIMES if item.hard else 1.0 for item in items])
    return np.asarray(weights / weights.sum(), np.float64)


def draw_frame_sample(
    material: FrameMaterial, rng: np.random.Generator
) -> tuple[Uint8Array, Float32Array]:
    """One frame, by lot: (192, 192, 3) uint8 RGB, and what the hand detector should say of it."""
    kind = str(rng.choice(list(SHARES), p=list(SHARES.values())))
    if not material.photos:
        kind = "drawn"
    if kind == "drawn":
        view = _synthetic_view(material.drawn, rng)
        view = FrameView(np.ascontiguousarray(view.pixels[:, :, :3]), view.boxes, view.unclear)
    else:
        view = _photo_view(_choose(material, rng), rng, with_hand=kind == "photo")
        if kind == "pasted":
            view = _pasted(view, _synthetic_view(material.drawn, rng))
        elif kind == "far":
            view = _pasted(view, _far_view(_choose(material, rng), rng))
    pixels = augment_colours(view.pixels, rng)
    return pixels, frame_answer(view.boxes, view.unclear)


def _choose(material: FrameMaterial, rng: np.random.Generator) -> FramePhoto:
    names = [name for name in PHOTO_SHARES if name in material.photos]
    shares = np.array([PHOTO_SHARES[name] for name in names])
    name = str(rng.choice(names, p=shares / shares.sum()))
    items = material.photos[name]
    return items[int(rng.choice(len(items), p=material.chances[name]))]


def _photo_view(photo: FramePhoto, rng: np.random.Generator, with_hand: bool) -> FrameView:
    height, width = photo.pixels.shape[:2]
    hand = photo.boxes[int(rng.integers(len(photo.boxes)))]
    scale = FRAME_SIZE / max(height, width)
    if with_hand:
        longer = max(hand.width, hand.height)
        wanted = FRAME_SIZE * float(np.exp(rng.uniform(np.log(0.1), np.log(0.95))))
        # Half of the frames are whole photos, as the hand detector gets them.
        if rng.random() < 0.5:
            scale = float(np.clip(wanted / longer, 0.5 * scale, 3.5 * scale))
        centre = ((hand.x0 + hand.x1) / 2, (hand.y0 + hand.y1) / 2)
    else:
        scale *= float(np.exp(rng.uniform(0, np.log(4))))
        centre = (rng.uniform(0, width), rng.uniform(0, height))
    return _view(photo.pixels, photo.boxes, photo.landmarks, centre, scale, rng)


def _far_view(photo: FramePhoto, rng: np.random.Generator) -> FrameView:
    """A photo with a hand far from the camera, or what surrounds that hand, with soft edges and
    how much each pixel covers what is behind it."""
    height, width = photo.pixels.shape[:2]
    hand = photo.boxes[int(rng.integers(len(photo.boxes)))]
    longer = max(hand.width, hand.height)
    scale = FRAME_SIZE * float(np.exp(rng.uniform(*np.log(FAR)))) / longer
    part = Box(0, 0, width, height)
    if len(photo.boxes) == 1 and rng.random() < 0.5:
        room = longer * float(rng.uniform(0.1, 0.6))
        part = Box(hand.x0 - room, hand.y0 - room, hand.x1 + room, hand.y1 + room)
    cover = _soft_cover(width, height, part, max(1.0, float(rng.uniform(0.5, 4)) / scale))
    centre = ((hand.x0 + hand.x1) / 2, (hand.y0 + hand.y1) / 2)
    pixels = np.dstack([photo.pixels, cover])
    return _view(pixels, photo.boxes, photo.landmarks, centre, scale, rng)


def _soft_cover(width: int, height: int, part: Box, soft: float) -> Uint8Array:
    """(height, width) uint8: 255 within the part, falling to 0 over ``soft`` pixels at its edge."""
    across, down = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    inside_x = np.clip(np.minimum(across - part.x0, part.x1 - across) / soft, 0, 1)
    inside_y = np.clip(np.minimum(down - part.y0, part.y1 - down) / soft, 0, 1)
    return np.asarray(np.rint(255 * inside_y[:, None] * inside_x), np.uint8)


def _synthetic_view(drawn: SyntheticFrames, rng: np.random.Generator) -> FrameView:
    number = int(rng.integers(len(drawn.frames)))
    first, end = np.searchsorted(drawn.hands["frame"], [number, number + 1])
    hands = drawn.hands[first:end]
    pixels = np.asarray(drawn.frames[number])
    scale = FRAME_SIZE / pixels.shape[1] * float(np.exp(rng.uniform(np.log(0.4), np.log(1.4))))
    centre = (pixels.shape[1] / 2, pixels.shape[0] / 2)
    boxes = tuple(Box(*map(float, hand["box"])) for hand in hands)
    landmarks = tuple(np.full((21, 2), np.nan, np.float32) for _ in hands)
    return _view(pixels, boxes, landmarks, centre, scale, rng)


def _view(
    pixels: Uint8Array,
    boxes: tuple[Box, ...],
    landmarks: tuple[Float32Array, ...],
    centre: tuple[float, float],
    scale: float,
    rng: np.random.Generator,
) -> FrameView:
    """The photo scaled, turned, shifted and perhaps mirrored."""
    height, width = pixels.shape[:2]
    turn = float(rng.uniform(-100, 100) if rng.random() < SIDEWAYS else rng.normal(0, 7))
    stretch = float(np.exp(rng.normal(0, 0.08)))
    cosine, sine = scale * np.cos(np.radians(turn)), scale * np.sin(np.radians(turn))
    linear = np.array([[cosine * stretch, -sine * stretch], [sine / stretch, cosine / stretch]])
    if rng.random() < 0.5:
        linear[0] *= -1
    # The centre may come to lie anywhere as far as the frame has room for the photo.
    if scale * max(height, width) <= 1.05 * FRAME_SIZE:
        middle = np.array([width / 2, height / 2])
        extent = np.abs(linear) @ middle
        slack = np.maximum(FRAME_SIZE / 2 - extent, 0)
        place = FRAME_SIZE / 2 + rng.uniform(-1, 1, 2) * (slack + 6)
        offset = place - linear @ middle
    else:
        place = FRAME_SIZE / 2 + rng.uniform(-0.8, 0.8, 2) * (FRAME_SIZE / 2 - 8)
        offset = place - linear @ np.array(centre)
    placement = np.hstack([linear, offset[:, None]])
    border = cv2.BORDER_CONSTANT if rng.random() < 0.7 else cv2.BORDER_REPLICATE
    if pixels.shape[2] == 4:
        # Beyond the picture there is nothing to be pasted.
        border = cv2.BORDER_CONSTANT
    seen: list[Box] = []
    unclear: list[Box] = []
    for box, points in zip(boxes, landmarks, strict=True):
        moved = _moved(box, points, placement)
        cut = Box(
            max(moved.x0, 0.0),
            max(moved.y0, 0.0),
            min(moved.x1, FRAME_SIZE),
            min(moved.y1, FRAME_SIZE),
        )
        if cut.width <= 0 or cut.height <= 0:
            continue
        share = cut.width * cut.height / (moved.width * moved.height)
        small = max(moved.width, moved.height) < 9
        (seen if share >= MIN_SEEN and not small else unclear).append(cut)
    return FrameView(warp(pixels, placement, border, FRAME_SIZE), seen, unclear)


def _moved(box: Box, points: Float32Array, placement: Affine) -> Box:
    """The box of the moved hand: around its landmarks, or else around the box's corners."""

    def place(xy: npt.NDArray[np.float32]) -> Float32Array:
        return np.asarray(xy @ placement[:, :2].T + placement[:, 2], np.float32)

    corners = np.array(
        [[box.x0, box.y0], [box.x1, box.y0], [box.x0, box.y1], [box.x1, box.y1]], np.float32
    )
    linear = placement[:, :2]
    tilted = 2 * np.abs(linear[0, 0] * linear[0, 1]) / (np.linalg.norm(linear[0]) ** 2)
    if tilted > 0.3 and not np.isnan(points).any():
        return box_around(place(points))
    placed = place(corners)
    low, high = placed.min(axis=0), placed.max(axis=0)
    # A hand does not fill the corners of its box, so a turned box would be too large.
    shrink = 0.5 * 0.35 * float(tilted) * (high - low)
    return Box(*map(float, (*(low + shrink), *(high - shrink))))


def _pasted(behind: FrameView, before: FrameView) -> FrameView:
    """One view with its hands and arms before another."""
    share = before.pixels[:, :, 3:].astype(np.float32) / np.float32(255)
    mixed = behind.pixels + share * (before.pixels[:, :, :3].astype(np.float32) - behind.pixels)
    hidden = share[..., 0] > 0.5
    seen, unclear = list(before.boxes), [*before.unclear, *behind.unclear]
    for box in behind.boxes:
        part = hidden[int(box.y0) : int(np.ceil(box.y1)), int(box.x0) : int(np.ceil(box.x1))]
        covered = float(part.mean()) if part.size else 1.0
        merged = any(iou(box, other) > 0.4 for other in before.boxes)
        (unclear if covered > 0.3 or merged else seen).append(box)
    return FrameView(np.clip(mixed, 0, 255).astype(np.uint8), seen, unclear)
