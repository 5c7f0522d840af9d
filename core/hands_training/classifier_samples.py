"""The classifier's training samples: grey 128×128 crops of hands, and their targets."""

from typing import NamedTuple

import cv2
import numpy as np

from core.common.types import IMAGE_SIZE, Box, Float32Array, Uint8Array
from core.hands.classifier import (
    HAND,
    LANDMARKS,
    MIN_ROTATION,
    RIGHT,
    flip_landmarks,
    rotate_landmarks,
    rotation_of,
)
from core.hands.detections import intersection
from core.hands_training.augmentation import augment, random_rotation
from core.hands_training.classifier_sources import ClassifierSources
from core.hands_training.cutouts import paste_hand
from core.hands_training.hard_negatives import shows_hand
from core.hands_training.losses import hand_target, no_hand_target
from core.hands_training.photo_datasets import random_dataset
from core.images.decoding import to_grey
from core.images.geometry import Square, crop, square_around

SHARES = {"photo": 0.42, "synthetic": 0.27, "cut-out": 0.08, "fingers": 0.03, "no hand": 0.2}
"""Where a sample comes from: a hand in a real photo, in a synthetic frame, a hand composited onto
another background, an image of the Fingers dataset as it is, or a place without a hand."""

HARD_NEGATIVE_SHARE = 0.5
"""Share of the samples without a hand that are false positives of the hand detector."""

HAND_FREE_SHARE = 0.4
"""Share of the others that are parts of photos without any hand."""

COMPOSITED_SHARE = 0.6
"""Share of the synthetic hands that are composited onto a part of a real photo."""

FACE_SHARE = 0.3
"""Share of the composited hands that are held before a face, and of the samples without a hand,
other than false positives, that show a face."""

FLIPPED_SHARE = 0.5

UPRIGHT_SHARE = 0.5
"""Share of the rotated hands that are shown upright, as the classifier's test-time augmentation
does."""


class Sample(NamedTuple):
    """A (128, 128) uint8 image, and its (56,) float32 target as ``core.hands.classifier`` says."""

    image: Uint8Array
    target: Float32Array


def random_sample(sources: ClassifierSources, rng: np.random.Generator) -> Sample:
    """One random sample, augmented."""
    kind = str(rng.choice(list(SHARES), p=list(SHARES.values())))
    if kind == "no hand" and sources.backgrounds:
        sample = _without_hand(sources, rng)
    elif kind == "fingers" and sources.fingers:
        item = sources.fingers[int(rng.integers(len(sources.fingers)))]
        sample = Sample(item.grey, _target(item.labels))
    elif kind == "cut-out" and sources.cutouts:
        sample = _composited(sources, rng)
    elif kind == "photo" and sources.photos:
        sample = _from_photo(sources, rng)
    else:
        sample = _synthetic(sources, rng)
    if rng.random() < FLIPPED_SHARE:
        sample = horizontal_flip(sample)
    if rng.random() < UPRIGHT_SHARE:
        sample = upright(sample, rng)
    if kind != "fingers" or rng.random() < 0.5:
        sample = sample._replace(image=augment(sample.image, rng))
    return sample


def horizontal_flip(sample: Sample) -> Sample:
    """Left and right exchanged, in the image and in the target."""
    target = sample.target.copy()
    target[RIGHT] = 1 - target[RIGHT]
    target[LANDMARKS] = flip_landmarks(target[LANDMARKS])
    return Sample(np.ascontiguousarray(sample.image[:, ::-1]), target)


def upright(sample: Sample, rng: np.random.Generator) -> Sample:
    """A rotated hand roughly upright, a place without a hand at any angle, others unchanged."""
    if sample.target[HAND] == 0:
        rotation = float(rng.uniform(-180, 180))
    else:
        rotation = rotation_of(sample.target) + float(rng.normal(0, 6))
    if np.isnan(rotation) or abs(rotation) < MIN_ROTATION:
        return sample
    middle = IMAGE_SIZE / 2
    image = crop(sample.image, Square(middle, middle, IMAGE_SIZE, rotation))
    return Sample(image, rotate_landmarks(sample.target, -rotation))


def jittered(square: Square, rng: np.random.Generator) -> Square:
    """The square as an inexact detector might place it on a hand that may be rotated."""
    rotation = random_rotation(16, rng)
    shift = rng.normal(0, 0.065, 2) * square.side
    side = square.side * float(np.exp(rng.normal(0, 0.15)))
    return Square(square.x + shift[0], square.y + shift[1], side, rotation)


def _target(labels: np.void, square: Square | None = None) -> Float32Array:
    """The target of a crop of a hand, from its record in the pack or of a synthetic frame."""
    points = None
    if square is not None:
        placement = square.placement()
        pixels = labels["landmarks"] @ placement[:, :2].T + placement[:, 2]
        points = np.asarray(pixels / (IMAGE_SIZE / 2) - 1, np.float32)
    fingers, side, face = (int(labels[field]) for field in ("fingers", "side", "face"))
    return hand_target(fingers, side, face, labels["extended"], points)


def _from_photo(sources: ClassifierSources, rng: np.random.Generator) -> Sample:
    name = random_dataset(sources.photos, lambda dataset: dataset.classifier_share, rng)
    items = sources.photos[name]
    item = items[int(rng.choice(len(items), p=sources.probabilities[name]))]
    square = jittered(square_around(item.box), rng)
    return Sample(crop(item.grey, square), _target(item.labels, square))


