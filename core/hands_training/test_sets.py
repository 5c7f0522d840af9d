"""The images on which the models for any camera are measured: none of them was trained on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.common.types import Box, Photo, Uint8Array
from core.datasets.store import Dataset
from core.hands_training.corruptions import CORRUPTIONS, Corruption, Picture, chosen
from core.hands_training.photo_datasets import (
    UNKNOWN,
    LabelledHand,
    LabelledPhoto,
    PhotoArchive,
    available,
    read_labels,
)
from core.hands_training.photo_pack import Pack
from core.hands_training.synthetic_frames import (
    FRAME_HEIGHT,
    FRAME_WIDTH,
    UNSEEN_SHAPES_SEED,
    draw_frame,
)
from core.images.decoding import decode_photo
from core.synthetic import PhotoSettings, draw_photo

SYNTHETIC_FRAMES = 800
PATCHES_PER_PHOTO = 2
EMPTY_FRAMES = 200
MIN_PATCH = 60

FINGERS, DRAWN, EMPTY = "fingers", "drawn", "hand-free"

CALIBRATION_SETS = (
    "selfies",
    "room_hands",
    "desk_gestures",
    "finger_combinations",
    "sign_letters",
    DRAWN,
)
"""On these, and on harder views of them, the answers are calibrated; the webcam sessions and the
students of the sign digits are left out, so that on them can be measured how honest the answers
are."""


@dataclass(frozen=True)
class EvaluationPhoto:
    """A photo with what it shows.

    Attributes:
        name: of the file, or of the drawing.
        photo: its pixels.
        hands: in it, none for a hand-free one.
    """

    name: str
    photo: Photo
    hands: tuple[LabelledHand, ...]


TestSet = dict[str, Callable[[], Iterator[EvaluationPhoto]]]
"""Photos by the name of their set; drawn or decoded only when they are asked for."""


@dataclass(frozen=True)
class PhotoSource:
    """The held-out photos of one dataset, and how to get their pixels."""

    photos: list[LabelledPhoto]
    load: Callable[[LabelledPhoto], Photo]


def sources_in(root: Path) -> dict[str, PhotoSource]:
    """The held-out photos of the datasets in a folder.

    Raises:
        UserError: a dataset is damaged.
    """
    found = {}
    for dataset in available(root):
        archive = PhotoArchive(root, dataset.name)
        photos = [photo for photo in read_labels(dataset, archive) if photo.held_out]
        found[dataset.name] = PhotoSource(photos, _reading(archive))
    return found


def _reading(archive: PhotoArchive) -> Callable[[LabelledPhoto], Photo]:
    return lambda photo: decode_photo(archive.read(photo.file))


def sources_of(pack: Pack) -> dict[str, PhotoSource]:
    """The held-out photos of a pack, which are small."""
    found: dict[str, PhotoSource] = {}
    for number in np.flatnonzero(pack.photos["held_out"]):
        records = pack.hands[pack.hands["photo"] == number]
        hands = tuple(map(_labelled, records))
        complete = bool(pack.photos["complete"][number])
        name = pack.dataset(int(number))
        photo = LabelledPhoto(name, str(number), True, hands, complete)
        source = found.setdefault(name, PhotoSource([], _unpacking(pack)))
        source.photos.append(photo)
    return found


def _unpacking(pack: Pack) -> Callable[[LabelledPhoto], Photo]:
    return lambda photo: Photo(pack.photo(int(photo.file)))


def _labelled(record: np.void) -> LabelledHand:
    box = None if np.isnan(record["box"][0]) else Box(*map(float, record["box"]))
    extended = tuple(map(int, record["extended"]))
    return LabelledHand(
        int(record["fingers"]), int(record["side"]), int(record["face"]), extended, box
    )


def test_sets(sources: dict[str, PhotoSource], fingers: Dataset | None) -> TestSet:
    """Every set of images that can be had, the harder views of the photos last.

    Args:
        sources: held-out photos by dataset.
        fingers: the imported Fingers dataset.
    """
    found: TestSet = {}
    if fingers is not None:
        found[FINGERS] = lambda: _fingers(fingers)
    for name, source in sources.items():
        found[name] = _loading(source)
    found[DRAWN] = _drawn
    found[EMPTY] = lambda: _empty(sources)
    if sources:
        found |= {name: _corrupted(corruption, sources) for name, corruption in CORRUPTIONS.items()}
    return found


def calibration_photos(test_set: TestSet) -> Iterator[EvaluationPhoto]:
    """The photos on which the answers are calibrated: as they are, then made harder."""
    for name in CALIBRATION_SETS:
        yield from test_set[name]() if name in test_set else ()
    for name in CORRUPTIONS:
        for photo in test_set[name]() if name in test_set else ():
            dataset, _, _ = photo.name.partition("/")
            if dataset in CALIBRATION_SETS:
                yield photo


def _loading(source: PhotoSource) -> Callable[[], Iterator[EvaluationPhoto]]:
    def load() -> Iterator[EvaluationPhoto]:
        for photo in source.photos:
            yield EvaluationPhoto(photo.file, source.load(photo), photo.hands)

    return load


def _corrupted(
    corruption: Corruption, sources: dict[str, PhotoSource]
) -> Callable[[], Iterator[EvaluationPhoto]]:
    def look() -> Iterator[EvaluationPhoto]:
        for dataset, source in sources.items():
            for photo_index, photo in chosen(source.photos):
                (hand,) = photo.hands
                seen = corruption(Picture(source.load(photo).pixels, hand.box, photo_index))
                name = f"{dataset}/{photo.file}"
                yield EvaluationPhoto(name, Photo(seen.pixels), (replace(hand, box=seen.box),))

    return look


def _fingers(dataset: Dataset) -> Iterator[EvaluationPhoto]:
    for index in dataset.indices("test"):
        image = np.array(dataset.images[index])
        hand = LabelledHand(
            fingers=int(dataset.fingers[index]),
            side=int(dataset.sides[index]),
            face=UNKNOWN,
            extended=(UNKNOWN,) * 5,
            box=None,
        )
        photo = Photo(np.repeat(image[..., None], 3, axis=2), prepared=True)
        yield EvaluationPhoto(dataset.file_name(int(index)), photo, (hand,))


def _drawn() -> Iterator[EvaluationPhoto]:
    """Frames with one hand each, of people whose hand shapes no training drew."""
    seed, made = UNSEEN_SHAPES_SEED, 0
    while made < SYNTHETIC_FRAMES:
        frame, hands = draw_frame(seed)
        seed += 1
        if len(hands) != 1:
            continue
        made += 1
        (drawn,) = hands
        hand = LabelledHand(
            fingers=int(drawn["fingers"].sum()),
            side=int(drawn["side"]),
            face=int(drawn["face"]),
            extended=tuple(map(int, drawn["fingers"])),
            box=Box(*map(float, drawn["box"])),
        )
        pixels = np.ascontiguousarray(frame[:, :, :3])
        yield EvaluationPhoto(f"drawing {seed - 1}", Photo(pixels), (hand,))


def _empty(sources: dict[str, PhotoSource]) -> Iterator[EvaluationPhoto]:
    """Parts of held-out photos that no hand's box touches, drawn backgrounds and noise."""
    rng = np.random.default_rng(0)
    for source in sources.values():
        for photo in source.photos:
            if not photo.complete:
                continue
            pixels = source.load(photo).pixels
            boxes = [hand.box for hand in photo.hands if hand.box is not None]
            for _ in range(PATCHES_PER_PHOTO):
                patch = _patch(pixels, boxes, rng)
                if patch is not None:
                    yield EvaluationPhoto(f"part of {photo.file}", Photo(patch), ())
    scene = PhotoSettings(width=FRAME_WIDTH, height=FRAME_HEIGHT, hands=0)
    for number in range(EMPTY_FRAMES // 2):
        seed = UNSEEN_SHAPES_SEED + 1_000_000 + number
        yield EvaluationPhoto(f"drawing {seed}", Photo(draw_photo(seed, scene).pixels), ())
    for number in range(EMPTY_FRAMES // 2):
        noise = rng.integers(0, 256, (120, 160, 3), dtype=np.uint8)
        yield EvaluationPhoto(f"noise {number}", Photo(noise), ())


def _patch(pixels: Uint8Array, boxes: list[Box], rng: np.random.Generator) -> Uint8Array | None:
    """A part of a photo that no box touches; None where none was found."""
    height, width = pixels.shape[:2]
    for _ in range(20):
        side = int(rng.integers(MIN_PATCH, max(MIN_PATCH + 1, min(height, width))))
        if side > min(height, width):
            return None
        x, y = int(rng.integers(width - side + 1)), int(rng.integers(height - side + 1))
        if all(
            x + side <= box.x0 or x >= box.x1 or y + side <= box.y0 or y >= box.y1 for box in boxes
        ):
            return np.ascontiguousarray(pixels[y : y + side, x : x + side])
    return None
