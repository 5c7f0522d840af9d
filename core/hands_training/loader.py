"""Training batches, drawn by other processes while the model trains on earlier ones."""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from typing import Any

from core.common.types import Float32Array, Uint8Array

TrainingBatch = tuple[Uint8Array, Float32Array]
"""Images and what is asked of each."""

AHEAD = 4
"""Batches of each process that wait, so that neither side waits for the other."""

MakeBatch = Callable[[int, int], TrainingBatch]
"""From a seed and a batch's number to the batch, always the same."""

_make_batch: list[MakeBatch] = []


def _start(prepare: Callable[..., MakeBatch], arguments: tuple[Any, ...]) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _make_batch.append(prepare(*arguments))


def _end_with_parent() -> None:
    """End when the training is killed, which leaves no time to tell its workers."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _make(seed: int, number: int) -> TrainingBatch:
    return _make_batch[0](seed, number)


class BatchMakers:
    """Processes that draw batches; a context manager."""

    def __init__(
        self, prepare: Callable[..., MakeBatch], arguments: tuple[Any, ...], workers: int
    ) -> None:
        """Start the processes.

        Args:
            prepare: called once in each process with the arguments; returns what makes a batch.
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
        """Batches ``first`` to ``first + count`` in order."""
        waiting: list[Future[TrainingBatch]] = []
        for number in range(first, first + count):
            waiting.append(self._pool.submit(_make, seed, number))
            if len(waiting) > self._ahead:
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()
