"""The store of labelled 128×128 images: one memory-mapped file, replaced atomically.

A store is a file ``<root>/<name>.npy``: the images, their labels, and its facts as JSON.
``numpy.load`` returns the images. A new store is written beside the old one and renamed over it, so
that a crash, a full disk or a simultaneous import never damages the old one.
"""

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from core.common.environment import now
from core.common.errors import UserError
from core.common.files import DAMAGED_ARRAYS, atomic_writer
from core.common.paths import DATA_ROOT
from core.common.serialization import decode, encode
from core.common.types import FINGER_COUNTS, IMAGE_SIZE, SIDES, Side, Uint8Array

Split = Literal["train", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)

FORMAT_VERSION = 2
NAME_BYTES = 96
"""File names are stored as fixed-width UTF-8, so that they can be memory-mapped, too."""

ABANDONED_AFTER_SECONDS = 6 * 3600

_PIXELS = np.dtype(np.uint8)
_LABELS = np.dtype([("fingers", "u1"), ("sides", "u1"), ("splits", "u1"), ("names", "S96")])
_MAX_FACTS_BYTES = 10_000


class DatasetError(UserError):
    """A dataset is missing, damaged, or cannot be imported."""


def data_root() -> Path:
    """The folder of all stores: ``$FINGERS_DATA`` if set, else ``DATA_ROOT``."""
    configured = os.environ.get("FINGERS_DATA")
    return Path(configured).expanduser() if configured else DATA_ROOT


def store_path(name: str, root: Path | None = None) -> Path:
    """The file of a store."""
    return (root or data_root()) / f"{name}.npy"


class ImageLabel(NamedTuple):
    """The label of one image; ``name`` is its file name, ``<split>/…``."""

    fingers: int
    side: Side
    split: Split
    name: str

    @property
    def order(self) -> tuple[int, str]:
        """The sort key within a store: train first, then by name."""
        return SPLITS.index(self.split), self.name


StoredBatch = tuple[Uint8Array, Sequence[ImageLabel]]
"""Images, (images, 128, 128) uint8, grey, and one label for each."""


@dataclass(frozen=True)
class Facts:
    """A store's description of itself."""

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
        if self.images < 1 or len(self.fingerprint) != 64:
            raise ValueError("the number of images or the fingerprint is wrong")


@dataclass(frozen=True, eq=False)
class Dataset:
    """An opened store. The arrays are read-only memory maps.

    For another process it is pickled as its path, which must lead to the same store there.

    Attributes:
        images: (images, 128, 128) uint8, grey, 0 to 255.
        fingers: (images,) uint8, how many fingers are up, 0 to 5.
        sides: (images,) uint8, index into ``SIDES``.
        splits: (images,) uint8, index into ``SPLITS``.
        names: (images,) fixed-width UTF-8, the file names of the images.

    Raises:
        ValueError: the arrays are inconsistent with each other or the facts.
    """

    facts: Facts
    images: Uint8Array
    fingers: Uint8Array
    sides: Uint8Array
    splits: Uint8Array
    names: np.ndarray[tuple[int], np.dtype[np.bytes_]]

    def __post_init__(self) -> None:
        count = self.facts.images
        if self.images.shape != (count, IMAGE_SIZE, IMAGE_SIZE) or self.names.shape != (count,):
            raise ValueError("the number of images or their size is wrong")
        limits = {"fingers": len(FINGER_COUNTS), "sides": len(SIDES), "splits": len(SPLITS)}
        for column, limit in limits.items():
            values = getattr(self, column)
            if values.shape != (count,) or values.max() >= limit:
                raise ValueError(f"the column '{column}' is wrong")

    def __reduce__(self) -> tuple[Callable[..., "Dataset"], tuple[str, Path, str]]:
        assert isinstance(self.images, np.memmap)
        path = Path(str(self.images.filename))
        return _open_same, (path.stem, path.parent, self.facts.fingerprint)

    def indices(self, split: Split) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
        """The indices of a split's images, in the order of the store."""
        return np.flatnonzero(self.splits == SPLITS.index(split))

    def file_name(self, index: int) -> str:
        """The file name of one image."""
        return bytes(self.names[index]).decode()


def store_exists(name: str, root: Path | None = None) -> bool:
    """Whether a complete store of that name exists, even in the previous format."""
    path = store_path(name, root)
    return path.is_file() or _former(path).is_file()


def open_store_if_any(name: str) -> Dataset | None:
    """A store in the usual place, None if there is none of that name.

    Raises:
        DatasetError: it is damaged.
    """
    return open_store(name) if store_exists(name) else None


