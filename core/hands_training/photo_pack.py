"""Packs everything that training needs from real photos into one file of at most 64 MiB.

The pack is copied to the machine that trains. It is data, never committed, and is read without
unpickling.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from core.common.errors import UserError
from core.common.files import DAMAGED_ARRAYS, write_bytes_atomically
from core.common.progress import Progress
from core.common.types import SIDES, Box, Float32Array, Uint8Array
from core.datasets.store import Dataset
from core.hands_training.photo_datasets import PALM, UNKNOWN, datasets
from core.hands_training.photo_labels import (
    BaselineAnswer,
    BaselineAnswers,
    LabelledPhoto,
    PhotoArchive,
    available,
    box_around,
    face_from,
    matching_landmarks,
    read_labels,
)

MAX_PACK_BYTES = 64 * 1024 * 1024
LONGEST_SIDE = 320
JPEG_QUALITY = 80
NO_ANSWER = BaselineAnswer("", 0.0, ())
FINGERS_DATASET = "fingers"
FINGERS_IMAGES = 1_800
"""Training images packed from the Fingers dataset, the same number of every class."""

HAND_DTYPE = np.dtype(
    [
        ("photo", np.int32),
        ("fingers", np.int8),
        ("side", np.int8),
        ("face", np.int8),
        ("extended", np.int8, 5),
        ("box", np.float32, 4),
        ("landmarks", np.float32, (21, 2)),
    ]
)
"""A hand of a packed photo or of a synthetic frame: its labels or UNKNOWN, box and landmarks in
pixels or NaN."""

PHOTO_DTYPE = np.dtype(
    [
        ("dataset", np.int8),
        ("held_out", np.bool_),
        ("complete", np.bool_),
        ("only_calibrates", np.bool_),
        ("end", np.int64),
    ]
)
"""A photo: index into the pack's datasets, the flags of ``LabelledPhoto``, and the end of its JPEG
in the pack's bytes."""

FACE_DTYPE = np.dtype([("photo", np.int32), ("box", np.float32, 4)])
"""A face in a packed photo, as MediaPipe found it, in pixels."""

Records = npt.NDArray[np.void]
"""Structured array of ``HAND_DTYPE``, ``PHOTO_DTYPE`` or ``FACE_DTYPE``."""


@dataclass(frozen=True)
class Pack:
    """Photos, of ``PHOTO_DTYPE``, and their hands and faces in the same order.

    The content is the photos' JPEG files, one after the other.
    """

    photos: Records
    hands: Records
    faces: Records
    content: Uint8Array
    datasets: tuple[str, ...]

    @classmethod
    def empty(cls) -> "Pack":
        """A pack without photos, for training on synthetic hands alone."""
        photos, hands, faces = (np.zeros(0, each) for each in (PHOTO_DTYPE, HAND_DTYPE, FACE_DTYPE))
        return cls(photos, hands, faces, np.zeros(0, np.uint8), ())

    def photo(self, index: int) -> Uint8Array:
        """(height, width, 3) uint8 RGB."""
        start = int(self.photos["end"][index - 1]) if index else 0
        encoded = self.content[start : int(self.photos["end"][index])]
        return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR_RGB), np.uint8)

    def dataset(self, index: int) -> str:
        """The name of the dataset to which a photo belongs."""
        return self.datasets[int(self.photos["dataset"][index])]

    def by_photo(self) -> dict[int, list[np.void]]:
        """The records of the hands in every photo, by its index."""
        found: dict[int, list[np.void]] = {number: [] for number in range(len(self.photos))}
        for hand in self.hands:
            found[int(hand["photo"])].append(hand)
        return found

    def faces_of(self, index: int) -> tuple[Box, ...]:
        """The faces in a photo, in its pixels."""
        boxes = self.faces["box"][self.faces["photo"] == index]
        return tuple(Box(*map(float, box)) for box in boxes)


