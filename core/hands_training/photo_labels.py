"""Reads the photos of a dataset and their labels from a zip or a folder, and found landmarks."""

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated

import numpy as np
from msgspec import Meta

from core.common.errors import UserError
from core.common.serialization import decode
from core.common.types import FACES, FINGER_COUNTS, SIDES, Box, Float32Array, Photo, Side
from core.hands.detections import iou
from core.hands_training.photo_datasets import PALM, UNKNOWN, PhotoDataset, Row, datasets
from core.images.decoding import decode_photo

MAX_IMAGE_BYTES = 20 * 1024 * 1024
MAX_LABELS_BYTES = 20 * 1024 * 1024

FINGER_LETTERS = "TIMRL"
"""The letters of thumb, index, middle, ring and little finger in the column ``extended``."""

LANDMARK_BOX_MARGIN = 0.08
"""Share of its longer side by which a box around landmarks is widened, as fingers are thick."""

_Points = Annotated[tuple[tuple[float, float], ...], Meta(min_length=21, max_length=21)]


@dataclass(frozen=True)
class LabelledHand:
    """A labelled hand in a photo.

    Attributes:
        fingers: 0 to 5, or UNKNOWN.
        side: index into SIDES, or UNKNOWN.
        face: 0 palm, 1 back, or UNKNOWN.
        extended: for the five fingers from the thumb on, 1 extended, 0 not, or UNKNOWN.
        box: in pixels of the photo; None if the hand fills the photo.
    """

    fingers: int
    side: int
    face: int
    extended: tuple[int, ...]
    box: Box | None


@dataclass(frozen=True)
class LabelledPhoto:
    """A photo with all its hands.

    Attributes:
        file: its path in the dataset.
        held_out: whether no model learns from it.
        complete: whether every hand in it has a box; only then is the rest free of hands.
        only_calibrates: whether it is held out for calibrating, and not for measuring.
        person: whose photos of the dataset belong together; "" if it was not asked.
    """

    dataset: str
    file: str
    held_out: bool
    hands: tuple[LabelledHand, ...]
    complete: bool
    only_calibrates: bool = False
    person: str = ""


class PhotoArchive:
    """The files in a zip or a folder, limited in size."""

    def __init__(self, root: Path, name: str) -> None:
        """Open ``root/name.zip`` or the folder ``root/name``.

        Raises:
            UserError: neither exists, or the zip is damaged.
        """
        self._folder: Path | zipfile.Path = (root / name).resolve()
        path = root / f"{name}.zip"
        if path.is_file():
            try:
                self._folder = zipfile.Path(path)
            except (OSError, zipfile.BadZipFile) as error:
                raise UserError(f"{path} is not a zip file that can be opened: {error}") from error
        elif not self._folder.is_dir():
            raise UserError(f"There is neither {path} nor a folder {self._folder}.")

    def read(self, file: str, limit: int = MAX_IMAGE_BYTES) -> bytes:
        """The content of a file, given its path in the dataset and its largest size in bytes.

        Raises:
            UserError: the file is missing, too large or damaged.
        """
        try:
            path = self._folder / file
            if isinstance(path, Path) and not path.resolve().is_relative_to(str(self._folder)):
                raise UserError(f"'{file}' is outside {self._folder}.")
            with path.open("rb") as opened:
                content = opened.read(limit + 1)
        except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
            raise UserError(f"'{file}' cannot be read: {error}") from error
        if len(content) > limit:
            raise UserError(f"'{file}' is larger than {limit:,} bytes.")
        return content

    def photo(self, photo: LabelledPhoto) -> Photo:
        """A photo, decoded; raises what ``read`` raises."""
        return decode_photo(self.read(photo.file))


def available(root: Path) -> list[PhotoDataset]:
    """The datasets in a folder, as zips or folders."""
    return [
        dataset
        for dataset in datasets().values()
        if (root / f"{dataset.name}.zip").is_file() or (root / dataset.name).is_dir()
    ]


def read_labels(dataset: PhotoDataset, archive: PhotoArchive) -> list[LabelledPhoto]:
    """Every photo of a dataset, in the order of its table.

    Raises:
        UserError: the table is missing or does not describe hands.
    """
    text = archive.read("labels.csv", MAX_LABELS_BYTES).decode("utf-8", errors="replace")
    rows = list(csv.DictReader(io.StringIO(text)))
    try:
        return list(_photos(dataset, rows))
    except (KeyError, ValueError, TypeError) as error:
        raise UserError(f"The labels of '{dataset.name}' cannot be read: {error!r}") from error


