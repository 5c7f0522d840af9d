"""Trainings that people watch: one at a time, in bounds, and none left behind."""

import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.artifacts import Epoch
from core.live_training.limits import Limits
from core.live_training.messages import (
    MOST_LINE,
    Batch,
    Drawing,
    EpochDone,
    Learned,
    Message,
    MessageError,
    Refused,
    Started,
    as_line,
    from_line,
)
from core.live_training.queue import QueueFullError, TrainingQueue
from core.live_training.request import TrainingRequest, missing_packages, training_command
from core.live_training.view import MOST_POINTS, TrainingView, remaining_seconds

ROOT = Path(__file__).resolve().parents[1]
REQUEST = TrainingRequest("softmax", 500, 2)
STARTED = Started("a test", True, 500, 100, epochs=2, batches=16)
EPOCHS = tuple(Epoch(0, number, 1.0, 0.5, 1.1, 0.4 + number / 10, 2.0) for number in (1, 2))
LEARNED = Learned(((48, 2), (0, 50)))
BATCH = Batch(1, 4, 1.5, 0.25, 3.0)
MESSAGES: list[Message] = [
    Drawing(64, 1800),
    STARTED,
    BATCH,
    EpochDone(EPOCHS[0]),
    EpochDone(EPOCHS[1]),
    LEARNED,
    Refused("There is no room."),
]
PATIENCE = 60.0

Script = Callable[[Path], str]


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
    give_up = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < give_up, "it does not happen"
        time.sleep(0.02)


def seen(queue: TrainingQueue, ticket: str) -> TrainingView:
    view = queue.look(ticket)
    assert view is not None
    return view


def outcome(queue: TrainingQueue, ticket: str) -> TrainingView:
    until(lambda: seen(queue, ticket).ended)
    return seen(queue, ticket)


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("message", MESSAGES, ids=lambda each: type(each).__name__)
def test_a_message_is_read_as_it_was_told(message: Message) -> None:
    line = as_line(message)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert from_line(line[:-1]) == message


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[]",
        b'{"kind": "batch"}',
        b'{"kind": "else", "done": 1, "total": 2}',
        b'{"kind": ["drawing"], "done": 1, "total": 2}',
        b'{"kind": "drawing", "done": 3, "total": 2}',
        b'{"kind": "drawing", "done": 1.5, "total": 2}',
        b'{"kind": "drawing", "done": true, "total": 2}',
        b'{"kind": "drawing", "done": 1, "total": 2, "more": 3}',
        b'{"kind": "batch", "epoch": 1, "batch": 1, "loss": NaN, "accuracy": 1, "seconds": 0}',
        b'{"kind": "batch", "epoch": 1, "batch": 1, "loss": 1, "accuracy": 1.1, "seconds": 0}',
        b'{"kind": "learned", "confusion": [[1, 2], [3]]}',
        b'{"kind": "learned", "confusion": [[0, 0], [0, 0]]}',
        b"[" * 3_000,
        b'{"kind": "refused", "reason": "' + b"x" * MOST_LINE + b'"}',
    ],
)
def test_what_is_no_message_is_refused(line: bytes) -> None:
    with pytest.raises(MessageError):
        from_line(line)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reading_of_messages(line: bytes) -> None:
    with pytest.raises(MessageError):
        from_line(line)


def test_a_matrix_counts_its_mistakes() -> None:
    assert (LEARNED.images, LEARNED.wrong) == (100, 2)


@pytest.mark.parametrize(
    ("model", "images", "epochs"),
    [("reader", 500, 1), ("nothing", 500, 1), ("cnn", 499, 1), ("cnn", 18_001, 1), ("cnn", 500, 0)],
)
def test_only_what_is_offered_can_be_asked_for(model: str, images: int, epochs: int) -> None:
    with pytest.raises(ValueError, match=r"no model|too few or too many"):
        TrainingRequest(model, images, epochs)


def batch(epoch: int, number: int, seconds: float) -> Batch:
    return dataclasses.replace(BATCH, epoch=epoch, batch=number, seconds=seconds)


