"""Fills a store with synthetic hands, and chooses it where the real dataset is not imported."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from core.common.progress import Progress
from core.common.types import FINGER_COUNTS, SIDES, Side
from core.datasets.importing import IMPORTED_NAME, report_disk_errors
from core.datasets.store import (
    Dataset,
    DatasetError,
    Facts,
    ImageLabel,
    Split,
    StoredBatch,
    open_store,
    store_exists,
    write_store,
)
from core.synthetic import dataset_look

RENDERED_NAME = "rendered"
DEFAULT_RENDERED_COUNT = 1_800
DEFAULT_RENDERED_SEED = 0
MIN_RENDERED_COUNT = len(FINGER_COUNTS) * len(SIDES)
"""With fewer images, some class would have none."""
MAX_RENDERED_COUNT = 100_000
MAX_RENDERED_SEED = 2**32 - 1

_CLASSES: tuple[tuple[int, Side], ...] = tuple(
    (fingers, side) for side in SIDES for fingers in FINGER_COUNTS
)
_TEST_EVERY = 6
_WORKERS = 2
_CHUNK = 64


_Drawing = tuple[ImageLabel, int]
"""An image to draw, and its seed."""


def render_store(
    count: int = DEFAULT_RENDERED_COUNT,
    seed: int = DEFAULT_RENDERED_SEED,
    root: Path | None = None,
    progress: Progress | None = None,
) -> Facts:
    """Render the store ``rendered``; the same count and seed give the same fingerprint.

    Counts and sides are balanced, and every sixth image of each is in the test split.

    Raises:
        DatasetError: count or seed is out of range, or the disk is full.
    """
    if not MIN_RENDERED_COUNT <= count <= MAX_RENDERED_COUNT:
        raise DatasetError(
            f"The number of images must be {MIN_RENDERED_COUNT} to {MAX_RENDERED_COUNT:,}, "
            f"not {count:,}."
        )
    if not 0 <= seed <= MAX_RENDERED_SEED:
        raise DatasetError(f"The seed must be 0 to {MAX_RENDERED_SEED:,}, not {seed:,}.")
    drawings = _plan(count, seed)
    with report_disk_errors(root):
        origin, batches = f"renderer, seed {seed}", _draw(drawings, progress)
        return write_store(RENDERED_NAME, origin, rendered=True, batches=batches, root=root)


def _plan(count: int, seed: int) -> list[_Drawing]:
    image_seeds = np.random.SeedSequence(seed).generate_state(count)
    drawings = []
    for index in range(count):
        block, place = divmod(index, len(_CLASSES))
        fingers, side = _CLASSES[place]
        # Shifted from block to block, so that even a single block has images of both splits.
        split: Split = "test" if (block + place) % _TEST_EVERY == 0 else "train"
        name = f"{split}/rendered_{seed}_{index:06}_{fingers}{side}.png"
        label = ImageLabel(fingers, side, split, name)
        drawings.append((label, int(image_seeds[index])))
    return sorted(drawings, key=lambda drawing: drawing[0].order)


def _draw(drawings: list[_Drawing], progress: Progress | None) -> Iterator[StoredBatch]:
    pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="dataset-render")
    try:
        for start in range(0, len(drawings), _CHUNK):
            chunk = drawings[start : start + _CHUNK]
            images = pool.map(
                lambda each: dataset_look.draw_dataset_image(
                    each[0].fingers, each[0].side, each[1]
                ),
                chunk,
            )
            yield np.stack(list(images)), [label for label, _ in chunk]
            if progress is not None:
                progress(start + len(chunk), len(drawings))
    finally:
        pool.shutdown(cancel_futures=True)


# Several sessions of the app may start at once; one of them renders, the others wait for it.
_rendering = threading.Lock()


def chosen_name() -> str | None:
    """The name of the store in use; None if there is none yet."""
    return next((name for name in (IMPORTED_NAME, RENDERED_NAME) if store_exists(name)), None)


def training_images() -> int:
    """How many training images ``best_dataset`` has, or will have once it is rendered.

    Raises:
        DatasetError: the store is damaged.
    """
    name = chosen_name()
    if name is None:
        return DEFAULT_RENDERED_COUNT - DEFAULT_RENDERED_COUNT // _TEST_EVERY
    return len(open_store(name).indices("train"))


def best_dataset(progress: Progress | None = None) -> Dataset:
    """The imported dataset if there is one, else the rendered one, which is created if missing.

    ``facts.rendered`` of the result says which one it is.

    Raises:
        DatasetError: the store is damaged, or the rendered one cannot be written.
    """
    with _rendering:
        name = chosen_name()
        if name is None:
            render_store(progress=progress)
            name = RENDERED_NAME
    return open_store(name)
