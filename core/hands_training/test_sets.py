"""The test sets of the hand models: held-out photos, corrupted, synthetic and hand-free ones."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import count, islice
from pathlib import Path

import numpy as np

from core.common.types import Box, Photo, Uint8Array
from core.datasets.store import Dataset
from core.hands.detections import intersection
from core.hands_training.corruptions import (
    AS_THEY_ARE,
    CORRUPTIONS,
    Corruption,
    Picture,
    select_photos,
    turned_left,
    unchanged,
)
from core.hands_training.photo_datasets import UNKNOWN, datasets
from core.hands_training.photo_labels import (
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
from core.synthetic.look_alikes import draw_look_alike
from core.synthetic.photo import PhotoSettings, draw_photo

SYNTHETIC_FRAMES = 800
PATCHES_PER_PHOTO = 2
EMPTY_FRAMES = 200
MIN_PATCH = 60

FINGERS, SYNTHETIC, HAND_FREE = "fingers", "synthetic", "hand-free"
"""Test sets other than datasets and corruptions, by the names under which mistakes are recorded."""

CALIBRATION = "calibration"
"""The photos that are never measured, those with a hand also rotated by each quarter turn, and
synthetic ones of what looks like fingers."""

LOOK_ALIKES = 60


@dataclass(frozen=True)
class EvaluationPhoto:
    """A photo with its labels; hands are empty in a hand-free one."""

    name: str
    photo: Photo
    hands: tuple[LabelledHand, ...]


TestSets = dict[str, Callable[[], Iterator[EvaluationPhoto]]]
"""Photos by the name of their set; rendered or decoded only on demand."""


@dataclass(frozen=True)
class PhotoSource:
    """The held-out photos of one dataset, and the function that loads their pixels.

    Those in ``calibrating`` are never measured.
    """

    photos: list[LabelledPhoto]
    load: Callable[[LabelledPhoto], Photo]
    calibrating: tuple[LabelledPhoto, ...] = ()


def sources_in(root: Path) -> dict[str, PhotoSource]:
    """The held-out photos of the datasets in a folder.

    Raises:
        UserError: a dataset is damaged.
    """
    found = {}
    for dataset in available(root):
        archive = PhotoArchive(root, dataset.name)
        photos = [photo for photo in read_labels(dataset, archive) if photo.held_out]
        found[dataset.name] = _source(photos, archive.photo)
    return found


def _source(photos: list[LabelledPhoto], load: Callable[[LabelledPhoto], Photo]) -> PhotoSource:
    calibrating = tuple(photo for photo in photos if photo.only_calibrates)
    measured = [photo for photo in photos if not photo.only_calibrates]
    return PhotoSource(measured, load, calibrating)


def sources_of(pack: Pack) -> dict[str, PhotoSource]:
    """The held-out photos in a pack, which are smaller than the originals."""
    found: dict[str, list[LabelledPhoto]] = {}
    for number, records in pack.by_photo().items():
        if not pack.photos["held_out"][number]:
            continue
        hands = tuple(map(_labelled, records))
        complete, calibrates = (
            bool(pack.photos[flag][number]) for flag in ("complete", "only_calibrates")
        )
        name = pack.dataset(number)
        photo = LabelledPhoto(name, str(number), True, hands, complete, calibrates)
        found.setdefault(name, []).append(photo)
    return {
        name: _source(photos, lambda photo: Photo(pack.photo(int(photo.file))))
        for name, photos in found.items()
    }


def _labelled(record: np.void) -> LabelledHand:
    box = None if np.isnan(record["box"][0]) else Box(*map(float, record["box"]))
    extended = tuple(map(int, record["extended"]))
    return LabelledHand(
        int(record["fingers"]), int(record["side"]), int(record["face"]), extended, box
    )


def make_test_sets(sources: dict[str, PhotoSource], fingers: Dataset | None) -> TestSets:
    """Every test set that can be made of these datasets, with corruptions last."""
    found: TestSets = {} if fingers is None else {FINGERS: partial(_fingers, fingers)}
    found |= {name: partial(_photos, source) for name, source in sources.items()}
    found |= {SYNTHETIC: _synthetic, HAND_FREE: partial(_hand_free, sources)}
    if any(source.calibrating for source in sources.values()):
        found[CALIBRATION] = partial(_calibrating, sources)
    if sources:
        found[AS_THEY_ARE] = partial(_corrupted, sources, unchanged)
        found |= {name: partial(_corrupted, sources, each) for name, each in CORRUPTIONS.items()}
    return found


def calibration_photos(test_sets: TestSets) -> Iterator[EvaluationPhoto]:
    """The photos for calibrating the classifier: first unchanged, then corrupted."""
    names = {name for name, dataset in datasets().items() if dataset.calibrates}
    for name in (*sorted(names), SYNTHETIC, CALIBRATION):
        yield from test_sets[name]() if name in test_sets else ()
    for name in CORRUPTIONS:
        for photo in test_sets[name]() if name in test_sets else ():
            dataset, _, _ = photo.name.partition("/")
            if dataset in names:
                yield photo


def _photos(source: PhotoSource) -> Iterator[EvaluationPhoto]:
    for photo in source.photos:
        yield EvaluationPhoto(photo.file, source.load(photo), photo.hands)


def _calibrating(sources: dict[str, PhotoSource]) -> Iterator[EvaluationPhoto]:
    for source in sources.values():
        for photo in source.calibrating:
            pixels = source.load(photo).pixels
            for quarters in range(4 if photo.hands else 1):
                # There is at most one hand.
                box = photo.hands[0].box if photo.hands else None
                turned = turned_left(Picture(pixels, box, 0), quarters)
                hands = tuple(replace(hand, box=turned.box) for hand in photo.hands)
                yield EvaluationPhoto(photo.file, Photo(turned.pixels), hands)
    for number in range(LOOK_ALIKES):
        seed = UNSEEN_SHAPES_SEED + number
        yield EvaluationPhoto(f"drawing {seed}", Photo(draw_look_alike(seed)), ())


def _corrupted(
    sources: dict[str, PhotoSource], corruption: Corruption
) -> Iterator[EvaluationPhoto]:
    for dataset, source in sources.items():
        for photo_index, photo in select_photos(source.photos):
            (hand,) = photo.hands
            picture = corruption(Picture(source.load(photo).pixels, hand.box, photo_index))
            name = f"{dataset}/{photo.file}"
            shown = (replace(hand, box=picture.box),)
            yield EvaluationPhoto(name, Photo(picture.pixels), shown)


def _fingers(dataset: Dataset) -> Iterator[EvaluationPhoto]:
    for index in dataset.indices("test"):
        image = np.array(dataset.images[index])
        fingers, side = int(dataset.fingers[index]), int(dataset.sides[index])
        hand = LabelledHand(fingers, side, UNKNOWN, (UNKNOWN,) * 5, box=None)
        photo = Photo(np.repeat(image[..., None], 3, axis=2), prepared=True)
        yield EvaluationPhoto(dataset.file_name(int(index)), photo, (hand,))


def _synthetic() -> Iterator[EvaluationPhoto]:
    """Frames with one hand each, with hand shapes never rendered for training."""
    drawn = ((seed, *draw_frame(seed)) for seed in count(UNSEEN_SHAPES_SEED))
    with_one = ((seed, frame, hands[0]) for seed, frame, hands in drawn if len(hands) == 1)
    for seed, frame, record in islice(with_one, SYNTHETIC_FRAMES):
        pixels = np.ascontiguousarray(frame[:, :, :3])
        yield EvaluationPhoto(f"drawing {seed}", Photo(pixels), (_labelled(record),))


def _hand_free(sources: dict[str, PhotoSource]) -> Iterator[EvaluationPhoto]:
    """Parts of held-out photos that no hand's box touches, synthetic backgrounds and noise.

    Half of them calibrate, so none is of a dataset with photos that are kept for calibrating.
    """
    rng = np.random.default_rng(0)
    for source in sources.values():
        for photo in () if source.calibrating else source.photos:
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
    """A part of a photo that no box touches; None if there is none."""
    height, width = pixels.shape[:2]
    for _ in range(20):
        side = int(rng.integers(MIN_PATCH, max(MIN_PATCH + 1, min(height, width))))
        if side > min(height, width):
            return None
        x, y = int(rng.integers(width - side + 1)), int(rng.integers(height - side + 1))
        place = Box(x, y, x + side, y + side)
        if not any(intersection(place, box) for box in boxes):
            return np.ascontiguousarray(pixels[y : y + side, x : x + side])
    return None
