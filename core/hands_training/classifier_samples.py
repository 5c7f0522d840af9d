"""Draws the classifier's training samples: grey 128×128 crops of hands and what is asked of them."""

from dataclasses import dataclass

import cv2
import numpy as np

from core.common.types import IMAGE_SIZE, Box, Float32Array, Uint8Array
from core.hands.classifier import MIRRORED_LANDMARKS, ROTATED_FROM, rotated_back, rotation_of
from core.hands.classifier_outputs import HAND, LANDMARKS, RIGHT
from core.hands_training.augmentation import augment
from core.hands_training.classifier_loss import hand_answer, no_hand
from core.hands_training.classifier_sources import HandPhoto, Material, shows_hand
from core.hands_training.compositing import paste_hand
from core.images.decoding import to_grey
from core.images.geometry import Square, crop, square_around

SHARES = {"photo": 0.42, "drawn": 0.31, "cut-out": 0.08, "fingers": 0.03, "no hand": 0.16}
"""Where a sample comes from: a hand in a real photo, in a drawn frame, a cut-out hand before
another background, an image of the Fingers dataset as it is, or a place without a hand."""

PHOTO_SHARES = {
    "webcam_hands": 0.2,
    "room_hands": 0.22,
    "selfies": 0.18,
    "finger_combinations": 0.14,
    "desk_gestures": 0.1,
    "sign_letters": 0.1,
    "sign_digits": 0.06,
}

MISTAKEN_PLACES = 0.5
"""How many of the samples without a hand show what the hand detector takes for one."""

REPLACED_BACKGROUNDS = 0.6
"""How many of the drawn hands are put before a part of a real photo."""


READ_UPRIGHT = 0.5
"""How many of the turned hands are shown upright, as the classifier looks at them once more."""


@dataclass(frozen=True)
class Sample:
    """One sample.

    Attributes:
        image: (128, 128) uint8, as ``core.hands.preprocessing`` makes it, then disturbed.
        answer: (56,) float32, as ``core.hands.classifier_outputs`` lays it out.
    """

    image: Uint8Array
    answer: Float32Array


def draw_sample(material: Material, rng: np.random.Generator) -> Sample:
    """One sample, by lot."""
    kind = str(rng.choice(list(SHARES), p=list(SHARES.values())))
    if kind == "no hand" and material.empty:
        sample = _without_hand(material, rng)
    elif kind == "fingers" and material.fingers:
        sample = _as_it_is(material.fingers[int(rng.integers(len(material.fingers)))])
    elif kind == "cut-out" and material.cutouts:
        sample = _cut_out(material, rng)
    elif kind == "photo" and material.photos:
        sample = _photo(material, rng)
    else:
        sample = _drawn(material, rng)
    if rng.random() < 0.5:
        sample = mirrored(sample)
    if rng.random() < READ_UPRIGHT:
        sample = upright(sample, rng)
    image = sample.image
    if kind != "fingers" or rng.random() < 0.5:
        image = augment(image, rng)
    return Sample(image, sample.answer)


def mirrored(sample: Sample) -> Sample:
    """Left and right exchanged, in the picture and in the answer."""
    answer = sample.answer.copy()
    answer[RIGHT] = 1 - answer[RIGHT]
    answer[LANDMARKS] = (answer[LANDMARKS].reshape(21, 2) * MIRRORED_LANDMARKS).reshape(-1)
    return Sample(np.ascontiguousarray(sample.image[:, ::-1]), answer)


def upright(sample: Sample, rng: np.random.Generator) -> Sample:
    """A turned hand upright, as far as a classifier that is not exact would turn it, what is no hand in
    any direction, and anything else as it is."""
    if sample.answer[HAND] == 0:
        turn = float(rng.uniform(-180, 180))
    else:
        turn = rotation_of(sample.answer) + float(rng.normal(0, 6))
    if np.isnan(turn) or abs(turn) < ROTATED_FROM:
        return sample
    middle = IMAGE_SIZE / 2
    image = crop(sample.image, Square(middle, middle, IMAGE_SIZE, turn))
    return Sample(image, rotated_back(sample.answer, -turn))


def jittered(square: Square, rng: np.random.Generator) -> Square:
    """The square as a detector that is not exact might give it, of a hand that may be turned."""
    turn = rng.uniform(-110, 110) if rng.random() < 0.22 else rng.normal(0, 16)
    shift = rng.normal(0, 0.065, 2) * square.side
    side = square.side * float(np.exp(rng.normal(0, 0.15)))
    return Square(square.x + shift[0], square.y + shift[1], side, float(turn))


def _answer(labels: np.void, square: Square) -> Float32Array:
    """What is asked of a crop of a hand, from its record in the pack or of a drawn frame."""
    points = _placed(labels["landmarks"], square)
    if labels["fingers"].ndim:
        extended, count = labels["fingers"], int(labels["fingers"].sum())
    else:
        extended, count = labels["extended"], int(labels["fingers"])
    return hand_answer(count, int(labels["side"]), int(labels["face"]), extended, points)


