"""Small datasets as zips and folders of image files, to be imported."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.common.types import Uint8Array
from core.datasets.importing import ImportReport

Files = dict[str, bytes]
"""Path inside the zip or folder -> content."""

ImportFiles = Callable[..., ImportReport]
"""Writes files into a zip and imports it; takes the options of an import."""


def grey_pixels(seed: int) -> Uint8Array:
    """An image of noise, as large as those of the dataset."""
    return np.random.default_rng(seed).integers(0, 256, (128, 128), dtype=np.uint8)


def encode(pixels: Uint8Array, file_format: str = "PNG", **options: Any) -> bytes:
    """Pixels as the content of an image file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, file_format, **options)
    return buffer.getvalue()


def small_dataset(seed: int = 0) -> Files:
    """Every count of both hands, once in train and once in test."""
    return {
        f"{split}/{index:02}-{seed}_{fingers}{side}.png": encode(
            grey_pixels(1_000 * seed + 12 * index + 2 * fingers + (side == "R"))
        )
        for index, split in enumerate(("train", "test"))
        for fingers in range(6)
        for side in "LR"
    }


def write_zip(path: Path, files: Files, compression: int = zipfile.ZIP_DEFLATED) -> Path:
    """Write files into a zip; gives its path back."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def write_folder(path: Path, files: Files) -> Path:
    """Write files into a folder; gives its path back."""
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def nested(files: Files) -> Files:
    """The same files, one folder deeper."""
    return {f"fingers/{name}": content for name, content in files.items()}
