"""Small stores of images, for tests."""

from pathlib import Path

import numpy as np

from core.common.types import Side, Uint8Array
from core.datasets.store import Facts, Split
from core.datasets.store_writer import StoreWriter


def some_images(count: int, seed: int = 0) -> Uint8Array:
    """Images of noise."""
    return np.random.default_rng(seed).integers(0, 256, (count, 128, 128), dtype=np.uint8)


def write_store(root: Path, count: int = 6, seed: int = 0, name: str = "hands") -> Facts:
    """Write a store of such images; the last one is the test image."""
    sides: list[Side] = ["L" if index % 2 else "R" for index in range(count)]
    splits: list[Split] = ["test" if index == count - 1 else "train" for index in range(count)]
    with StoreWriter(name, origin="a test", rendered=False, root=root) as writer:
        for image in some_images(count, seed):
            writer.append(image[None])
        return writer.commit(
            fingers=[index % 6 for index in range(count)],
            sides=sides,
            splits=splits,
            names=[f"train/{index}.png" for index in range(count)],
        )


def version_folder(root: Path, name: str = "hands") -> Path:
    """The folder of the version in force."""
    return root / name / (root / name / "CURRENT").read_text()