def _placed(landmarks: Float32Array, square: Square) -> Float32Array:
    """Landmarks of the photo in the crop, 0 in the middle, 1 at its right or lower edge."""
    placement = square.placement()
    points = landmarks @ placement[:, :2].T + placement[:, 2]
    return np.asarray(points / (IMAGE_SIZE / 2) - 1, np.float32)


def _photo(material: Material, rng: np.random.Generator) -> Sample:
    names = [name for name in PHOTO_SHARES if name in material.photos]
    shares = np.array([PHOTO_SHARES[name] for name in names])
    name = str(rng.choice(names, p=shares / shares.sum()))
    items = material.photos[name]
    item = items[int(rng.choice(len(items), p=material.chances[name]))]
    square = jittered(square_around(item.box), rng)
    return Sample(crop(item.grey, square), _answer(item.labels, square))


def _drawn(material: Material, rng: np.random.Generator) -> Sample:
    """A drawn hand, mostly before a part of a real photo."""
    drawn = material.drawn
    hand = drawn.hands[int(rng.integers(len(drawn.hands)))]
    frame = np.asarray(drawn.frames[int(hand["frame"])])
    square = jittered(square_around(Box(*map(float, hand["box"]))), rng)
    image = crop(to_grey(np.ascontiguousarray(frame[:, :, :3])), square)
    if material.empty and rng.random() < REPLACED_BACKGROUNDS:
        cover = crop(np.ascontiguousarray(frame[:, :, 3]), square).astype(np.float32) / 255
        behind = empty_place(material.empty, rng)
        image = np.rint(behind + cover * (image.astype(np.float32) - behind)).astype(np.uint8)
    return Sample(image, _answer(hand, square))


def _as_it_is(item: HandPhoto) -> Sample:
    labels = item.labels
    answer = hand_answer(
        int(labels["fingers"]), int(labels["side"]), int(labels["face"]), labels["extended"], None
    )
    return Sample(item.grey, answer)


def _cut_out(material: Material, rng: np.random.Generator) -> Sample:
    """A hand of one photo, turned and with a drawn arm, before a part of another."""
    item = material.cutouts[int(rng.integers(len(material.cutouts)))]
    assert item.mask is not None
    square = jittered(square_around(_mask_box(item.mask)), rng)
    background = empty_place(material.empty, rng)
    image = paste_hand(item.grey, item.mask, square, background, rng)
    return Sample(image, _answer(item.labels, square))


def _mask_box(mask: Uint8Array) -> Box:
    x, y, width, height = cv2.boundingRect(mask)
    return Box(x, y, x + width, y + height)


def _without_hand(material: Material, rng: np.random.Generator) -> Sample:
    mistaken = material.mistaken
    if mistaken.places and rng.random() < MISTAKEN_PLACES:
        number = int(rng.choice(len(mistaken.places), p=mistaken.chances))
        grey, box = mistaken.places[number]
        return Sample(crop(grey, jittered(square_around(box), rng)), no_hand())
    if rng.random() < 0.3:
        grey, boxes = material.empty[int(rng.integers(len(material.empty)))]
        beside = _beside(boxes, rng)
        if not shows_hand(beside, boxes):
            return Sample(crop(grey, beside), no_hand())
    return Sample(empty_place(material.empty, rng), no_hand())


def _beside(boxes: list[Box], rng: np.random.Generator) -> Square:
    """A square next to a hand, where its arm is, or a face."""
    hand = square_around(boxes[int(rng.integers(len(boxes)))])
    away, direction = rng.uniform(0.8, 1.6) * hand.side, rng.uniform(0, 2 * np.pi)
    x, y = hand.x + away * np.cos(direction), hand.y + away * np.sin(direction)
    return Square(float(x), float(y), hand.side * float(rng.uniform(0.6, 1.2)))


def empty_place(photos: list[tuple[Uint8Array, list[Box]]], rng: np.random.Generator) -> Uint8Array:
    """(128, 128) uint8: a square of a photo that no hand's box touches, or else a plain grey."""
    for _ in range(12):
        grey, boxes = photos[int(rng.integers(len(photos)))]
        height, width = grey.shape
        side = float(np.exp(rng.uniform(np.log(36), np.log(min(height, width)))))
        x, y = rng.uniform(side / 2, width - side / 2), rng.uniform(side / 2, height - side / 2)
        half = side / 2
        if all(
            min(x + half, box.x1) <= max(x - half, box.x0)
            or min(y + half, box.y1) <= max(y - half, box.y0)
            for box in boxes
        ):
            turn = float(rng.choice([0, 90, 180, 270]))
            return crop(grey, Square(float(x), float(y), side, turn))
    level = rng.uniform(10, 245)
    noise = rng.uniform(1, 20) * rng.standard_normal((IMAGE_SIZE, IMAGE_SIZE))
    return np.clip(level + noise, 0, 255).astype(np.uint8)
