"""The real photos of hands: one entry a dataset says where its labels stand and what is held out.

The datasets are zips or folders that the user brings; none is part of the project. Their tables all
have the columns ``file`` and ``fingers``, and some of ``side``, ``extended``, ``face`` and a box.
"""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from core.common.errors import UserError
from core.common.types import SIDES, Box

MAX_IMAGE_BYTES = 20 * 1024 * 1024
MAX_LABELS_BYTES = 20 * 1024 * 1024

UNKNOWN = -1
"""A label that nobody gave; its loss is masked."""

FINGER_LETTERS = "TIMRL"
"""Thumb, index, middle, ring and little finger in the tables' column ``extended``."""

FACE_NAMES = ("palm", "back")


@dataclass(frozen=True)
class LabelledHand:
    """A hand of a photo as people labelled it.

    Attributes:
        fingers: 0 to 5, or UNKNOWN.
        side: index into SIDES, or UNKNOWN.
        face: 0 palm, 1 back, or UNKNOWN.
        extended: for the five fingers from the thumb on, 1 extended, 0 not, or UNKNOWN.
        box: in pixels of the photo; None where the hand is all there is in it.
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
        dataset: the dataset's name.
        file: its path in the dataset.
        held_out: whether it is for measuring only; whole groups are.
        hands: at least one.
        complete: whether every hand in it has a box: only then is the rest free of hands.
    """

    dataset: str
    file: str
    held_out: bool
    hands: tuple[LabelledHand, ...]
    complete: bool


Row = dict[str, str]


@dataclass(frozen=True)
class PhotoDataset:
    """How to read one dataset's table.

    Attributes:
        name: of its zip or folder.
        holds_out: tells from a row, its place among the rows of its sign and their number whether
            it is for measuring only.
        face: of every hand in it, where the table does not say; UNKNOWN where they differ.
    """

    name: str
    holds_out: Callable[[Row, float], bool]
    face: int = UNKNOWN


def _number(row: Row) -> int:
    digits = re.findall(r"\d+", PurePosixPath(row["file"]).stem)
    return int(digits[-1]) if digits else 0


PALM = FACE_NAMES.index("palm")

DATASETS: tuple[PhotoDataset, ...] = (
    PhotoDataset("sign_digits", lambda _, place: place >= 0.8, PALM),
    PhotoDataset("sign_letters", lambda row, _: row["person"] in ("hand5", "tom"), PALM),
    PhotoDataset(
        "webcam_hands",
        lambda row, _: row["session"] in ("26", "55", "3", "3_1528499009.07"),
    ),
    PhotoDataset("room_hands", lambda _, place: 0.4 <= place < 0.55),
    PhotoDataset("desk_gestures", lambda row, _: row["session"] == "teal"),
    PhotoDataset("selfies", lambda row, _: _number(row) % 5 == 0),
    PhotoDataset("finger_combinations", lambda row, _: _number(row) >= 1200),
)
"""Held out are whole students, people, sessions and stretches of neighbouring photos."""


def dataset_names() -> list[str]:
    """The names of the datasets, in their order."""
    return [dataset.name for dataset in DATASETS]


class PhotoArchive:
    """The files of a zip or of a folder, bounded in size."""

    def __init__(self, root: Path, name: str) -> None:
        """Open ``root/name.zip`` or the folder ``root/name``.

        Raises:
            UserError: there is neither, or the zip is damaged.
        """
        self._folder = root / name
        self._zip: zipfile.ZipFile | None = None
        path = root / f"{name}.zip"
        if path.is_file():
            try:
                self._zip = zipfile.ZipFile(path)
            except (OSError, zipfile.BadZipFile) as error:
                raise UserError(f"{path} is not a zip that can be opened: {error}") from error
        elif not self._folder.is_dir():
            raise UserError(f"There is neither {path} nor a folder {self._folder}.")

    def read(self, file: str, limit: int = MAX_IMAGE_BYTES) -> bytes:
        """The content of a file.

        Raises:
            UserError: it is not there, too large or damaged.
        """
        try:
            if self._zip is not None:
                with self._zip.open(file) as opened:
                    content = opened.read(limit + 1)
            else:
                path = (self._folder / file).resolve()
                if not path.is_relative_to(self._folder.resolve()):
                    raise UserError(f"'{file}' lies outside of {self._folder}.")
                with path.open("rb") as opened:
                    content = opened.read(limit + 1)
        except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
            raise UserError(f"'{file}' cannot be read: {error}") from error
        if len(content) > limit:
            raise UserError(f"'{file}' is larger than {limit:,} bytes.")
        return content


def available(root: Path) -> list[PhotoDataset]:
    """The datasets that are in a folder."""
    return [
        dataset
        for dataset in DATASETS
        if (root / f"{dataset.name}.zip").is_file() or (root / dataset.name).is_dir()
    ]


def read_labels(dataset: PhotoDataset, archive: PhotoArchive) -> list[LabelledPhoto]:
    """Every photo of a dataset, in the order of its table.

    Raises:
        UserError: the table is missing or not one of hands.
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
    folders: dict[str, list[str]] = {}
    for file in by_file:
        folders.setdefault(str(PurePosixPath(file).parent), []).append(file)
    places = {
        file: place / len(files) for files in folders.values() for place, file in enumerate(files)
    }
    for file, group in by_file.items():
        hands = tuple(_hand(row, dataset.face) for row in group)
        boxed = all(hand.box is not None for hand in hands)
        held_out = dataset.holds_out(group[0], places[file])
        yield LabelledPhoto(dataset.name, file, held_out, hands, boxed)


def _hand(row: Row, face: int) -> LabelledHand:
    corners = [row.get(column) or "" for column in ("xmin", "ymin", "xmax", "ymax")]
    named = row.get("face") or ""
    extended = row.get("extended")
    fingers = int(row["fingers"]) if row["fingers"] else UNKNOWN
    states: tuple[int, ...] = (UNKNOWN,) * 5
    if fingers in (0, 5):
        states = (int(fingers == 5),) * 5
    elif extended and len(extended) == fingers:
        states = tuple(int(letter in extended) for letter in FINGER_LETTERS)
    return LabelledHand(
        fingers=fingers,
        side=SIDES.index("R") if row.get("side") == "R" else 0 if row.get("side") == "L" else -1,
        face=FACE_NAMES.index(named) if named in FACE_NAMES else face,
        extended=states,
        box=Box(*map(float, corners)) if all(corners) else None,
    )