def _synthetic(sources: ClassifierSources, rng: np.random.Generator) -> Sample:
    """A synthetic hand, mostly composited onto a part of a real photo."""
    synthetic = sources.synthetic
    hand = synthetic.hands[int(rng.integers(len(synthetic.hands)))]
    frame = np.asarray(synthetic.frames[int(hand["photo"])])
    square = jittered(square_around(Box(*map(float, hand["box"]))), rng)
    image = crop(to_grey(np.ascontiguousarray(frame[:, :, :3])), square)
    if sources.backgrounds and rng.random() < COMPOSITED_SHARE:
        cover = crop(np.ascontiguousarray(frame[:, :, 3]), square).astype(np.float32) / 255
        behind = _background(sources, rng)
        image = np.rint(behind + cover * (image.astype(np.float32) - behind)).astype(np.uint8)
    return Sample(image, _target(hand, square))


def _composited(sources: ClassifierSources, rng: np.random.Generator) -> Sample:
    """A hand of one photo, rotated and with a synthetic arm, on a part of another."""
    item = sources.cutouts[int(rng.integers(len(sources.cutouts)))]
    assert item.mask is not None
    x, y, width, height = cv2.boundingRect(item.mask)
    square = jittered(square_around(Box(x, y, x + width, y + height)), rng)
    background = _background(sources, rng)
    image = paste_hand(item.grey, item.mask, square, background, rng)
    return Sample(image, _target(item.labels, square))


def _without_hand(sources: ClassifierSources, rng: np.random.Generator) -> Sample:
    negatives = sources.hard_negatives
    if negatives.places and rng.random() < HARD_NEGATIVE_SHARE:
        grey, box = negatives.choose(rng)
        return Sample(crop(grey, jittered(square_around(box), rng)), no_hand_target())
    face = _face(sources, rng) if rng.random() < FACE_SHARE else None
    if face is not None:
        return Sample(face, no_hand_target())
    if sources.hand_free and rng.random() < HAND_FREE_SHARE:
        grey = sources.hand_free[int(rng.integers(len(sources.hand_free)))]
        return Sample(empty_place([(grey, [])], rng), no_hand_target())
    if rng.random() < 0.3:
        grey, boxes = sources.backgrounds[int(rng.integers(len(sources.backgrounds)))]
        beside = _beside(boxes, rng) if boxes else None
        if beside is not None and not shows_hand(beside, boxes):
            return Sample(crop(grey, beside), no_hand_target())
    return Sample(empty_place(sources.backgrounds, rng), no_hand_target())


def _background(sources: ClassifierSources, rng: np.random.Generator) -> Uint8Array:
    """(128, 128) uint8: a face, or a place without a hand."""
    face = _face(sources, rng) if rng.random() < FACE_SHARE else None
    return empty_place(sources.backgrounds, rng) if face is None else face


def _face(sources: ClassifierSources, rng: np.random.Generator) -> Uint8Array | None:
    """(128, 128) uint8: a face or a part of it; None if there is none, or a hand before it."""
    if not sources.faces:
        return None
    grey, boxes, face = sources.faces[int(rng.integers(len(sources.faces)))]
    x, y = np.array([face.x0 + face.x1, face.y0 + face.y1]) / 2
    x, y = np.array([x, y]) + rng.normal(0, 0.3, 2) * face.height
    side = face.height * float(np.exp(rng.uniform(np.log(0.5), np.log(2))))
    square = Square(float(x), float(y), side, random_rotation(10, rng))
    return None if shows_hand(square, boxes) else crop(grey, square)


def _beside(boxes: list[Box], rng: np.random.Generator) -> Square:
    """A square next to a hand, where there may be an arm or a face."""
    hand = square_around(boxes[int(rng.integers(len(boxes)))])
    away, direction = rng.uniform(0.8, 1.6) * hand.side, rng.uniform(0, 2 * np.pi)
    x, y = hand.x + away * np.cos(direction), hand.y + away * np.sin(direction)
    return Square(float(x), float(y), hand.side * float(rng.uniform(0.6, 1.2)))


def empty_place(photos: list[tuple[Uint8Array, list[Box]]], rng: np.random.Generator) -> Uint8Array:
    """(128, 128) uint8: a square of a photo away from all hands; plain grey if none is found."""
    for _ in range(12):
        grey, boxes = photos[int(rng.integers(len(photos)))]
        height, width = grey.shape
        side = float(np.exp(rng.uniform(np.log(36), np.log(min(height, width)))))
        x, y = rng.uniform(side / 2, width - side / 2), rng.uniform(side / 2, height - side / 2)
        place = Box(x - side / 2, y - side / 2, x + side / 2, y + side / 2)
        if not any(intersection(place, box) for box in boxes):
            rotation = float(rng.choice([0, 90, 180, 270]))
            return crop(grey, Square(float(x), float(y), side, rotation))
    level = rng.uniform(10, 245)
    noise = rng.uniform(1, 20) * rng.standard_normal((IMAGE_SIZE, IMAGE_SIZE))
    return np.clip(level + noise, 0, 255).astype(np.uint8)
