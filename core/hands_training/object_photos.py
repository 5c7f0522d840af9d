"""Photos of things that are no hands: flowers, fruit, animals, tools, from packages of Debian.

Objects cut out by the makers of Tux Paint (``tuxpaint-stamps-default``) are composited onto
synthetic backgrounds and onto photos that come with GCompris (``gcompris-qt-data``); these photos
are also taken as they are. Objects and photos fall into groups, and a composite is of one group, so
that whole groups can be held out.
"""

import csv
import io
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from core.common.errors import UserError
from core.common.files import write_bytes_atomically
from core.common.progress import Progress
from core.common.types import Uint8Array
from core.synthetic.background import BACKGROUNDS, draw_background

DATASET = "object_photos"
"""The name of the folder that is made."""

GROUPS = 30
COMPOSITES = 900
HEIGHT, WIDTH = 192, 256
MAX_OBJECT = 400
"""Longer side of an object in pixels, as it is kept."""

STAMPS = Path("usr/share/tuxpaint/stamps")
KINDS = (
    "animals", "clothes", "food", "hobbies", "household", "medical", "plants", "seasonal", "sports",
    "vehicles",
)  # fmt: skip
WITH_HANDS = re.compile("gorilla|chimp|monkey|glove|santa|body", re.IGNORECASE)

RESOURCES = Path("usr/share/gcompris-qt/rcc")
ACTIVITIES = (
    "categorization", "explore_farm_animals", "explore_monuments", "explore_world_animals",
)  # fmt: skip
"""Those whose pictures are photos."""

PETALS_AND_SKIN = (
    (248, 246, 240),
    (250, 236, 214),
    (240, 205, 190),
    (215, 160, 130),
    (120, 80, 60),
)
"""RGB tints under which an object looks most like a hand: white petals and skin."""


def write_object_photos(root: Path, target: Path, progress: Progress) -> int:
    """Make the dataset in a folder, from packages unpacked under ``root``; return its photos.

    The same packages always give the same photos.

    Raises:
        UserError: a package is not there.
        OSError: the disk is full or not writable.
    """
    objects, scenes = _by_group(_objects(root / STAMPS)), _by_group(_scenes(root / RESOURCES))
    if len(objects) < GROUPS or len(scenes) < GROUPS:
        raise UserError(
            f"{root} lacks the pictures of Debian's packages tuxpaint-stamps-default and "
            "gcompris-qt-data."
        )
    folder = target / DATASET
    (folder / "images").mkdir(parents=True, exist_ok=True)
    rows = []
    whole = [(group, scene) for group, found in sorted(scenes.items()) for scene in found]
    for number in range(COMPOSITES + len(whole)):
        if number < COMPOSITES:
            group = number % GROUPS
            rng = np.random.default_rng([number, 11])
            pixels = _composite(objects[group], scenes[group], rng)
        else:
            group, pixels = whole[number - COMPOSITES]
        file = f"images/{number:04d}.jpg"
        jpeg = cv2.imencode(".jpg", pixels[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])[1]
        write_bytes_atomically(folder / file, jpeg.tobytes())
        rows.append((file, f"g{group:02d}", ""))
        progress(number + 1, COMPOSITES + len(whole))
    table = io.StringIO()
    csv.writer(table).writerows([("file", "group", "fingers"), *rows])
    write_bytes_atomically(folder / "labels.csv", table.getvalue().encode())
    return len(rows)


def _by_group(named: Iterator[tuple[str, Uint8Array]]) -> dict[int, list[Uint8Array]]:
    groups: dict[int, list[Uint8Array]] = {}
    for name, pixels in named:
        groups.setdefault(zlib.crc32(name.encode()) % GROUPS, []).append(pixels)
    return groups


def _objects(folder: Path) -> Iterator[tuple[str, Uint8Array]]:
    """(height, width, 4) uint8 RGB and opacity, with names without their numbers."""
    for kind in KINDS:
        for path in sorted((folder / kind).rglob("*.png")):
            picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
            if picture is None or picture.ndim < 3 or picture.shape[2] != 4:
                continue
            if picture.dtype != np.uint8 or WITH_HANDS.search(path.stem):
                continue
            pixels = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGRA2RGBA), np.uint8)
            yield re.sub(r"[\d_.-]+", "", path.stem), _shrunk(pixels, MAX_OBJECT)


