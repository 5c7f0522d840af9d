"""The store of labelled 128×128 images: one format, opened by memory map, replaced atomically.

A store is a folder ``<root>/<name>/``. It holds one folder per finished version and a file
``CURRENT`` with the name of the version in force. A new version is written beside the old one and
comes into force by the replacement of that one small file, so that a crash, a full disk or a second
import at the same time never damages the version that was there.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import time
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Literal, get_args

import numpy as np

from core.errors import UserError
from core.files import write_text_atomically
from core.types import FINGER_COUNTS, IMAGE_SIZE, SIDES, Side, Uint8Array

Split = Literal["train", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)

FORMAT_VERSION = 1
NAME_BYTES = 96
"""File names are kept in fixed-width UTF-8 so that they, too, open by memory map."""
ABANDONED_AFTER_SECONDS = 6 * 3600

_VERSION = re.compile(r"[0-9a-f]{16}-[0-9a-f]{8}")

_DEFAULT_ROOT = Path(__file__).resolve().parents[2] / "data"


class DatasetError(UserError):
    """A dataset is missing, damaged, or cannot be imported."""


def data_root() -> Path:
    """The folder of all stores: ``$FINGERS_DATA`` if set, else ``data/`` of the project."""
    configured = os.environ.get("FINGERS_DATA")
    return Path(configured).expanduser() if configured else _DEFAULT_ROOT


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
    version = _current_version(folder)
    if version is None:
        raise DatasetError(
            f"There is no dataset '{name}' in {folder.parent}. "
            "Import one with: python -m core data import PATH"
        )
    while True:
        try:
            return _open_version(folder / version)
        except (OSError, ValueError, TypeError, EOFError, OverflowError, RecursionError) as error:
            replacement = _current_version(folder)
            # An import that ended just now removed the version that was to be opened.
            if isinstance(error, FileNotFoundError) and replacement not in (None, version):
                version = replacement
                continue
            raise DatasetError(
                f"The dataset '{name}' in {folder.parent} is damaged ({error}). Import it again."
            ) from error


def _current_version(folder: Path) -> str | None:
    """The name of the version in force; an unreadable name is returned as one that is not there."""
    try:
        version = (folder / "CURRENT").read_bytes()[:256].decode("ascii", "replace").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise DatasetError(f"The dataset in {folder} cannot be read: {error.strerror}.") from error
    return version if _VERSION.fullmatch(version) else "unreadable"


def _open_version(folder: Path) -> Dataset:
    facts = Facts(**json.loads((folder / "facts.json").read_text()))
    columns = {
        column: np.lib.format.open_memmap(folder / f"{column}.npy", mode="r")
        for column in ("images", "fingers", "sides", "splits", "names")
    }
    return Dataset(facts, **columns)


class StoreWriter:
    """Writes a new version of a store; nothing changes for readers until ``commit``.

    Use as a context manager: leaving it without ``commit`` removes what was written. Images are
    written in order through ordinary file writes, because a full disk then raises an error, where a
    memory map would end the process.
    """

    def __init__(self, name: str, origin: str, rendered: bool, root: Path | None = None) -> None:
        self._name = name
        self._origin = origin
        self._rendered = rendered
        self._folder = (root or data_root()) / name
        self._partial = self._folder / f".partial-{uuid.uuid4().hex}"
        self._digest = hashlib.sha256()
        self._written = 0
        self._images: BinaryIO | None = None

    def __enter__(self) -> "StoreWriter":
        self._partial.mkdir(parents=True)
        self._remove_abandoned()
        self._images = (self._partial / "images.npy").open("wb")
        # The count is not known yet: this header is as long as the final one that replaces it.
        self._write_header(0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._images is not None:
            # On a full disk closing writes, and fails, once more; the folder must go even so.
            with contextlib.suppress(OSError):
                self._images.close()
        shutil.rmtree(self._partial, ignore_errors=True)

    def append(self, images: Uint8Array) -> None:
        """Add images: (images, 128, 128) uint8, grey.

        Raises:
            OSError: the disk is full or not writable.
        """
        if images.dtype != np.uint8 or images.shape[1:] != (IMAGE_SIZE, IMAGE_SIZE):
            raise ValueError(f"images of shape {images.shape} and type {images.dtype}")
        assert self._images is not None
        content = np.ascontiguousarray(images).tobytes()
        self._images.write(content)
        self._digest.update(content)
        self._written += len(images)

    def commit(
        self,
        fingers: Sequence[int],
        sides: Sequence[Side],
        splits: Sequence[Split],
        names: Sequence[str],
    ) -> Facts:
        """Add the labels, one for each image, and bring the new version into force.

        Raises:
            ValueError: the labels do not fit the images.
            OSError: the disk is full or not writable.
        """
        if {len(fingers), len(sides), len(splits), len(names)} != {self._written}:
            raise ValueError("every image needs one of each label")
        assert self._images is not None
        self._write_header(self._written)
        self._images.flush()
        os.fsync(self._images.fileno())
        self._images.close()
        encoded_names = [name.encode() for name in names]
        if max(map(len, encoded_names)) > NAME_BYTES:
            raise ValueError(f"a file name is longer than {NAME_BYTES} bytes")
        columns = {
            "fingers": np.array(fingers, np.uint8),
            "sides": np.array([SIDES.index(side) for side in sides], np.uint8),
            "splits": np.array([SPLITS.index(split) for split in splits], np.uint8),
            "names": np.array(encoded_names, f"S{NAME_BYTES}"),
        }
        for column, values in columns.items():
            self._digest.update(values.tobytes())
            with (self._partial / f"{column}.npy").open("wb") as file:
                np.save(file, values, allow_pickle=False)
                file.flush()
                os.fsync(file.fileno())
        facts = Facts(
            format_version=FORMAT_VERSION,
            name=self._name,
            origin=self._origin,
            rendered=self._rendered,
            images=self._written,
            fingerprint=self._digest.hexdigest(),
            created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        )
        write_text_atomically(self._partial / "facts.json", json.dumps(asdict(facts), indent=2))
        version = f"{facts.fingerprint[:16]}-{uuid.uuid4().hex[:8]}"
        self._partial.rename(self._folder / version)
        previous = _current_version(self._folder)
        try:
            write_text_atomically(self._folder / "CURRENT", version)
        except BaseException:
            if _current_version(self._folder) != version:
                shutil.rmtree(self._folder / version, ignore_errors=True)
            raise
        # Only the version just replaced is removed: another may belong to an import that is about
        # to come into force. Readers that have it open keep their memory map.
        if previous is not None:
            shutil.rmtree(self._folder / previous, ignore_errors=True)
        return facts

    def _write_header(self, count: int) -> None:
        assert self._images is not None
        # The count is padded to a fixed width, so that the later header fits over the first.
        header = (
            "{'descr': '|u1', 'fortran_order': False, "
            f"'shape': ({count:>12}, {IMAGE_SIZE}, {IMAGE_SIZE})}}"
        )
        prefix = np.lib.format.magic(1, 0)
        padded = header.ljust(128 - len(prefix) - 2 - 1) + "\n"
        self._images.seek(0)
        self._images.write(prefix + len(padded).to_bytes(2, "little") + padded.encode("latin-1"))
        self._images.seek(0, os.SEEK_END)

    def _remove_abandoned(self) -> None:
        """Remove what killed imports left, and versions that two imports at once both replaced."""
        current = _current_version(self._folder)
        for entry in self._folder.iterdir():
            ours = entry.name.startswith(".partial-") or _VERSION.fullmatch(entry.name)
            if not ours or entry.name == current:
                continue
            # Another import may remove the same entry at this moment.
            with contextlib.suppress(FileNotFoundError):
                if time.time() - entry.stat().st_mtime > ABANDONED_AFTER_SECONDS:
                    shutil.rmtree(entry, ignore_errors=True)


def verify_fingerprint(dataset: Dataset) -> bool:
    """Whether the stored content still has the fingerprint it was written with (reads it all)."""
    digest = hashlib.sha256()
    for start in range(0, dataset.facts.images, 1024):
        digest.update(dataset.images[start : start + 1024].tobytes())
    for column in (dataset.fingers, dataset.sides, dataset.splits, dataset.names):
        digest.update(column.tobytes())
    return digest.hexdigest() == dataset.facts.fingerprint
