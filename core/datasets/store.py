"""The store of labelled 128×128 images: one format, opened by memory map, replaced atomically.

A store is a folder ``<root>/<name>/``. It holds one folder per finished version and a file
``CURRENT`` with the name of the version in force. A new version is written beside the old one and
comes into force by the replacement of that one small file, so that a crash, a full disk or a second
import at the same time never damages the version that was there: see ``core.datasets.store_writer``.
"""

import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from core.common.errors import UserError
from core.common.files import DAMAGED_ARRAYS
from core.common.paths import DATA_ROOT
from core.common.types import FINGER_COUNTS, IMAGE_SIZE, SIDES, Side, Uint8Array

Split = Literal["train", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)

FORMAT_VERSION = 1
NAME_BYTES = 96
"""File names are kept in fixed-width UTF-8 so that they, too, open by memory map."""

VERSION_NAME = re.compile(r"[0-9a-f]{16}-[0-9a-f]{8}")
"""The folder of a finished version: the start of its fingerprint and a random part."""


class DatasetError(UserError):
    """A dataset is missing, damaged, or cannot be imported."""


def data_root() -> Path:
    """The folder of all stores: ``$FINGERS_DATA`` if set, else ``DATA_ROOT``."""
    configured = os.environ.get("FINGERS_DATA")
    return Path(configured).expanduser() if configured else DATA_ROOT


@dataclass(frozen=True)
class Facts:
    """What a store says of itself."""

    format_version: int
    name: str
    origin: str
    rendered: bool
    images: int
    fingerprint: str
    created: str

    def __post_init__(self) -> None:
        if self.format_version != FORMAT_VERSION:
            raise DatasetError(
                f"The dataset '{self.name}' was written in format {self.format_version}, this "
                f"program reads format {FORMAT_VERSION}. Import it again."
            )
        texts = (self.name, self.origin, self.fingerprint, self.created)
        if not all(isinstance(text, str) for text in texts) or not isinstance(self.rendered, bool):
            raise TypeError("a fact has the wrong type")
        if not isinstance(self.images, int) or self.images < 1 or len(self.fingerprint) != 64:
            raise ValueError("the number of images or the fingerprint is wrong")


@dataclass(frozen=True)
class Dataset:
    """An opened store. The arrays are read-only memory maps.

    Attributes:
        facts: name, origin and fingerprint.
        images: (images, 128, 128) uint8, grey, 0 to 255.
        fingers: (images,) uint8, how many fingers are up, 0 to 5.
        sides: (images,) uint8, index into ``SIDES``.
        splits: (images,) uint8, index into ``SPLITS``.
        names: (images,) fixed-width UTF-8, the names of the image files.
    """

    facts: Facts
    images: Uint8Array
    fingers: Uint8Array
    sides: Uint8Array
    splits: Uint8Array
    names: np.ndarray[tuple[int], np.dtype[np.bytes_]]

    def __post_init__(self) -> None:
        count = self.facts.images
        if self.images.shape != (count, IMAGE_SIZE, IMAGE_SIZE) or self.images.dtype != np.uint8:
            raise DatasetError(f"The images of the dataset '{self.facts.name}' are damaged.")
        limits = {"fingers": len(FINGER_COUNTS), "sides": len(SIDES), "splits": len(SPLITS)}
        for field, limit in limits.items():
            values = getattr(self, field)
            if values.shape != (count,) or values.dtype != np.uint8 or values.max() >= limit:
                raise DatasetError(
                    f"The column '{field}' of the dataset '{self.facts.name}' is damaged."
                )
        if self.names.shape != (count,) or self.names.dtype != f"S{NAME_BYTES}":
            raise DatasetError(f"The file names of the dataset '{self.facts.name}' are damaged.")

    def indices(self, split: Split) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
        """The positions of a split's images, in the order of the store."""
        found: np.ndarray[tuple[int], np.dtype[np.intp]] = np.flatnonzero(
            self.splits == SPLITS.index(split)
        )
        return found

    def file_name(self, index: int) -> str:
        """The name of one image's file."""
        return bytes(self.names[index]).decode()

    def side(self, index: int) -> Side:
        """The side of one image's hand."""
        return SIDES[int(self.sides[index])]


def store_exists(name: str, root: Path | None = None) -> bool:
    """Whether a store of that name was finished."""
    return ((root or data_root()) / name / "CURRENT").is_file()


def open_store(name: str, root: Path | None = None) -> Dataset:
    """Open a store by memory map.

    Raises:
        DatasetError: there is none of that name, or it is damaged.
    """
    folder = (root or data_root()) / name
    version = current_version(folder)
    if version is None:
        raise DatasetError(
            f"There is no dataset '{name}' in {folder.parent}. "
            "Import one with: python -m core data import PATH"
        )
    while True:
        try:
            return _open_version(folder / version)
        except DAMAGED_ARRAYS as error:
            replacement = current_version(folder)
            # An import that ended just now removed the version that was to be opened.
            if isinstance(error, FileNotFoundError) and replacement not in (None, version):
                version = replacement
                continue
            raise DatasetError(
                f"The dataset '{name}' in {folder.parent} is damaged ({error}). Import it again."
            ) from error


def current_version(folder: Path) -> str | None:
    """The name of the version in force; an unreadable name is returned as one that is not there."""
    try:
        version = (folder / "CURRENT").read_bytes()[:256].decode("ascii", "replace").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise DatasetError(f"The dataset in {folder} cannot be read: {error.strerror}.") from error
    return version if VERSION_NAME.fullmatch(version) else "unreadable"


def _open_version(folder: Path) -> Dataset:
    facts = Facts(**json.loads((folder / "facts.json").read_text()))
    columns = {
        column: np.lib.format.open_memmap(folder / f"{column}.npy", mode="r")
        for column in ("images", "fingers", "sides", "splits", "names")
    }
    return Dataset(facts, **columns)


def verify_fingerprint(dataset: Dataset) -> bool:
    """Whether the stored content still has the fingerprint it was written with (reads it all)."""
    digest = hashlib.sha256()
    for start in range(0, dataset.facts.images, 1024):
        digest.update(dataset.images[start : start + 1024].tobytes())
    for column in (dataset.fingers, dataset.sides, dataset.splits, dataset.names):
        digest.update(column.tobytes())
    return digest.hexdigest() == dataset.facts.fingerprint