def _photos(dataset: PhotoDataset, rows: list[Row]) -> Iterator[LabelledPhoto]:
    by_file: dict[str, list[Row]] = {}
    for row in rows:
        by_file.setdefault(row["file"], []).append(row)
    folders: dict[PurePosixPath, list[str]] = {}
    for file in by_file:
        folders.setdefault(PurePosixPath(file).parent, []).append(file)
    places = {
        file: place / len(files) for files in folders.values() for place, file in enumerate(files)
    }
    for file, group in by_file.items():
        shown = [] if dataset.hand_free(file) else group
        hands = tuple(_hand(row, dataset.face) for row in shown)
        boxed = all(hand.box is not None for hand in hands)
        held_out = dataset.holds_out(group[0], places[file])
        calibrates = held_out and dataset.only_calibrates(group[0])
        person = dataset.person(group[0], places[file])
        yield LabelledPhoto(dataset.name, file, held_out, hands, boxed, calibrates, person)


def _hand(row: Row, face: int) -> LabelledHand:
    corners = [row.get(column) or "" for column in ("xmin", "ymin", "xmax", "ymax")]
    extended = row.get("extended")
    fingers = int(row["fingers"]) if row["fingers"] else UNKNOWN
    states: tuple[int, ...] = (UNKNOWN,) * 5
    if fingers in (0, 5):
        states = (int(fingers == 5),) * 5
    elif extended and len(extended) == fingers:
        states = tuple(int(letter in extended) for letter in FINGER_LETTERS)
    return LabelledHand(
        fingers=fingers,
        side=_index(SIDES, row.get("side"), UNKNOWN),
        face=_index(FACES, row.get("face"), face),
        extended=states,
        box=Box(*map(float, corners)) if all(corners) else None,
    )


def _index(classes: Sequence[str], label: str | None, otherwise: int) -> int:
    return classes.index(label) if label and label in classes else otherwise


@dataclass(frozen=True)
class BaselineHand:
    """One hand, as ``mediapipe_baseline.py`` prints it; ``points`` are in pixels of the photo."""

    fingers: Annotated[int, Meta(ge=FINGER_COUNTS[0], le=FINGER_COUNTS[-1])]
    side: Side
    score: float
    points: _Points

    @property
    def landmarks(self) -> Float32Array:
        """(21, 2) float32, in pixels of the photo."""
        return np.array(self.points, np.float32)


@dataclass(frozen=True)
class BaselineAnswer:
    """One line of the output of ``mediapipe_baseline.py``: a photo's path and its hands."""

    file: str
    milliseconds: float
    hands: tuple[BaselineHand, ...]
    faces: tuple[Box, ...] = ()

    @property
    def landmarks(self) -> list[Float32Array]:
        """Of each hand, (21, 2) float32, in pixels of the photo."""
        return [hand.landmarks for hand in self.hands]


BaselineAnswers = dict[str, BaselineAnswer]
"""By ``dataset/file``."""


def read_baseline_answers(output: str) -> list[BaselineAnswer]:
    """The answers in the output of ``mediapipe_baseline.py``, one JSON object per line.

    Raises:
        ValueError: a line is not an answer.
    """
    return [decode(BaselineAnswer, line.encode()) for line in output.splitlines()]


def read_answers_by_photo(path: Path) -> BaselineAnswers:
    """Read the output of ``mediapipe_baseline.py``, whose paths end in ``dataset/…/file``.

    Raises:
        UserError: the file cannot be read.
    """
    found: BaselineAnswers = {}
    names = datasets()
    try:
        for answer in read_baseline_answers(path.read_text(encoding="utf-8")):
            parts = answer.file.split("/")
            folders = [place for place, part in enumerate(parts) if part in names]
            if not folders:
                raise ValueError(f"'{answer.file}' is in none of the datasets' folders")
            found["/".join(parts[folders[-1] :])] = answer
    except (OSError, ValueError) as error:
        raise UserError(f"The landmarks in {path} cannot be read: {error}") from error
    return found


def box_around(points: Float32Array) -> Box:
    """The box of a hand with these landmarks."""
    low, high = points.min(axis=0), points.max(axis=0)
    margin = LANDMARK_BOX_MARGIN * float((high - low).max())
    return Box(*map(float, (*(low - margin), *(high + margin))))


def matching_landmarks(hand: LabelledHand, found: Sequence[Float32Array]) -> Float32Array | None:
    """The landmarks found where a labelled hand is; None if there are none."""
    if hand.box is None:
        return found[0] if len(found) else None
    overlaps = [iou(box_around(points), hand.box) for points in found]
    best = int(np.argmax(overlaps)) if overlaps else 0
    return found[best] if overlaps and overlaps[best] > 0.4 else None


def face_from(side: int, points: Float32Array | None) -> int:
    """Palm or back, from the order of the wrist and the knuckles of index and little finger."""
    if side == UNKNOWN or points is None:
        return UNKNOWN
    index, little = points[5] - points[0], points[17] - points[0]
    turn = float(index[0] * little[1] - index[1] * little[0])
    turn /= float(np.linalg.norm(index) * np.linalg.norm(little)) + 1e-6
    if abs(turn) < 0.15:
        return UNKNOWN
    # Seen from the palm, a right hand's index knuckle lies to the viewer's right of the little
    # finger's.
    right_palm = (turn < 0) == (side == SIDES.index("R"))
    return PALM if right_palm else 1 - PALM
