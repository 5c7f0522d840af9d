"""A training to watch as it may tell of itself, and ways to look at one."""

import dataclasses
import os

from core.artifacts.store import Epoch
from core.training_jobs.messages import Batch, Learned, Started
from core.training_jobs.queue import TrainingQueue
from core.training_jobs.request import TrainingRequest
from core.training_jobs.view import TrainingView

REQUEST = TrainingRequest("softmax", 500, 2)
STARTED = Started("a test", True, 500, 100, epochs=2, batches=16)
EPOCHS = tuple(Epoch(0, number, 1.0, 0.5, 1.1, 0.4 + number / 10, 2.0) for number in (1, 2))
LEARNED = Learned(((48, 2), (0, 50)))
BATCH = Batch(1, 4, 1.5, 0.25, 3.0)

TIMEOUT = 60.0
"""Seconds that a slow and busy machine may take."""


def batch(epoch: int, number: int, seconds: float) -> Batch:
    """A batch that was done so many seconds after the start."""
    return dataclasses.replace(BATCH, epoch=epoch, batch=number, seconds=seconds)


def seen(queue: TrainingQueue, ticket: str) -> TrainingView:
    """What is to be seen of a training that is not forgotten."""
    view = queue.look(ticket)
    assert view is not None
    return view


def is_alive(process: int) -> bool:
    """Whether there is a process of that number."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
