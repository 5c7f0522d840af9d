"""The queue of trainings that people watch: one at a time, in bounds, every end told."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from core.training_jobs.limits import Limits
from core.training_jobs.messages import EpochDone, Message, Refused, as_line
from core.training_jobs.queue import QueueFullError, TrainingQueue
from core.training_jobs.request import TrainingRequest
from core.training_jobs.view import TrainingView
from tests.helpers.live_trainings import (
    BATCH,
    EPOCHS,
    LEARNED,
    REQUEST,
    STARTED,
    TIMEOUT,
    batch,
    is_alive,
    seen,
)


def tells(*messages: Message) -> str:
    content = b"".join(map(as_line, messages))
    return f"import sys; sys.stdout.buffer.write({content!r}); sys.stdout.flush()\n"


WAITS = "import time; time.sleep(600)\n"
FINISHES = tells(STARTED, BATCH, EpochDone(EPOCHS[0]), EpochDone(EPOCHS[1]), LEARNED)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def scripts() -> list[str]:
    """What the fake trainings do, one after the other."""
    return []


@pytest.fixture
def queue(scripts: list[str], clock: Clock) -> Iterator[TrainingQueue]:
    def command_of(request: TrainingRequest, folder: Path) -> Sequence[str]:
        return [sys.executable, "-c", scripts.pop(0), str(folder)]

    made = TrainingQueue(command_of, Limits(trainings=3, poll=0.02), clock)
    yield made
    made.close()


def until(found: Callable[[], object]) -> None:
    give_up = time.monotonic() + TIMEOUT
    while not found():
        assert time.monotonic() < give_up, "it does not happen"
        time.sleep(0.02)


def outcome(queue: TrainingQueue, ticket: str) -> TrainingView:
    until(lambda: seen(queue, ticket).ended)
    return seen(queue, ticket)


def test_a_training_is_told_to_its_end(queue: TrainingQueue, scripts: list[str]) -> None:
    scripts.append(FINISHES + "open(sys.argv[1] + '/serving.tflite', 'wb').write(b'a model')\n")
    view = outcome(queue, queue.submit(REQUEST))
    assert (view.state, view.trouble) == ("finished", "")
    assert (view.started, view.batches) == (STARTED, (BATCH,))
    assert (view.epochs, view.learned) == (EPOCHS, LEARNED)
    assert view.exported == b"a model"


def test_the_second_waits_until_the_first_has_ended(
    queue: TrainingQueue, scripts: list[str]
) -> None:
    told = tells(STARTED, batch(2, 2, 1.0), batch(2, 4, 2.0), EpochDone(EPOCHS[0]))
    scripts += [told + WAITS, FINISHES]
    first, second = queue.submit(REQUEST), queue.submit(REQUEST)
    until(lambda: seen(queue, first).epochs)
    assert seen(queue, first).state == "running"
    waiting = seen(queue, second)
    assert (waiting.state, waiting.ahead) == ("waiting", 1)
    assert waiting.ahead_seconds == pytest.approx(12 * 0.5)
    queue.stop(first)
    assert outcome(queue, second).state == "finished"
    assert seen(queue, first).state == "stopped"


def test_stop_ends_the_process(queue: TrainingQueue, scripts: list[str]) -> None:
    scripts.append(tells(STARTED) + WAITS)
    ticket = queue.submit(REQUEST)
    until(lambda: seen(queue, ticket).started)
    process = queue.process
    assert process is not None
    queue.stop(ticket)
    assert outcome(queue, ticket).state == "stopped"
    assert not is_alive(process)
    assert queue.process is None


def test_one_that_waits_is_stopped_at_once(queue: TrainingQueue, scripts: list[str]) -> None:
    scripts.append(WAITS)
    first, second = queue.submit(REQUEST), queue.submit(REQUEST)
    queue.stop(second)
    assert seen(queue, second).state == "stopped"
    queue.forget(second)
    assert queue.look(second) is None
    queue.forget(first)
    assert seen(queue, first).state in ("waiting", "running")


def test_a_killed_process_is_told_in_plain_words(queue: TrainingQueue, scripts: list[str]) -> None:
    scripts.append(tells(STARTED, EpochDone(EPOCHS[0])) + WAITS)
    ticket = queue.submit(REQUEST)
    until(lambda: seen(queue, ticket).epochs)
    process = queue.process
    assert process is not None
    os.kill(process, signal.SIGKILL)
    view = outcome(queue, ticket)
    assert view.state == "failed"
    assert "ended from outside (signal 9)" in view.trouble
    assert view.epochs == EPOCHS[:1]


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("raise SystemExit(3)", "broke off unforeseen"),
        (tells(STARTED), "broke off unforeseen"),
        (tells(Refused("The dataset is damaged.")) + "sys.exit(1)", "The dataset is damaged."),
        ("print('not a message')", "not understood"),
        ("print('x' * 100_000); import time; time.sleep(600)", "not understood"),
        ("import sys, time; sys.stdout.write('x' * 9_999); sys.stdout.flush(); time.sleep(600)",
         "not understood"),
    ],
)  # fmt: skip
def test_every_other_end_is_told_in_plain_words(
    queue: TrainingQueue, scripts: list[str], script: str, words: str
) -> None:
    scripts += [script, FINISHES]
    failed, after = queue.submit(REQUEST), queue.submit(REQUEST)
    view = outcome(queue, failed)
    assert view.state == "failed"
    assert words in view.trouble
    assert view.exported is None
    assert outcome(queue, after).state == "finished"


def test_a_result_stands_whatever_happens_after_it(
    queue: TrainingQueue, scripts: list[str]
) -> None:
    scripts.append(FINISHES + "import os; os.kill(os.getpid(), 9)")
    view = outcome(queue, queue.submit(REQUEST))
    assert (view.state, view.trouble) == ("finished", "")
    assert (view.learned, view.exported) == (LEARNED, None)


def test_a_process_that_does_not_end_is_ended(
    queue: TrainingQueue, scripts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.training_jobs.child.GRACE_SECONDS", 0.1)
    scripts.append("import os; os.close(1)\n" + WAITS)
    view = outcome(queue, queue.submit(REQUEST))
    assert "broke off unforeseen" in view.trouble
    assert queue.process is None


def test_endless_output_is_ended(
    queue: TrainingQueue, scripts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.training_jobs.child.MAX_BYTES", 50_000)
    line = as_line(BATCH)
    scripts.append(f"import sys\nwhile True: sys.stdout.buffer.write({line!r} * 10)\n")
    view = outcome(queue, queue.submit(REQUEST))
    assert view.state == "failed"
    assert len(view.batches) <= 50_000 / len(line)


def test_a_command_that_cannot_be_started_is_told() -> None:
    queue = TrainingQueue(lambda request, folder: ["/nowhere/python"], Limits(poll=0.02))
    view = outcome(queue, queue.submit(REQUEST))
    assert view.state == "failed"
    assert "could not be done" in view.trouble


def test_the_longest_time_is_kept(queue: TrainingQueue, scripts: list[str], clock: Clock) -> None:
    scripts.append(tells(STARTED, EpochDone(EPOCHS[0])) + WAITS)
    ticket = queue.submit(REQUEST)
    until(lambda: seen(queue, ticket).epochs)
    while clock.now <= queue.limits.seconds:
        clock.now += queue.limits.forgotten_after / 2
        seen(queue, ticket)
    view = outcome(queue, ticket)
    assert view.state == "failed"
    assert "Ended after 10 minutes" in view.trouble


def test_those_that_nobody_asks_for_are_given_up(
    queue: TrainingQueue, scripts: list[str], clock: Clock
) -> None:
    scripts += [tells(STARTED) + WAITS, FINISHES]
    left, left_waiting = queue.submit(REQUEST), queue.submit(REQUEST)
    until(lambda: seen(queue, left).started)
    process = queue.process
    assert process is not None
    clock.now += queue.limits.forgotten_after + 1
    asking = queue.submit(REQUEST)
    assert queue.look(left_waiting) is None
    assert outcome(queue, asking).state == "finished"
    assert not is_alive(process)
    assert queue.look(left) is None


def test_the_queue_has_an_end(queue: TrainingQueue, scripts: list[str]) -> None:
    scripts += [WAITS] * queue.limits.trainings
    for _ in range(queue.limits.trainings):
        queue.submit(REQUEST)
    with pytest.raises(QueueFullError, match="Try again in a few minutes"):
        queue.submit(REQUEST)


def test_closing_leaves_no_process(queue: TrainingQueue, scripts: list[str]) -> None:
    scripts += [tells(STARTED) + WAITS, WAITS]
    ticket = queue.submit(REQUEST)
    queue.submit(REQUEST)
    until(lambda: seen(queue, ticket).started)
    process = queue.process
    assert process is not None
    queue.close()
    assert not is_alive(process)
