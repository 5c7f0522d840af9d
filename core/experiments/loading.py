"""How long the images take to become one array: file by file, as in the article, and from here."""

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from core.common.serialization import AtLeastOne, Positive
from core.common.types import Uint8Array
from core.datasets.store import Dataset, open_store
from core.experiments import Experiment
from core.experiments.records.store import Provenance, provenance_of

_METHOD = (
    "File by file: every PNG of a folder is decoded by OpenCV, one after the other, and all are "
    "stacked to one array. The store: one file, whose pixels stand one image after the other, is "
    "opened and read. Both were in the system's file cache. Seconds are of one processor core."
)


@dataclass(frozen=True)
class LoadingRecord:
    """Both ways to the same array.

    Attributes:
        images: that were loaded.
        file_seconds, store_seconds: of processor time, from the files to the array in memory.
        file_megabytes, store_megabytes: on the disk, of 1,000,000 bytes.
    """

    provenance: Provenance
    method: str
    images: AtLeastOne
    file_seconds: Positive
    store_seconds: Positive
    file_megabytes: Positive
    store_megabytes: Positive


def run(dataset: Dataset) -> LoadingRecord:
    """Write the images as the dataset's PNG files, and load them both ways; takes a minute."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number:05}.png" for number in range(len(dataset.images))]
        for path, image in zip(paths, dataset.images, strict=True):
            path.write_bytes(cv2.imencode(".png", np.asarray(image))[1].tobytes())
        size = sum(path.stat().st_size for path in paths)
        started = time.process_time()
        from_files = _load_files(paths)
        file_seconds = time.process_time() - started
    assert isinstance(dataset.images, np.memmap)
    store = Path(str(dataset.images.filename))
    np.array(dataset.images)
    started = time.process_time()
    from_store = np.array(open_store(store.stem, store.parent).images)
    store_seconds = time.process_time() - started
    if not np.array_equal(from_files, from_store):
        raise ValueError("the two ways gave different images")
    return LoadingRecord(
        provenance=provenance_of(dataset, 0, ("numpy",)),
        method=_METHOD,
        images=len(paths),
        file_seconds=round(file_seconds, 2),
        store_seconds=round(store_seconds, 3),
        file_megabytes=round(size / 1e6, 1),
        store_megabytes=round(from_store.nbytes / 1e6, 1),
    )


def _load_files(paths: list[Path]) -> Uint8Array:
    """(images, height, width) grey, one file after the other."""
    return np.stack([np.asarray(cv2.imread(f"{path}", cv2.IMREAD_GRAYSCALE)) for path in paths])


EXPERIMENT = Experiment(
    "loading", "Loading: all images file by file, as in the article, and from the store", run
)
