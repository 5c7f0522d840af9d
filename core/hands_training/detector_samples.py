"""The detector's training samples: colour frames of 192×192 pixels, and their targets."""

from dataclasses import dataclass, replace
from itertools import product

import cv2
import numpy as np

from core.common.types import Box, Float32Array, Uint8Array
from core.hands.detections import iou
from core.hands_training.augmentation import augment_colours, random_rotation
from core.hands_training.detector_sources import DetectorSources, FramePhoto
from core.hands_training.losses import frame_target
from core.hands_training.photo_datasets import random_dataset
from core.hands_training.photo_labels import box_around
from core.hands_training.synthetic_frames import SyntheticFrames
from core.images.geometry import Affine, warp
from core.zoo.hand_detector import FRAME_SIZE

SHARES = {
    "photo": 0.39,
    "distant": 0.17,
    "composited": 0.17,
    "synthetic": 0.06,
    "empty": 0.1,
    "false positive": 0.11,
}
"""Where a frame comes from: a real photo, one with another photo's distant hand composited onto it,
one with a synthetic hand, a synthetic frame, a part of a photo that need not show a hand, or what a
trained detector takes for one."""

HAND_FREE_SHARE = 0.6
"""Share of the parts of photos that are of photos without any hand."""

SHADOW_SHARE = 0.15
"""Share of the frames with a composited hand, and of those without a hand, in which the shadow of a
synthetic hand lies on the background."""

FLIPPED_SHARE = 0.5

DISTANT_SIZE = (0.07, 0.3)
"""The longer side of a distant hand, as a share of the frame's."""

BEFORE_FACE_SHARE = 0.4
"""Share of the composited hands that are held before a face."""

MIN_VISIBLE = 0.45
"""Share of a hand's box that must lie in the frame; the loss ignores other hands."""


@dataclass(frozen=True)
class Frame:
    """A part of a photo, in the hand detector's input size.

    Attributes:
        pixels: (192, 192, channels) uint8; a fourth channel is the opacity.
        boxes: of the visible hands.
        ignored: of those that are mostly cut off or hidden.
        faces: of the visible faces.
    """

    pixels: Uint8Array
    boxes: list[Box]
    ignored: list[Box]
    faces: tuple[Box, ...] = ()


def random_frame(
    sources: DetectorSources, rng: np.random.Generator
) -> tuple[Uint8Array, Float32Array]:
    """One random frame, (192, 192, 3) uint8 RGB, augmented, and its (24, 24, 6) target."""
    kind = str(rng.choice(list(SHARES), p=list(SHARES.values())))
    if kind == "synthetic" or not sources.photos:
        frame = _synthetic_frame(sources.synthetic, rng)
        frame = replace(frame, pixels=np.ascontiguousarray(frame.pixels[:, :, :3]))
    elif kind == "false positive" and sources.hard_negatives.places:
        frame = _around(*sources.hard_negatives.choose(rng), rng)
    elif kind == "empty":
        frame = _empty_frame(sources, rng)
    else:
        before_face = kind == "composited" and rng.random() < BEFORE_FACE_SHARE
        if before_face and sources.with_faces:
            photo = sources.with_faces[int(rng.integers(len(sources.with_faces)))]
            frame = _around(photo, photo.faces[int(rng.integers(len(photo.faces)))], rng)
        else:
            frame = _photo_frame(_random_photo(sources, rng), rng, with_hand=kind == "photo")
        if kind == "composited":
            before = _synthetic_frame(sources.synthetic, rng)
            if before_face and frame.faces:
                before = _held_before(before, frame.faces[int(rng.integers(len(frame.faces)))], rng)
            if rng.random() < SHADOW_SHARE:
                frame = _with_shadow(frame, before, rng)
            frame = _composited(frame, before)
        elif kind == "distant":
            frame = _composited(frame, _distant_frame(_random_photo(sources, rng), rng))
    return augment_colours(frame.pixels, rng), frame_target(frame.boxes, frame.ignored)


def _random_photo(sources: DetectorSources, rng: np.random.Generator) -> FramePhoto:
    name = random_dataset(sources.photos, lambda dataset: dataset.detector_share, rng)
    items = sources.photos[name]
    return items[int(rng.choice(len(items), p=sources.probabilities[name]))]


def _photo_frame(photo: FramePhoto, rng: np.random.Generator, with_hand: bool) -> Frame:
    if with_hand:
        return _around(photo, photo.boxes[int(rng.integers(len(photo.boxes)))], rng)
    height, width = photo.pixels.shape[:2]
    scale = FRAME_SIZE / max(height, width) * float(np.exp(rng.uniform(0, np.log(4))))
    return _placed(photo, (rng.uniform(0, width), rng.uniform(0, height)), scale, rng)


