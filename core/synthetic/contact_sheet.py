"""Contact sheets of synthetic hands for the documentation."""

from pathlib import Path

import cv2
import numpy as np

from core.common.types import FACES, FINGER_COUNTS, SIDES, Uint8Array
from core.synthetic.dataset_look import draw_dataset_image
from core.synthetic.fingers import ALL_COMBINATIONS
from core.synthetic.photo import PhotoSettings, draw_photo

_DATASET_COLUMNS = 8
_PHOTO_COLUMNS = 8
_PHOTO_ROWS = 5
_PHOTO_SIZE = 144
# The two lowest bits are noise, which PNG cannot compress.
_KEPT_BITS = np.uint8(0xFC)


def dataset_sheet() -> Uint8Array:
    """Images in the dataset's style: one row per count, right and left hands."""
    rows = [
        np.hstack([draw_dataset_image(count, SIDES[1 - i % 2], i) for i in range(_DATASET_COLUMNS)])
        for count in FINGER_COUNTS
    ]
    return np.vstack(rows)


def free_sheet() -> Uint8Array:
    """Colour photos (RGB) of many combinations, palms and backs, in all kinds of scenes."""
    photos = []
    for number in range(_PHOTO_COLUMNS * _PHOTO_ROWS):
        fingers = ALL_COMBINATIONS[number * 5 % 32] if number % 2 else None
        settings = PhotoSettings(
            width=2 * _PHOTO_SIZE,
            height=2 * _PHOTO_SIZE,
            hands=2 if number % 13 == 12 else 1,
            fingers=fingers,
            face=FACES[number // 2 % 2],
            size=(0.45, 0.9),
            disturbance=0.25,
        )
        pixels = draw_photo(1000 + number, settings).pixels
        size = (_PHOTO_SIZE, _PHOTO_SIZE)
        small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        photos.append(np.asarray(small, dtype=np.uint8) & _KEPT_BITS)
    return np.vstack(
        [np.hstack(photos[i : i + _PHOTO_COLUMNS]) for i in range(0, len(photos), _PHOTO_COLUMNS)]
    )


def write_contact_sheets(folder: Path) -> list[Path]:
    """Write both contact sheets as PNG files to a folder and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / "rendered_dataset_look.png", folder / "rendered_free_poses.png"]
    sheets = [dataset_sheet(), np.ascontiguousarray(free_sheet()[..., ::-1])]
    for path, sheet in zip(paths, sheets, strict=True):
        ok, data = cv2.imencode(".png", sheet, [cv2.IMWRITE_PNG_COMPRESSION, 9])
        if not ok:
            raise RuntimeError(f"{path.name} could not be encoded")
        path.write_bytes(data.tobytes())
    return paths
