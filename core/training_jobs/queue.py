"""The app's queue of trainings: one runs, a few wait, none outlives its visitor."""

import atexit
import secrets
import threading
import time
from dataclasses import replace
from functools import cache
from itertools import takewhile
from queue import SimpleQueue

from core.common.errors import UserError
from core.training_jobs.job import Clock, CommandOf, Job, Limits, Visitor
from core.training_jobs.request import TrainingRequest, training_command
from core.training_jobs.status import TrainingStatus


class QueueFullError(UserError):
    """The queue accepts no more trainings."""


class TrainingQueue:
    """Runs trainings one after the other, each in its own process."""

    def __init__(
        self,
        command_of: CommandOf = training_command,
        limits: Limits | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        self.limits = limits or Limits()
        self._command_of = command_of
        self._clock = clock
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._waiting: SimpleQueue[Job | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run_all, daemon=True, name="training-jobs")
        self._thread.start()

    def submit(self, request: TrainingRequest, visitor: Visitor) -> str:
        """Add a training and return its id.

        A visitor holds one place; one that was left in a closed tab is given up for the new one.

        Raises:
            QueueFullError: the queue is full, or the visitor has a place in it.
        """
        with self._lock:
            for job in self._jobs.values():
                self._check_place(job, visitor)
            self._drop_abandoned()
            if len(self._jobs) >= self.limits.trainings:
                raise QueueFullError(
                    f"{self.limits.trainings} trainings are running or waiting already. Try again "
                    "in a few minutes."
                )
            job_id = secrets.token_hex(16)
            self._jobs[job_id] = job = Job(request, visitor, self.limits, self._clock)
            self._waiting.put(job)
        return job_id

    def status(self, job_id: str) -> TrainingStatus | None:
        """The status of a training; None if it was abandoned because nobody asked for it."""
        with self._lock:
            self._drop_abandoned()
            job = self._jobs.get(job_id)
            if job is None:
                return None
            job.asked_for()
            if job.status.state != "waiting":
                return job.status
            earlier = takewhile(lambda each: each is not job, self._jobs.values())
            ahead = [each.status for each in earlier if not each.status.ended]
            seconds = ahead[0].remaining_seconds if len(ahead) == 1 else None
            return replace(job.status, ahead=len(ahead), ahead_seconds=seconds)

    def stop(self, job_id: str) -> None:
        """Stop a training in any state; its status stays available."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None:
                return
            job.cancelled = True
            if job.status.state == "waiting":
                job.status = replace(job.status, state="stopped")

    def delete(self, job_id: str) -> None:
        """Delete an ended training whose result was fetched."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is not None and job.status.ended:
                del self._jobs[job_id]

    def close(self) -> None:
        """Stop all trainings for good, and wait until the running process is gone."""
        with self._lock:
            for job in self._jobs.values():
                job.cancelled = True
        self._waiting.put(None)
        self._thread.join()

    @property
    def process_id(self) -> int | None:
        """The process id of the running training."""
        with self._lock:
            return next((job.pid for job in self._jobs.values() if job.pid), None)

    def _run_all(self) -> None:
        while (job := self._waiting.get()) is not None:
            with self._lock:
                if job.cancelled or job.abandoned:
                    continue
                job.begin()
            job.run(self._command_of)

    def _check_place(self, job: Job, visitor: Visitor) -> None:
        if job.visitor.identity != visitor.identity or job.cancelled or job.status.ended:
            return
        if job.visitor.is_present() and not job.abandoned:
            raise QueueFullError(
                "Another training of yours is running or waiting already, perhaps in another tab. "
                "Stop it there, or start this one when it has ended."
            )
        job.abandon()

    def _drop_abandoned(self) -> None:
        """Drop abandoned trainings; a running one stays until its process has been ended."""
        self._jobs = {
            job_id: job
            for job_id, job in self._jobs.items()
            if job.status.state == "running" or not job.abandoned
        }


@cache
def training_queue() -> TrainingQueue:
    """The queue of this process, which ends with it."""
    queue = TrainingQueue()
    atexit.register(queue.close)
    return queue