def _around(photo: FramePhoto, place: Box, rng: np.random.Generator) -> Frame:
    """The whole photo, as in use, or a part of it with a place in it."""
    scale = FRAME_SIZE / max(photo.pixels.shape[:2])
    wanted = FRAME_SIZE * float(np.exp(rng.uniform(np.log(0.1), np.log(0.95))))
    if rng.random() < 0.5:
        longer = max(place.width, place.height)
        scale = float(np.clip(wanted / longer, 0.5 * scale, 3.5 * scale))
    centre = ((place.x0 + place.x1) / 2, (place.y0 + place.y1) / 2)
    return _placed(photo, centre, scale, rng)


def _empty_frame(sources: DetectorSources, rng: np.random.Generator) -> Frame:
    """A part of a photo, mostly of one without a hand, perhaps with a shadow."""
    hand_free = sources.hand_free
    if hand_free and rng.random() < HAND_FREE_SHARE:
        photo = hand_free[int(rng.integers(len(hand_free)))]
    else:
        photo = _random_photo(sources, rng)
    frame = _photo_frame(photo, rng, with_hand=False)
    if rng.random() < SHADOW_SHARE:
        frame = _with_shadow(frame, _synthetic_frame(sources.synthetic, rng), rng)
    return frame


def _held_before(frame: Frame, face: Box, rng: np.random.Generator) -> Frame:
    """The frame with one of its hands, about as large as the face, before it."""
    if not frame.boxes:
        return frame
    hand = frame.boxes[int(rng.integers(len(frame.boxes)))]
    scale = face.height / hand.height * float(np.exp(rng.uniform(np.log(0.6), np.log(1.7))))
    target = np.array([(face.x0 + face.x1) / 2, (face.y0 + face.y1) / 2])
    target += rng.normal(0, 0.35, 2) * (face.width, face.height)
    middle = np.array([(hand.x0 + hand.x1) / 2, (hand.y0 + hand.y1) / 2])
    placement = np.hstack([scale * np.eye(2), (target - scale * middle)[:, None]])
    unknown = np.full((21, 2), np.nan, np.float32)
    boxes = tuple(frame.boxes)
    photo = FramePhoto(frame.pixels, boxes, tuple(unknown for _ in boxes))
    return _warped(photo, placement, cv2.BORDER_CONSTANT)


def _with_shadow(frame: Frame, caster: Frame, rng: np.random.Generator) -> Frame:
    """The frame with the shadow of the hands and arms in another, which is not a hand."""
    moved = np.array([[1, 0, 0], [0, 1, 0]], np.float32)
    moved[:, :2] *= rng.uniform(0.8, 1.3)
    moved[:, 2] = rng.uniform(-40, 40, 2)
    cast = cv2.warpAffine(caster.pixels[:, :, 3], moved, (FRAME_SIZE, FRAME_SIZE))
    cast = cv2.GaussianBlur(cast, (0, 0), float(rng.uniform(0.6, 5)))
    light = 1 - np.float32(rng.uniform(0.3, 0.75) / 255) * cast.astype(np.float32)
    return replace(frame, pixels=np.rint(frame.pixels * light[..., None]).astype(np.uint8))


def _distant_frame(photo: FramePhoto, rng: np.random.Generator) -> Frame:
    """A photo with a distant hand, or just the hand's surroundings, with opacity and soft edge."""
    height, width = photo.pixels.shape[:2]
    hand = photo.boxes[int(rng.integers(len(photo.boxes)))]
    longer = max(hand.width, hand.height)
    scale = FRAME_SIZE * float(np.exp(rng.uniform(*np.log(DISTANT_SIZE)))) / longer
    part = Box(0, 0, width, height)
    if len(photo.boxes) == 1 and rng.random() < 0.5:
        room = longer * float(rng.uniform(0.1, 0.6))
        part = Box(hand.x0 - room, hand.y0 - room, hand.x1 + room, hand.y1 + room)
    opacity = _soft_opacity(width, height, part, max(1.0, float(rng.uniform(0.5, 4)) / scale))
    centre = ((hand.x0 + hand.x1) / 2, (hand.y0 + hand.y1) / 2)
    return _placed(replace(photo, pixels=np.dstack([photo.pixels, opacity])), centre, scale, rng)


def _soft_opacity(width: int, height: int, part: Box, soft: float) -> Uint8Array:
    """(height, width) uint8: 255 within the part, falling to 0 over ``soft`` pixels at its edge."""
    across, down = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    inside_x = np.clip(np.minimum(across - part.x0, part.x1 - across) / soft, 0, 1)
    inside_y = np.clip(np.minimum(down - part.y0, part.y1 - down) / soft, 0, 1)
    return np.asarray(np.rint(255 * inside_y[:, None] * inside_x), np.uint8)


