"""Training batches for either model, made by other processes while the model trains."""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core.artifacts.store import is_trained
from core.common.types import Float32Array, Uint8Array
from core.hands.pipeline import HAND_DETECTOR, trained_detector
from core.hands_training.classifier_samples import random_sample
from core.hands_training.classifier_sources import load_classifier_sources
from core.hands_training.detector_samples import load_detector_sources, random_frame
from core.hands_training.photo_pack import Pack, read_pack
from core.hands_training.synthetic_frames import SyntheticFrames, synthetic_frames
from core.zoo import Task

TrainingBatch = tuple[Uint8Array, Float32Array]
"""Images and their targets."""

AHEAD = 4
"""Batches that each process prepares ahead, so that neither side waits for the other."""

MakeBatch = Callable[[int, int], TrainingBatch]
"""Makes a batch from a seed and the batch's number, always the same one."""

MIN_HARD_NEGATIVE = 0.03
"""The lowest probability at which a false positive of the detector is a hard negative: at 0.15 too
few remain on the photos it was trained on (hundreds instead of thousands)."""

_make_batch: list[MakeBatch] = []


def prepare_batches(
    task: Task, pack_path: Path | None, folder: Path, frames: int, size: int
) -> MakeBatch:
    """Prepare to make a model's batches in this process.

    Args:
        task: of the model.
        pack_path: of the pack of real photos; None trains on synthetic hands alone.
        folder: of the synthetic frames.
        frames: how many synthetic frames there are.
        size: samples per batch.
    """
    cv2.setNumThreads(1)
    pack = Pack.empty() if pack_path is None else read_pack(pack_path)
    synthetic = synthetic_frames(folder, frames)
    make_batches = _detector_batches if task == "detect" else _classifier_batches
    return make_batches(pack, synthetic, size)


def _detector_batches(pack: Pack, synthetic: SyntheticFrames, size: int) -> MakeBatch:
    sources = load_detector_sources(pack, synthetic)

    def make(seed: int, number: int) -> TrainingBatch:
        rng = np.random.default_rng([seed, number])
        samples = [random_frame(sources, rng) for _ in range(size)]
        return np.stack([pixels for pixels, _ in samples]), np.stack([row for _, row in samples])

    return make


def _classifier_batches(pack: Pack, synthetic: SyntheticFrames, size: int) -> MakeBatch:
    detector = trained_detector(MIN_HARD_NEGATIVE) if is_trained(HAND_DETECTOR) else None
    sources = load_classifier_sources(pack, synthetic, detector)

    def make(seed: int, number: int) -> TrainingBatch:
        rng = np.random.default_rng([seed, number])
        samples = [random_sample(sources, rng) for _ in range(size)]
        images = np.stack([sample.image for sample in samples])[..., None]
        return images, np.stack([sample.target for sample in samples])

    return make


def _start(prepare: Callable[..., MakeBatch], arguments: tuple[Any, ...]) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _make_batch.append(prepare(*arguments))


def _end_with_parent() -> None:
    """End if the training is killed, since it then cannot stop its workers."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _make(seed: int, number: int) -> TrainingBatch:
    return _make_batch[0](seed, number)


class BatchMakers:
    """Processes that make batches; a context manager."""

    def __init__(
        self, prepare: Callable[..., MakeBatch], arguments: tuple[Any, ...], workers: int
    ) -> None:
        """Start the processes.

        Args:
            prepare: called once in each process with the arguments; returns a function that makes a
                batch.
            arguments: of ``prepare``.
            workers: number of processes.
        """
        self._ahead = AHEAD * workers + 8
        # Spawned, because a fork of a process with TensorFlow's threads may hang.
        self._pool = ProcessPoolExecutor(
            workers,
            mp_context=get_context("spawn"),
            initializer=_start,
            initargs=(prepare, arguments),
        )

    def __enter__(self) -> "BatchMakers":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def batches(self, seed: int, first: int, count: int) -> Iterator[TrainingBatch]:
        """Batches in order.

        Args:
            seed: for the samples.
            first: number of the first batch.
            count: how many there are.
        """
        waiting: list[Future[TrainingBatch]] = []
        for number in range(first, first + count):
            waiting.append(self._pool.submit(_make, seed, number))
            if len(waiting) > self._ahead:
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()
