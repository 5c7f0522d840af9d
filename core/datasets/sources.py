"""Reads an untrusted zip or folder with ``train/`` and ``test/`` for an import.

A source lists its images, sorted by split and name, and reads them one at a time into memory.
Nothing is ever written to disk under a name from the source.
"""

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import TypeVar, cast

from core.common.types import Side
from core.datasets.store import NAME_BYTES, SPLITS, DatasetError, ImageLabel, Split

MAX_IMAGE_BYTES = 1024**2
MAX_FILES = 200_000
MAX_TOTAL_BYTES = 4 * 1024**3
MAX_ZIP_BYTES = 2 * 1024**3
MAX_ZIP_READ = 64 * 1024**2
"""The longest single read of a zip; its table of contents is the longest one needed."""

_PLAIN_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
)
"""What zipfile raises on damaged and malicious files; RuntimeError if it lacks a feature."""

NESTED_PREFIX = "fingers/"
"""Kaggle's zip contains the same tree a second time under this folder."""
_SPLIT_PREFIXES = tuple(f"{split}/" for split in SPLITS)
_IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".gif", ".heic")
_NAME = re.compile(r"(?P<split>train|test)/[^/]*_(?P<fingers>[0-5])(?P<side>[LR])\.[^./]+")
_JUNK_FOLDER = "__MACOSX"
_JUNK_FILES = (".DS_Store", "._")

Location = TypeVar("Location")


class RefusedImageError(Exception):
    """One image cannot be imported; the message says why, without the image's name."""


@dataclass
class Listing:
    """The contents of a source: its images in the order of a store, train first, then by name.

    Refused are the names of images that cannot be imported, each with the reason; the other files
    are only counted.
    """

    images: list[ImageLabel] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    ignored: int = 0


def printable(name: str) -> str:
    """An untrusted file name, shortened and without terminal control characters."""
    shown = "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in name[:120]
    )
    return shown if len(name) <= 120 else f"{shown}…"


@dataclass(frozen=True)
class ImageSource:
    """A zip or a folder to import from.

    Attributes:
        listing: its images, and what is refused.
        read: gives the content of one image; may be called by several threads at once. It raises
            RefusedImageError if the image cannot be read, or its copies differ.
    """

    listing: Listing
    read: Callable[[ImageLabel], bytes]


@contextmanager
def open_source(path: Path) -> Iterator[ImageSource]:
    """Open a zip or a folder.

    Raises:
        DatasetError: it is neither, or it is damaged or malicious.
    """
    with ExitStack() as opened:
        try:
            if path.is_dir():
                source = _folder_source(path.resolve())
            elif path.is_file():
                source = _zip_source(path, opened)
            else:
                raise DatasetError(f"There is no zip file or folder {path}.")
        except OSError as error:
            raise DatasetError(f"{path} cannot be read: {error.strerror or error}.") from error
        yield source


def _zip_source(path: Path, opened: ExitStack) -> ImageSource:
    if path.stat().st_size > MAX_ZIP_BYTES:
        raise DatasetError(f"{path} is larger than {MAX_ZIP_BYTES // 1024**3} GB.")
    file = opened.enter_context(_BoundedReader(path.open("rb", buffering=0)))
    try:
        archive = opened.enter_context(zipfile.ZipFile(file))
        listing, copies = list_images(_members(archive))
    except _ZIP_ERRORS as error:
        raise DatasetError(
            f"{path} is not a zip file, or it is cut off or damaged ({error}). Download it again."
        ) from error
    return ImageSource(listing, lambda image: _read_members(archive, copies[image.name]))


def _members(archive: zipfile.ZipFile) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    members = archive.infolist()
    if len(members) > MAX_FILES:
        raise DatasetError(f"The zip holds more than {MAX_FILES:,} files.")
    if sum(member.file_size for member in members) > MAX_TOTAL_BYTES:
        raise DatasetError(
            f"The zip would unpack to more than {MAX_TOTAL_BYTES // 1024**3} GB, far more than the "
            "Fingers dataset. Download it again from Kaggle."
        )
    for member in members:
        _check_member(member)
        if not member.filename.endswith("/"):
            yield member.filename, member