def _synthetic_frame(synthetic: SyntheticFrames, rng: np.random.Generator) -> Frame:
    number = int(rng.integers(len(synthetic.frames)))
    first, end = np.searchsorted(synthetic.hands["photo"], [number, number + 1])
    hands = synthetic.hands[first:end]
    pixels = np.asarray(synthetic.frames[number])
    scale = FRAME_SIZE / pixels.shape[1] * float(np.exp(rng.uniform(np.log(0.4), np.log(1.4))))
    centre = (pixels.shape[1] / 2, pixels.shape[0] / 2)
    boxes = tuple(Box(*map(float, hand["box"])) for hand in hands)
    landmarks = tuple(np.full((21, 2), np.nan, np.float32) for _ in hands)
    return _placed(FramePhoto(pixels, boxes, landmarks), centre, scale, rng)


def _placed(
    photo: FramePhoto, centre: tuple[float, float], scale: float, rng: np.random.Generator
) -> Frame:
    """The photo at random scale, rotation, stretch and place, flipped or not."""
    pixels = photo.pixels
    height, width = pixels.shape[:2]
    rotation = random_rotation(7, rng)
    stretch = float(np.exp(rng.normal(0, 0.08)))
    cosine, sine = scale * np.cos(np.radians(rotation)), scale * np.sin(np.radians(rotation))
    linear = np.array([[cosine * stretch, -sine * stretch], [sine / stretch, cosine / stretch]])
    if rng.random() < FLIPPED_SHARE:
        linear[0] *= -1
    # A photo that fits into the frame lies anywhere in it.
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
        # There is nothing to composite beyond the picture.
        border = cv2.BORDER_CONSTANT
    return _warped(photo, placement, border)


def _warped(photo: FramePhoto, placement: Affine, border: int) -> Frame:
    """The placed part of a photo, with the hands and faces that are visible in it."""
    pixels = photo.pixels
    visible: list[Box] = []
    ignored: list[Box] = []
    for box, points in zip(photo.boxes, photo.landmarks, strict=True):
        moved = _moved(box, points, placement)
        low, high = np.maximum(moved[:2], 0), np.minimum(moved[2:], FRAME_SIZE)
        cut = Box(*map(float, (*low, *high)))
        if cut.width <= 0 or cut.height <= 0:
            continue
        share = cut.width * cut.height / (moved.width * moved.height)
        small = max(moved.width, moved.height) < 9
        (visible if share >= MIN_VISIBLE and not small else ignored).append(cut)
    unknown = np.full((21, 2), np.nan, np.float32)
    moved_faces = (_moved(face, unknown, placement) for face in photo.faces)
    faces = tuple(face for face in moved_faces if _is_inside(face))
    return Frame(warp(pixels, placement, border, FRAME_SIZE), visible, ignored, faces)


def _is_inside(box: Box) -> bool:
    """Whether the middle of a box that is not tiny lies in the frame."""
    x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    return 0 <= x < FRAME_SIZE and 0 <= y < FRAME_SIZE and box.height >= 12


def _moved(box: Box, points: Float32Array, placement: Affine) -> Box:
    """The box of the moved hand: around its landmarks, or else around the box's corners."""
    linear = placement[:, :2]
    tilted = 2 * np.abs(linear[0, 0] * linear[0, 1]) / (np.linalg.norm(linear[0]) ** 2)
    by_landmarks = tilted > 0.3 and not np.isnan(points).any()
    corners = list(product((box.x0, box.x1), (box.y0, box.y1)))
    given = points if by_landmarks else np.array(corners, np.float32)
    placed = np.asarray(given @ linear.T + placement[:, 2], np.float32)
    if by_landmarks:
        return box_around(placed)
    low, high = placed.min(axis=0), placed.max(axis=0)
    # A hand does not fill the corners of its box, so the box of the rotated corners is too large.
    shrink = 0.5 * 0.35 * float(tilted) * (high - low)
    return Box(*map(float, (*(low + shrink), *(high - shrink))))


def _composited(behind: Frame, before: Frame) -> Frame:
    """One frame with its hands and arms in front of another."""
    opacity = before.pixels[:, :, 3:].astype(np.float32) / np.float32(255)
    mixed = behind.pixels + opacity * (before.pixels[:, :, :3].astype(np.float32) - behind.pixels)
    hidden = opacity[..., 0] > 0.5
    visible, ignored = list(before.boxes), [*before.ignored, *behind.ignored]
    for box in behind.boxes:
        part = hidden[int(box.y0) : int(np.ceil(box.y1)), int(box.x0) : int(np.ceil(box.x1))]
        covered = float(part.mean()) if part.size else 1.0
        merged = any(iou(box, other) > 0.4 for other in before.boxes)
        (ignored if covered > 0.3 or merged else visible).append(box)
    return Frame(np.clip(mixed, 0, 255).astype(np.uint8), visible, ignored)