def open_store(name: str, root: Path | None = None) -> Dataset:
    """Memory-map a store; it stays readable when the file is replaced or removed.

    Raises:
        DatasetError: there is none of that name, or it is damaged.
    """
    path = store_path(name, root)
    try:
        with path.open("rb") as file:
            images, labels = _map_array(file, _PIXELS), _map_array(file, _LABELS)
            facts = decode(Facts, file.read(_MAX_FACTS_BYTES))
        return Dataset(facts, images, *(labels[column] for column in _LABELS.fields or ()))
    except (FileNotFoundError, NotADirectoryError) as error:
        what = f"There is no dataset '{name}' in {path.parent}. Import one"
        if _former(path).is_file():
            what = f"{_former(path).parent} is of an earlier version. Delete it and import it again"
        raise DatasetError(f"{what} with: python -m core data import PATH") from error
    except DAMAGED_ARRAYS as error:
        raise DatasetError(
            f"The dataset '{name}' in {path.parent} is damaged ({error}). Import it again."
        ) from error


@lru_cache(maxsize=1)
def _open_same(name: str, root: Path, fingerprint: str) -> Dataset:
    """The store that another process has open, once for all that this process does with it."""
    dataset = open_store(name, root)
    if dataset.facts.fingerprint != fingerprint:
        raise DatasetError(f"{store_path(name, root)} is another dataset than the client's.")
    return dataset


def _former(path: Path) -> Path:
    """The store's main file in format 1, in which a store was a folder."""
    return path.with_suffix("") / "CURRENT"


def _map_array(file: BinaryIO, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """Map the array that begins here, and seek to its end."""
    np.lib.format.read_magic(file)
    shape, fortran_order, found = np.lib.format.read_array_header_1_0(file)
    # A mapped array of objects would follow any pointers in the file.
    if fortran_order or found != dtype:
        raise ValueError(f"{found} instead of {dtype}")
    start = file.tell()
    array = np.memmap(file, dtype, "r", start, shape)
    file.seek(start + array.nbytes)
    return array


def write_store(
    name: str, origin: str, rendered: bool, batches: Iterable[StoredBatch], root: Path | None = None
) -> Facts:
    """Write a store, replacing one of the same name; an error leaves the old one unchanged.

    It uses ordinary file writes, because a full disk then raises an error, while with a memory map
    it would kill the process. The batches come in the order of the store.

    Raises:
        ValueError: there are no images, or they do not match the format or their labels.
        OSError: the disk is full or not writable.
    """
    path = store_path(name, root)
    _remove_abandoned(path)
    digest = hashlib.sha256()
    rows: list[tuple[int, int, int, bytes]] = []
    with atomic_writer(path) as file:
        _write_header(file, _PIXELS, (0, IMAGE_SIZE, IMAGE_SIZE))
        for images, labels in batches:
            if images.dtype != _PIXELS or images.shape != (len(labels), IMAGE_SIZE, IMAGE_SIZE):
                raise ValueError(f"{len(labels)} labels of {images.dtype} {images.shape}")
            content = images.tobytes()
            file.write(content)
            digest.update(content)
            for fingers, side, split, file_name in labels:
                encoded = file_name.encode()
                if len(encoded) > NAME_BYTES:
                    raise ValueError(f"a file name is longer than {NAME_BYTES} bytes")
                rows.append((fingers, SIDES.index(side), SPLITS.index(split), encoded))
        # NumPy's header has the same length for any number of images.
        file.seek(0)
        _write_header(file, _PIXELS, (len(rows), IMAGE_SIZE, IMAGE_SIZE))
        file.seek(0, os.SEEK_END)
        table = np.array(rows, _LABELS)
        _write_header(file, _LABELS, table.shape)
        file.write(table.tobytes())
        for column in _LABELS.fields or ():
            digest.update(table[column].tobytes())
        fingerprint = digest.hexdigest()
        facts = Facts(FORMAT_VERSION, name, origin, rendered, len(rows), fingerprint, now())
        # It ends in its closing brace, so that a file cut off anywhere is noticed.
        file.write(encode(facts).rstrip().encode())
    return facts


def _write_header(file: BinaryIO, dtype: np.dtype[Any], shape: tuple[int, ...]) -> None:
    descr = np.lib.format.dtype_to_descr(dtype)
    np.lib.format.write_array_header_1_0(
        file, {"descr": descr, "fortran_order": False, "shape": shape}
    )


def _remove_abandoned(path: Path) -> None:
    """Remove partial files of imports that were killed."""
    for partial in path.parent.glob(f".{path.name}.*"):
        # Another import may remove the same file at the same time.
        with suppress(OSError):
            if time.time() - partial.stat().st_mtime > ABANDONED_AFTER_SECONDS:
                partial.unlink()


def verify_fingerprint(dataset: Dataset) -> bool:
    """Whether the content still matches the stored fingerprint (reads every image)."""
    digest = hashlib.sha256()
    for start in range(0, dataset.facts.images, 1024):
        digest.update(dataset.images[start : start + 1024].tobytes())
    for column in (dataset.fingers, dataset.sides, dataset.splits, dataset.names):
        digest.update(column.tobytes())
    return digest.hexdigest() == dataset.facts.fingerprint
