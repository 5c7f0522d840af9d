"""Recognises the dataset's images in a zip or folder by their names."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar, cast

from core.common.types import Side
from core.datasets.store import NAME_BYTES, SPLITS, ImageLabel, Split

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
