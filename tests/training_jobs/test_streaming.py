"""Trainings that people watch, in processes of their own: a real one, and none left behind."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from core.training_jobs.limits import Limits
from core.training_jobs.queue import TrainingQueue
from core.training_jobs.request import missing_packages, training_command
from tests.helpers.live_trainings import REQUEST, TIMEOUT, is_alive, seen

ROOT = Path(__file__).resolve().parents[2]

APP = """
import sys, time
from core.training_jobs.child import ChildProcess
from core.training_jobs.queue import training_queue
from core.training_jobs.request import TrainingRequest

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
        "from core.cli.stream import _end_when_left_alone\n"
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
        assert process.wait(TIMEOUT) == 1
    assert not folder.exists()


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert missing_packages() == ()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert missing_packages() == ("TensorFlow", "Keras", "scikit-learn")


@pytest.mark.keras
def test_a_real_training_learns_and_leaves_a_model_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.datasets.rendering import render_store
    from core.hands.tflite import ServedModel

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
