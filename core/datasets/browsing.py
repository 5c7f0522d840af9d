"""Example images: from the imported dataset if there is one, else synthetic."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from core.common.types import SIDES, Side, Uint8Array
from core.datasets.importing import IMPORTED_NAME
from core.datasets.store import NAME_BYTES, DatasetError, open_store_if_any
from core.synthetic.dataset_look import draw_dataset_image

_EXAMPLE = 7
"""The seed of drawn examples."""

_NOISE = 3.0
"""Its deviation, in grey levels."""


@lru_cache(maxsize=128)
def _drawn(fingers: int, side: Side, seed: int) -> Uint8Array:
    """Drawn once: it takes 10 ms."""
    image = draw_dataset_image(fingers, side, seed)
    image.setflags(write=False)
    return image


@dataclass(frozen=True)
class ExampleFile:
    """One image (128, 128) uint8, grey, with what its file's name says; or drawn."""

    name: str
    fingers: int
    side: Side
    image: Uint8Array
    drawn: bool


def example_file(fingers: int, side: Side) -> ExampleFile:
    """The first file of one class, drawn if no dataset is imported.

    Raises:
        DatasetError: the imported dataset is damaged, or has no image of this class.
    """
    dataset = open_store_if_any(IMPORTED_NAME)
    if dataset is None:
        image = _drawn(fingers, side, _EXAMPLE)
        return ExampleFile(f"train/drawn_{fingers}{side}.png", fingers, side, image, drawn=True)
    of_class = np.flatnonzero((dataset.fingers == fingers) & (dataset.sides == SIDES.index(side)))
    if not len(of_class):
        raise DatasetError(f"The dataset has no image of {fingers} fingers, hand {side}.")
    first = int(of_class[0])
    image = np.array(dataset.images[first])
    return ExampleFile(dataset.file_name(first), fingers, side, image, drawn=False)


def drawn_near_duplicate(fingers: int, side: Side) -> tuple[Uint8Array, Uint8Array]:
    """Two images (128, 128) uint8, grey, that differ as near-duplicates do: drawn, and once more.

    The second one is the first, one pixel further to the right, with other noise of the camera.
    """
    image = _drawn(fingers, side, _EXAMPLE)
    noise = np.random.default_rng(_EXAMPLE).normal(0, _NOISE, image.shape)
    moved = np.roll(image, 1, axis=1) + noise
    return image, np.clip(np.rint(moved), 0, 255).astype(np.uint8)


def class_samples(fingers: int, side: Side, number: int, count: int) -> tuple[Uint8Array, bool]:
    """At most ``count`` images (images, 128, 128) uint8, grey, of one class, and whether drawn.

    They are drawn if no dataset is imported; another number gives others.

    Raises:
        DatasetError: the imported dataset is damaged.
    """
    dataset = open_store_if_any(IMPORTED_NAME)
    if dataset is None:
        seeds = range(number * count, (number + 1) * count)
        return np.stack([_drawn(fingers, side, seed) for seed in seeds]), True
    of_class = (dataset.fingers == fingers) & (dataset.sides == SIDES.index(side))
    shuffled = np.random.default_rng(number).permutation(np.flatnonzero(of_class))
    return dataset.images[shuffled[:count]], False


def images_by_name(names: Sequence[str]) -> dict[str, Uint8Array]:
    """Images (128, 128) uint8, grey, by name: those of the imported dataset, if any, among these.

    Raises:
        DatasetError: the imported dataset is damaged.
    """
    dataset = open_store_if_any(IMPORTED_NAME)
    if dataset is None:
        return {}
    wanted = np.array([name.encode() for name in names], f"S{NAME_BYTES}")
    return {
        dataset.file_name(int(index)): np.array(dataset.images[index])
        for index in np.flatnonzero(np.isin(dataset.names, wanted))
    }