def _scenes(folder: Path) -> Iterator[tuple[str, Uint8Array]]:
    """(height, width, 3) uint8 RGB, with names: what Qt's resource files hold uncompressed."""
    for activity in ACTIVITIES:
        path = folder / f"{activity}.rcc"
        content = path.read_bytes() if path.is_file() else b""
        for start in re.finditer(rb"RIFF....WEBP|\xff\xd8\xff[\xe0\xe1\xdb]", content, re.DOTALL):
            encoded = _picture_at(content, start.start())
            if not encoded:
                continue
            picture = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR_RGB)
            if picture is not None and min(picture.shape[:2]) >= 100:
                name = f"{activity} {zlib.crc32(encoded)}"
                yield name, _shrunk(np.asarray(picture, np.uint8), WIDTH)


def _picture_at(content: bytes, start: int) -> bytes:
    if content[start : start + 4] == b"RIFF":
        return content[start : start + 8 + int.from_bytes(content[start + 4 : start + 8], "little")]
    # Behind the end of a thumbnail, if there is one.
    end = content.find(b"\xff\xd9", start + 1_000)
    return content[start : end + 2] if end > 0 else b""


def _shrunk(pixels: Uint8Array, longest: int) -> Uint8Array:
    scale = min(1.0, longest / max(pixels.shape[:2]))
    size = [max(1, round(length * scale)) for length in pixels.shape[1::-1]]
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _composite(
    objects: list[Uint8Array], scenes: list[Uint8Array], rng: np.random.Generator
) -> Uint8Array:
    """(192, 256, 3) uint8 RGB: one large object, several, or many of one kind."""
    picture = _background(scenes, rng)
    kind = objects[int(rng.integers(len(objects)))]
    many = rng.random() < 0.4
    tint = _tint(rng) if rng.random() < 0.5 else None
    largest = float(np.exp(rng.uniform(np.log(0.25), np.log(1.2)))) * HEIGHT
    for _ in range(int(rng.integers(3, 14)) if many else int(rng.integers(1, 4))):
        chosen = kind if many else objects[int(rng.integers(len(objects)))]
        size = largest * float(rng.uniform(0.6, 1))
        _put(picture, chosen, size, tint, rng)
    blurred = cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.3, 1.1)))
    lit = np.asarray(blurred, np.float32) * np.float32(rng.uniform(0.6, 1.2))
    return np.asarray(np.clip(np.rint(lit), 0, 255), np.uint8)


def _background(scenes: list[Uint8Array], rng: np.random.Generator) -> Uint8Array:
    if rng.random() < 0.4:
        scene = scenes[int(rng.integers(len(scenes)))]
        return np.asarray(cv2.resize(scene, (WIDTH, HEIGHT)), np.uint8)
    kind = BACKGROUNDS[int(rng.choice(4, p=[0.4, 0.35, 0.03, 0.22]))]
    light = draw_background(kind, HEIGHT, WIDTH, rng)
    return np.asarray(np.rint(255 * np.sqrt(np.clip(light, 0, 1))), np.uint8)


def _tint(rng: np.random.Generator) -> Uint8Array:
    tint = np.array(PETALS_AND_SKIN[int(rng.integers(len(PETALS_AND_SKIN)))])
    return np.asarray(np.clip(tint * rng.normal(1, 0.05, 3), 0, 255), np.uint8)


def _put(
    picture: Uint8Array, thing: Uint8Array, size: float, tint: Uint8Array | None,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """Composite an object anywhere, at any angle, perhaps in another colour."""
    height, width = thing.shape[:2]
    scale = size / max(height, width)
    placement = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(0, 360), scale)
    placement[:, 2] += rng.uniform(0.1, 0.9, 2) * (WIDTH, HEIGHT) - (width / 2, height / 2)
    moved = cv2.warpAffine(thing, placement, (WIDTH, HEIGHT), flags=cv2.INTER_AREA)
    colours = moved[:, :, :3].astype(np.float32)
    if tint is not None:
        grey = colours.mean(axis=2, keepdims=True)
        visible = grey[moved[:, :, 3] > 128]
        brightest = float(np.percentile(visible, 95)) if visible.size else 255.0
        colours = np.minimum(grey / max(brightest, 1.0), 1) * tint
    opacity = moved[:, :, 3:].astype(np.float32) / 255
    picture[:] = np.rint(picture + opacity * (colours - picture)).astype(np.uint8)
