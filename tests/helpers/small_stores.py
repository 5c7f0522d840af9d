"""Small stores of images, for tests."""

from pathlib import Path

import numpy as np

from core.common.types import Uint8Array
from core.datasets import store
from core.datasets.store import Facts, ImageLabel


def some_images(count: int, seed: int = 0) -> Uint8Array:
    """Images of noise."""
    return np.random.default_rng(seed).integers(0, 256, (count, 128, 128), dtype=np.uint8)


def some_labels(count: int) -> list[ImageLabel]:
    """Labels of such images; the last one is the test image."""
    return [
        ImageLabel(
            index % 6,
            "L" if index % 2 else "R",
            "test" if index == count - 1 else "train",
            f"train/{index}.png",
        )
        for index in range(count)
    ]


def write_store(root: Path, count: int = 6, seed: int = 0, name: str = "hands") -> Facts:
    """Write a store of such images, one by one."""
    pairs = zip(some_images(count, seed), some_labels(count), strict=True)
    batches = ((image[None], [label]) for image, label in pairs)
    return store.write_store(name, "a test", rendered=False, batches=batches, root=root)


def leftovers(root: Path) -> list[str]:
    """What lies in the folder of all stores beside stores."""
    return [entry.name for entry in root.iterdir() if entry.suffix != ".npy"]
