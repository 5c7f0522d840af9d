"""Training batches for either model, made by other processes while the model trains."""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context, parent_process
from pathlib import Path

import cv2
import numpy as np

from core.artifacts.store import is_trained
from core.common.types import Float32Array, Uint8Array
from core.hands.pipeline import HAND_DETECTOR, trained_detector
from core.hands_training.classifier_samples import random_sample
from core.hands_training.classifier_sources import load_classifier_sources
from core.hands_training.detector_samples import random_frame
from core.hands_training.detector_sources import load_detector_sources
from core.hands_training.photo_pack import Pack, read_pack
from core.hands_training.synthetic_frames import synthetic_frames
from core.zoo import Task

TrainingBatch = tuple[Uint8Array, Float32Array]
"""Images and their targets."""

AHEAD = 4
"""Batches that each process prepares ahead, so that neither side waits for the other."""

Batches = Callable[[int, range], Iterator[TrainingBatch]]
"""The batches of a seed with these numbers, in order."""

MIN_HARD_NEGATIVE = 0.03
"""The lowest probability at which a false positive of the detector is a hard negative: at 0.15 too
few remain on the photos it was trained on (hundreds instead of thousands)."""

Source = tuple[Task, Path | None, Path, int, int]
"""What samples of which task come from: a pack of real photos, if there is one, and the synthetic
frames in a folder; then the number of these, and of the samples in a batch."""

_sampling: list[tuple[Callable[[np.random.Generator], TrainingBatch], int]] = []


def _start(task: Task, pack_path: Path | None, folder: Path, frames: int, size: int) -> None:
    """Prepare to make batches in this process."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    cv2.setNumThreads(1)
    pack = Pack.empty() if pack_path is None else read_pack(pack_path)
    synthetic = synthetic_frames(folder, frames)
    sample: Callable[[np.random.Generator], TrainingBatch]
    detector = trained_detector(MIN_HARD_NEGATIVE) if is_trained(HAND_DETECTOR) else None
    if task == "detect":
        sample = partial(random_frame, load_detector_sources(pack, synthetic, detector))
    else:
        sample = partial(random_sample, load_classifier_sources(pack, synthetic, detector))
    _sampling.append((sample, size))


def _end_with_parent() -> None:
    """End if the training is killed, since it then cannot stop its workers."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _make(seed: int, number: int) -> TrainingBatch:
    """The batch of that number, always the same one for a seed."""
    (sample, size), rng = _sampling[0], np.random.default_rng([seed, number])
    images, targets = map(np.stack, zip(*(sample(rng) for _ in range(size)), strict=True))
    # Grey images get a channel.
    return images.reshape(*images.shape[:3], -1), targets


@contextmanager
def batch_makers(source: Source, workers: int) -> Iterator[Batches]:
    """Start processes that make batches."""
    # Spawned, because a fork of a process with TensorFlow's threads may hang.
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _start, source)

    def batches(seed: int, numbers: range) -> Iterator[TrainingBatch]:
        waiting: list[Future[TrainingBatch]] = []
        for number in numbers:
            waiting.append(pool.submit(_make, seed, number))
            if len(waiting) > AHEAD * workers + 8:
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()

    try:
        yield batches
    finally:
        pool.shutdown(cancel_futures=True)
