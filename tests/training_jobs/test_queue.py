"""The queue of training jobs: one at a time, bounded, every outcome explained."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from secrets import token_hex

import pytest

from core.training_jobs.job import Limits, Visitor
from core.training_jobs.queue import QueueFullError, TrainingQueue
from core.training_jobs.status import Failed, TrainingStatus, encoded
from tests.helpers.live_trainings import (
    BATCH,
    EPOCHS,
    FINISHED,
    REQUEST,
    STARTED,
    TIMEOUT,
    Steps,
    batch,
    fake_commands,
    is_alive,
    seen,
    sends,
)

WAITS = ["wait"]
FINISHES = sends(STARTED, BATCH, *EPOCHS, FINISHED)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def trainings() -> list[Steps]:
    """What the fake trainings do, one after the other."""
    return []


@pytest.fixture
def queue(trainings: list[Steps], clock: Clock) -> Iterator[TrainingQueue]:
    made = TrainingQueue(fake_commands(trainings), Limits(trainings=3, poll=0.02), clock)
    yield made
    made.close()


def until(found: Callable[[], object]) -> None:
    give_up = time.monotonic() + TIMEOUT
    while not found():
        assert time.monotonic() < give_up, "it does not happen"
        time.sleep(0.02)


def submit(
    queue: TrainingQueue, identity: str = "", present: Callable[[], bool] = lambda: True
) -> str:
    """Add a training, by default of a visitor who has none."""
    return queue.submit(REQUEST, Visitor(identity or token_hex(), present))


def outcome(queue: TrainingQueue, job_id: str) -> TrainingStatus:
    until(lambda: seen(queue, job_id).ended)
    return seen(queue, job_id)


def test_a_training_is_followed_to_its_end(
    queue: TrainingQueue, trainings: list[Steps], tmp_path: Path
) -> None:
    model = tmp_path / "model"
    model.write_bytes(b"a model")
    trainings.append(["print:what a library prints", *FINISHES, f"copy:{model}"])
    status = outcome(queue, submit(queue))
    assert (status.state, status.error) == ("finished", "")
    assert (status.started, status.batches) == (STARTED, (BATCH,))
    assert (status.epochs, status.finished) == (EPOCHS, FINISHED)
    assert status.exported == b"a model"


def test_the_second_waits_until_the_first_has_ended(
    queue: TrainingQueue, trainings: list[Steps]
) -> None:
    learning = sends(STARTED, batch(2, 2, 1.0), batch(2, 4, 2.0), EPOCHS[0])
    trainings += [[*learning, "wait"], FINISHES]
    first, second = submit(queue), submit(queue)
    until(lambda: seen(queue, first).epochs)
    assert seen(queue, first).state == "running"
    waiting = seen(queue, second)
    assert (waiting.state, waiting.ahead) == ("waiting", 1)
    assert waiting.ahead_seconds == pytest.approx(12 * 0.5)
    queue.stop(first)
    assert outcome(queue, second).state == "finished"
    assert seen(queue, first).state == "stopped"


def test_stop_ends_the_process(queue: TrainingQueue, trainings: list[Steps]) -> None:
    trainings.append([*sends(STARTED), "wait"])
    job_id = submit(queue)
    until(lambda: seen(queue, job_id).started)
    process = queue.process_id
    assert process is not None
    queue.stop(job_id)
    assert outcome(queue, job_id).state == "stopped"
    assert not is_alive(process)
    assert queue.process_id is None


def test_a_waiting_job_stops_immediately(queue: TrainingQueue, trainings: list[Steps]) -> None:
    trainings.append(WAITS)
    first, second = submit(queue), submit(queue)
    queue.stop(second)
    assert seen(queue, second).state == "stopped"
    queue.delete(second)
    assert queue.status(second) is None
    queue.delete(first)
    assert seen(queue, first).state in ("waiting", "running")


def test_a_killed_process_is_reported_in_plain_words(
    queue: TrainingQueue, trainings: list[Steps]
) -> None:
    trainings.append([*sends(STARTED, EPOCHS[0]), "wait"])
    job_id = submit(queue)
    until(lambda: seen(queue, job_id).epochs)
    process = queue.process_id
    assert process is not None
    os.kill(process, signal.SIGKILL)
    status = outcome(queue, job_id)
    assert status.state == "failed"
    assert "was killed (signal 9)" in status.error
    assert status.epochs == EPOCHS[:1]


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        (["exit:3"], "ended unexpectedly"),
        (sends(STARTED), "ended unexpectedly"),
        ([*sends(Failed("The dataset is damaged.")), "exit:1"], "The dataset is damaged."),
        (["send:not a message"], "could not be understood"),
        (["send:" + "x" * 100_000, "wait"], "could not be understood"),
        # A message of 9,999 bytes is announced, and never comes.
        (["write-bytes:0000270f", "wait"], "could not be understood"),
        # Half a message, then the end, or nothing more.
        (["write-bytes:0000000f7b7b"], "could not be understood"),
        (["write-bytes:0000000f7b7b", "wait"], "could not be understood"),
    ],
)
def test_every_other_end_is_reported_in_plain_words(
    queue: TrainingQueue, trainings: list[Steps], steps: Steps, words: str
) -> None:
    trainings += [steps, FINISHES]
    failed, after = submit(queue), submit(queue)
    status = outcome(queue, failed)
    assert status.state == "failed"
    assert words in status.error
    assert status.exported is None
    assert outcome(queue, after).state == "finished"


def test_a_result_stands_whatever_happens_after_it(
    queue: TrainingQueue, trainings: list[Steps]
) -> None:
    trainings.append([*FINISHES, "kill"])
    status = outcome(queue, submit(queue))
    assert (status.state, status.error) == ("finished", "")
    assert (status.finished, status.exported) == (FINISHED, None)


def test_a_process_that_does_not_end_is_ended(
    queue: TrainingQueue, trainings: list[Steps], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.training_jobs.process.GRACE_SECONDS", 0.1)
    trainings.append(["close", "wait"])
    status = outcome(queue, submit(queue))
    assert "ended unexpectedly" in status.error
    assert queue.process_id is None


def test_endless_output_is_ended(
    queue: TrainingQueue, trainings: list[Steps], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.training_jobs.process.MAX_BYTES", 50_000)
    data = encoded(BATCH)
    trainings.append([f"send-endlessly:{data.decode()}"])
    status = outcome(queue, submit(queue))
    assert status.state == "failed"
    assert len(status.batches) <= 50_000 / len(data)


def test_a_command_that_cannot_be_started_is_reported() -> None:
    queue = TrainingQueue(lambda request, folder: ["/nowhere/python"], Limits(poll=0.02))
    status = outcome(queue, submit(queue))
    assert status.state == "failed"
    assert "could not be run" in status.error


def test_the_time_limit_is_enforced(
    queue: TrainingQueue, trainings: list[Steps], clock: Clock
) -> None:
    trainings.append([*sends(STARTED, EPOCHS[0]), "wait"])
    job_id = submit(queue)
    until(lambda: seen(queue, job_id).epochs)
    while clock.now <= queue.limits.seconds:
        clock.now += queue.limits.forgotten_after / 2
        seen(queue, job_id)
    status = outcome(queue, job_id)
    assert status.state == "failed"
    assert "Stopped after 10 minutes" in status.error


def test_abandoned_jobs_are_cancelled(
    queue: TrainingQueue, trainings: list[Steps], clock: Clock
) -> None:
    trainings += [[*sends(STARTED), "wait"], FINISHES]
    left, left_waiting = submit(queue), submit(queue)
    until(lambda: seen(queue, left).started)
    process = queue.process_id
    assert process is not None
    clock.now += queue.limits.forgotten_after + 1
    asking = submit(queue)
    assert queue.status(left_waiting) is None
    assert outcome(queue, asking).state == "finished"
    assert not is_alive(process)
    assert queue.status(left) is None


def test_the_queue_is_bounded(queue: TrainingQueue, trainings: list[Steps]) -> None:
    trainings += [WAITS] * queue.limits.trainings
    for _ in range(queue.limits.trainings):
        submit(queue)
    with pytest.raises(QueueFullError, match="Try again in a few minutes"):
        submit(queue)


def test_eight_tabs_of_a_browser_take_one_place(
    queue: TrainingQueue, trainings: list[Steps]
) -> None:
    trainings += [[*sends(STARTED), "wait"], FINISHES]
    first = submit(queue, "a browser")
    until(lambda: seen(queue, first).started)
    for _ in range(7):
        with pytest.raises(QueueFullError, match="Another training of yours"):
            submit(queue, "a browser")
    other = submit(queue, "another browser")
    assert seen(queue, other).ahead == 1
    queue.stop(first)
    assert outcome(queue, other).state == "finished"


@pytest.mark.parametrize("before", [[], [WAITS]], ids=["alone", "behind another"])
def test_a_place_is_free_after_stop_and_after_the_end(
    queue: TrainingQueue, trainings: list[Steps], before: list[Steps]
) -> None:
    trainings += [*before, FINISHES, FINISHES]
    others = [submit(queue) for _ in before]
    until(lambda: all(seen(queue, each).state == "running" for each in others))
    stopped = submit(queue, "a browser")
    queue.stop(stopped)
    queue.delete(stopped)
    again = submit(queue, "a browser")
    for each in others:
        queue.stop(each)
    assert outcome(queue, again).state == "finished"
    submit(queue, "a browser")


def test_a_place_left_in_a_closed_tab_is_given_up_for_a_new_one(
    queue: TrainingQueue, trainings: list[Steps]
) -> None:
    trainings += [[*sends(STARTED), "wait"], FINISHES]
    open_tabs = {"first"}
    left = submit(queue, "a browser", lambda: "first" in open_tabs)
    until(lambda: seen(queue, left).started)
    process = queue.process_id
    assert process is not None
    open_tabs.clear()
    assert outcome(queue, submit(queue, "a browser")).state == "finished"
    assert not is_alive(process)
    for _ in range(2 * queue.limits.trainings):
        submit(queue, "a browser", lambda: False)


def test_closing_leaves_no_process_behind(queue: TrainingQueue, trainings: list[Steps]) -> None:
    trainings += [[*sends(STARTED), "wait"], WAITS]
    job_id = submit(queue)
    submit(queue)
    until(lambda: seen(queue, job_id).started)
    process = queue.process_id
    assert process is not None
    queue.close()
    assert not is_alive(process)
