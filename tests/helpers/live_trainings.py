"""A training to watch as it may report, processes that stand for one, and ways to look at one."""

import dataclasses
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from core.artifacts.store import Epoch
from core.training_jobs.job import CommandOf
from core.training_jobs.queue import TrainingQueue
from core.training_jobs.request import TrainingRequest
from core.training_jobs.status import (
    BatchProgress,
    Finished,
    Message,
    Started,
    TrainingStatus,
    encoded,
)

REQUEST = TrainingRequest("softmax", 500, 2)
STARTED = Started(True, 500, 100, epochs=2, batches=16)
EPOCHS = tuple(Epoch(0, number, 1.0, 0.5, 1.1, 0.4 + number / 10, 2.0) for number in (1, 2))
FINISHED = Finished(((48, 2), (0, 50)))
BATCH = BatchProgress(1, 4, 1.5, 0.25, 3.0)

TIMEOUT = 60.0
"""Seconds that a slow and busy machine may take."""

FAKE_TRAINING = Path(__file__).with_name("fake_training.py")

Steps = Sequence[str]
"""What a fake training does, one after the other; ``fake_training.py`` says what it can do."""


def sends(*messages: Message) -> list[str]:
    """The steps that send these."""
    return [f"send:{encoded(message).decode()}" for message in messages]


def fake_commands(trainings: list[Steps]) -> CommandOf:
    """Commands of fake trainings; each takes the first of those that are left."""

    def command_of(request: TrainingRequest, folder: Path) -> Sequence[str]:
        return [sys.executable, str(FAKE_TRAINING), str(folder), *trainings.pop(0)]

    return command_of


def batch(epoch: int, number: int, seconds: float) -> BatchProgress:
    """A batch that was done so many seconds after the start."""
    return dataclasses.replace(BATCH, epoch=epoch, batch=number, seconds=seconds)


def seen(queue: TrainingQueue, job_id: str) -> TrainingStatus:
    """The status of a training that is not given up."""
    status = queue.status(job_id)
    assert status is not None
    return status


def is_alive(process: int) -> bool:
    """Whether there is a process of that number."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
