"""Example images: from the imported dataset if there is one, else synthetic."""

from collections.abc import Sequence

import numpy as np

from core.common.types import SIDES, Side, Uint8Array
from core.datasets.importing import IMPORTED_NAME
from core.datasets.store import NAME_BYTES, open_store_if_any
from core.synthetic.dataset_look import draw_dataset_image


def class_samples(fingers: int, side: Side, number: int, count: int) -> tuple[Uint8Array, bool]:
    """At most ``count`` images (images, 128, 128) uint8, grey, of one class, and whether drawn.

    They are drawn if no dataset is imported; another number gives others.

    Raises:
        DatasetError: the imported dataset is damaged.
    """
    dataset = open_store_if_any(IMPORTED_NAME)
    if dataset is None:
        seeds = range(number * count, (number + 1) * count)
        return np.stack([draw_dataset_image(fingers, side, seed) for seed in seeds]), True
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