def write_pack(
    path: Path, root: Path, fingers: Dataset | None, answers: BaselineAnswers, progress: Progress
) -> Pack:
    """Pack the datasets in the folder ``root``, and the Fingers dataset if it is imported.

    Raises:
        UserError: there are no datasets, or one is damaged.
        OSError: the disk is full or not writable.
    """
    photos: list[tuple[int, bool, bool, bool]] = []
    hands: list[Records] = []
    faces: list[tuple[int, tuple[float, ...]]] = []
    encoded: list[bytes] = []
    found = available(root)
    if not found:
        raise UserError(f"There are no datasets in {root}.")
    names = (*datasets(), FINGERS_DATASET)
    for dataset in found:
        archive = PhotoArchive(root, dataset.name)
        labelled = read_labels(dataset, archive)
        for done, photo in enumerate(labelled):
            answer = answers.get(f"{dataset.name}/{photo.file}", NO_ANSWER)
            content, scale = _shrunk(archive.photo(photo).pixels)
            hands.append(_records(len(photos), photo, scale, answer.landmarks))
            faces += [
                (len(photos), tuple(scale * corner for corner in face)) for face in answer.faces
            ]
            flags = photo.held_out, photo.complete, photo.only_calibrates
            photos.append((names.index(dataset.name), *flags))
            encoded.append(content)
            progress(done + 1, len(labelled))
    if fingers is not None:
        for index in _even_choice(fingers):
            hands.append(_fingers_record(len(photos), fingers, index))
            photos.append((names.index(FINGERS_DATASET), False, False, False))
            encoded.append(_as_jpeg(fingers.images[index], 92))
    ends = np.cumsum([len(content) for content in encoded])
    table = np.array([(*photo, end) for photo, end in zip(photos, ends, strict=True)], PHOTO_DTYPE)
    pack = Pack(
        table,
        np.concatenate(hands),
        np.array(faces, FACE_DTYPE),
        np.frombuffer(b"".join(encoded), np.uint8),
        names,
    )
    buffer = io.BytesIO()
    np.savez(buffer, **vars(pack))
    if buffer.tell() > MAX_PACK_BYTES:
        raise UserError(f"The pack takes {buffer.tell():,} bytes, more than {MAX_PACK_BYTES:,}.")
    write_bytes_atomically(path, buffer.getvalue())
    return pack


def read_pack(path: Path) -> Pack:
    """Read a pack.

    Raises:
        UserError: it does not exist, or it is damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            # Packs from before the names were stored have none.
            names = tuple(map(str, arrays.get("datasets", ())))
            pack = Pack(
                arrays["photos"], arrays["hands"], arrays["faces"], arrays["content"], names
            )
    except DAMAGED_ARRAYS as error:
        raise UserError(
            f"There is no pack of photos at {path}. Make it with: python -m core data pack FOLDER"
        ) from error
    known = not set(names) - {*datasets(), FINGERS_DATASET}
    if not (names and known) or (pack.photos.dtype, pack.hands.dtype) != (PHOTO_DTYPE, HAND_DTYPE):
        raise UserError(f"{path} is of another version. Make a new one: python -m core data pack")
    return pack


def _shrunk(pixels: Uint8Array) -> tuple[bytes, float]:
    """A photo as JPEG with its longer side limited, and the scale factor from photo to JPEG."""
    scale = min(1.0, LONGEST_SIDE / max(pixels.shape[:2]))
    if scale < 1:
        width, height = (round(length * scale) for length in pixels.shape[1::-1])
        shrunk = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
        pixels = np.asarray(shrunk, np.uint8)
    return _as_jpeg(pixels[:, :, ::-1], JPEG_QUALITY), scale


def _as_jpeg(pixels: Uint8Array, quality: int) -> bytes:
    """Grey or BGR pixels as JPEG."""
    encoded: bytes = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
    return encoded


def _records(
    number: int, photo: LabelledPhoto, scale: float, found: Sequence[Float32Array]
) -> Records:
    """The photo's hands, each with the landmarks found at its place."""
    records = np.zeros(len(photo.hands), HAND_DTYPE)
    for record, hand in zip(records, photo.hands, strict=True):
        points = matching_landmarks(hand, found)
        box = hand.box
        if box is None and points is not None:
            box = box_around(points)
        record["photo"] = number
        record["fingers"], record["side"] = hand.fingers, hand.side
        record["face"] = hand.face if hand.face != UNKNOWN else face_from(hand.side, points)
        record["extended"] = hand.extended
        record["box"] = np.nan if box is None else np.array(box) * scale
        record["landmarks"] = np.nan if points is None else points * scale
    return records


def _even_choice(fingers: Dataset) -> list[int]:
    train = fingers.indices("train")
    classes = fingers.fingers[train].astype(int) * len(SIDES) + fingers.sides[train]
    each = FINGERS_IMAGES // len(np.unique(classes))
    rng = np.random.default_rng(0)
    return [
        int(index)
        for one in np.unique(classes)
        for index in rng.permutation(train[classes == one])[:each]
    ]


def _fingers_record(number: int, fingers: Dataset, index: int) -> Records:
    record = np.zeros(1, HAND_DTYPE)
    record["photo"] = number
    record["fingers"], record["side"] = fingers.fingers[index], fingers.sides[index]
    record["face"] = PALM
    # The dataset shows each count in only one way: index first, the thumb only for five.
    order = (5, 1, 2, 3, 4)
    record["extended"] = [int(fingers.fingers[index] >= needed) for needed in order]
    record["box"] = record["landmarks"] = np.nan
    return record