def test_the_time_left_follows_from_the_first_batches() -> None:
    assert remaining_seconds(None, (), ()) is None
    assert remaining_seconds(STARTED, (batch(1, 1, 9.0),), ()) is None
    # The first batch waits for the compiling; then half a second a batch, 12 and 16 to come.
    told = (batch(1, 1, 9.0), batch(1, 2, 9.5), batch(1, 4, 10.5))
    assert remaining_seconds(STARTED, told, ()) == pytest.approx(12 * 0.5 + 16 * 0.5)


def test_the_time_left_counts_the_test_of_each_epoch() -> None:
    told = (batch(1, 15, 7.5), batch(1, 16, 8.0), batch(2, 2, 12.0), batch(2, 4, 13.0))
    epoch = dataclasses.replace(EPOCHS[0], seconds=11.0)
    assert remaining_seconds(STARTED, told, (epoch,)) == pytest.approx(11.0 - 4 * 0.5)


def test_a_curve_keeps_its_latest_point_and_is_not_too_long() -> None:
    batches = tuple(batch(1, number, float(number)) for number in range(1, 5 * MOST_POINTS))
    curve = TrainingView(REQUEST, "running", batches=batches).curve()
    assert len(curve) <= MOST_POINTS
    assert curve[-1] == batches[-1]
    assert [each.batch for each in curve] == sorted(each.batch for each in curve)


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
    monkeypatch.setattr("core.live_training.child.GRACE_SECONDS", 0.1)
    scripts.append("import os; os.close(1)\n" + WAITS)
    view = outcome(queue, queue.submit(REQUEST))
    assert "broke off unforeseen" in view.trouble
    assert queue.process is None


def test_endless_output_is_ended(
    queue: TrainingQueue, scripts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.live_training.child.MOST_BYTES", 50_000)
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


APP = """
import sys, time
from core.live_training.child import ChildProcess
from core.live_training.queue import training_queue
from core.live_training.request import TrainingRequest

start = ChildProcess.__init__
ChildProcess.__init__ = lambda self, command: start(
    self, [sys.executable, "-c", "import time; time.sleep(600)"])
training_queue().submit(TrainingRequest("softmax", 500, 1))
while training_queue().process is None:
    time.sleep(0.02)
print(training_queue().process, flush=True)
"""


def test_no_process_is_left_when_the_app_ends() -> None:
    done = subprocess.run(
        [sys.executable, "-c", APP],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert not is_alive(int(done.stdout))


def test_a_training_whose_reader_is_gone_ends_and_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    script = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from core.commands.stream import _end_when_left_alone\n"
        "_end_when_left_alone(Path(sys.argv[1]))\n"
        "print('ready', flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(folder)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == b"ready\n"
        process.stdin.close()
        assert process.wait(PATIENCE) == 1
    assert not folder.exists()


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert missing_packages() == ()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert missing_packages() == ("TensorFlow", "Keras", "scikit-learn")


@pytest.mark.keras
def test_a_real_training_learns_and_leaves_a_model_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.dataset.rendering import render_store
    from core.serving import ServedModel

    monkeypatch.setenv("FINGERS_DATA", str(tmp_path))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    render_store(72, 0)
    queue = TrainingQueue(training_command, Limits(poll=0.05))
    ticket = queue.submit(REQUEST)
    give_up = time.monotonic() + 280
    while not seen(queue, ticket).ended and time.monotonic() < give_up:
        time.sleep(0.2)
    view = seen(queue, ticket)
    queue.close()
    assert view.state == "finished", view.trouble
    assert view.started is not None
    assert (view.started.train_images, view.started.batches) == (60, 2)
    assert [each.epoch for each in view.epochs] == [1, 2]
    assert view.batches
    assert view.learned is not None
    assert view.learned.images == 12
    assert view.exported is not None
    served = ServedModel("fingers", view.exported)
    assert served.probabilities(np.zeros((1, 128, 128), np.uint8)).sum() == pytest.approx(
        1, abs=1e-5
    )