def _read_members(archive: zipfile.ZipFile, members: Sequence[zipfile.ZipInfo]) -> bytes:
    first, *copies = members
    if any((copy.CRC, copy.file_size) != (first.CRC, first.file_size) for copy in copies):
        raise RefusedImageError("occurs twice with different content")
    if first.file_size > MAX_IMAGE_BYTES:
        raise RefusedImageError(f"is larger than {MAX_IMAGE_BYTES // 1024**2} MB")
    try:
        with archive.open(first) as member:
            content = member.read(MAX_IMAGE_BYTES + 1)
            # zipfile checks the checksum only at the end of the file.
            surplus = member.read(1)
    except _ZIP_ERRORS as error:
        raise RefusedImageError(f"is damaged inside the zip ({error})") from error
    if surplus or len(content) != first.file_size:
        raise RefusedImageError("is not of the size that the zip says")
    return content


def _folder_source(root: Path) -> ImageSource:
    """The images in ``train/`` and ``test/``, at the root and nested; nothing else is read."""
    listing, copies = list_images(_files(root))

    def read(image: ImageLabel) -> bytes:
        contents = {_read_bounded(path) for path in copies[image.name]}
        if len(contents) > 1:
            raise RefusedImageError("occurs twice with different content")
        return contents.pop()

    return ImageSource(listing, read)


def _files(root: Path) -> Iterator[tuple[str, Path]]:
    count = 0
    for prefix, split in product(("", NESTED_PREFIX), SPLITS):
        folder = root / prefix / split
        for path in folder.iterdir() if folder.is_dir() else ():
            count += 1
            if count > MAX_FILES:
                raise DatasetError(f"{root} holds more than {MAX_FILES:,} files.")
            # The link may be the file itself or a folder above it.
            if not path.resolve().is_relative_to(root):
                raise DatasetError(
                    f"{printable(str(path))} is a link that leads out of {root}. Copy the images "
                    "themselves into the folder."
                )
            if path.is_file():
                yield f"{prefix}{split}/{path.name}", path


class _BoundedReader(io.BufferedReader):
    """A file for zipfile that refuses single reads far larger than a dataset's zip needs.

    zipfile reads the table of contents at once, whatever length the zip claims.
    """

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            return super().read(MAX_ZIP_READ)
        if size > MAX_ZIP_READ:
            raise zipfile.BadZipFile("its table of contents is too long")
        return super().read(size)


def _check_member(member: zipfile.ZipInfo) -> None:
    name = member.filename
    if name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/"):
        raise DatasetError(
            f"The zip names a file outside its own folder: {printable(name)}. It is not imported; "
            "download the dataset again from Kaggle."
        )
    if stat.S_ISLNK(member.external_attr >> 16):
        raise DatasetError(f"The zip holds a link, {printable(name)}. It is not imported.")
    if member.flag_bits & 1:
        raise DatasetError("The zip is protected by a password. Unpack it and import the folder.")
    if member.compress_type not in _PLAIN_COMPRESSIONS:
        raise DatasetError("The zip uses an unusual compression. Unpack it and import the folder.")


def _read_bounded(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_IMAGE_BYTES + 1)
    except OSError as error:
        raise RefusedImageError(f"cannot be read ({error.strerror})") from error
    if len(content) > MAX_IMAGE_BYTES:
        raise RefusedImageError(f"is larger than {MAX_IMAGE_BYTES // 1024**2} MB")
    return content


def list_images(
    located: Iterable[tuple[str, Location]],
) -> tuple[Listing, dict[str, list[Location]]]:
    """List the images, with the locations of each image's copies."""
    listing = Listing()
    copies: dict[str, list[Location]] = {}
    for path, location in located:
        parts = path.split("/")
        if parts[-1].startswith(_JUNK_FILES) or _JUNK_FOLDER in parts:
            continue
        name = path.removeprefix(NESTED_PREFIX)
        if name.startswith(_SPLIT_PREFIXES) and name.lower().endswith(_IMAGE_SUFFIXES):
            copies.setdefault(name, []).append(location)
        else:
            listing.ignored += 1
    for name in sorted(copies):
        try:
            listing.images.append(_parse_name(name))
        except RefusedImageError as error:
            listing.refused.append((name, str(error)))
    listing.images.sort(key=lambda image: image.order)
    return listing, copies


def _parse_name(name: str) -> ImageLabel:
    labels = _NAME.fullmatch(name)
    if labels is None:
        raise RefusedImageError(
            "is not named like an image of the dataset: train/… or test/…, ending in "
            "_, a count from 0 to 5, and L or R"
        )
    try:
        encoded = name.encode()
    except UnicodeEncodeError as error:
        raise RefusedImageError("has a name that is not text") from error
    if len(encoded) > NAME_BYTES:
        raise RefusedImageError(f"has a name longer than {NAME_BYTES} bytes")
    side, split = cast("Side", labels["side"]), cast("Split", labels["split"])
    return ImageLabel(int(labels["fingers"]), side, split, name)
