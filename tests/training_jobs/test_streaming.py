"""Trainings that people watch, in processes of their own: a real one, and none left behind."""

import os
import subprocess
import sys
import time
from multiprocessing import Pipe
from pathlib import Path

import numpy as np
import pytest

from core.training_jobs.job import Limits, Visitor
from core.training_jobs.queue import TrainingQueue
from core.training_jobs.request import missing_packages, training_command
from core.training_jobs.status import Rendering, decoded
from tests.helpers.live_trainings import REQUEST, TIMEOUT, is_alive, seen

ROOT = Path(__file__).resolve().parents[2]


def test_no_process_is_left_when_the_app_ends(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("app_with_training.py")],
        env=os.environ | {"FINGERS_DATA": str(tmp_path), "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    assert not is_alive(int(done.stdout))


def test_a_training_whose_parent_is_gone_ends_and_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    parent, child = Pipe()
    with child:
        handle = child.fileno()
        process = subprocess.Popen(
            [*training_command(REQUEST, folder), str(handle)],
            cwd=ROOT,
            env=os.environ | {"FINGERS_DATA": str(tmp_path / "data")},
            pass_fds=[handle],
        )
    with process, parent:
        assert isinstance(decoded(parent.recv_bytes()), Rendering)
        (folder / "checkpoint").touch()
        parent.close()
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
    from core.hands.tflite import ServedNet

    monkeypatch.setenv("FINGERS_DATA", str(tmp_path))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    render_store(72, 0)
    queue = TrainingQueue(training_command, Limits(poll=0.05))
    job_id = queue.submit(REQUEST, Visitor("a browser", lambda: True))
    give_up = time.monotonic() + 280
    while not seen(queue, job_id).ended and time.monotonic() < give_up:
        time.sleep(0.2)
    status = seen(queue, job_id)
    queue.close()
    assert status.state == "finished", status.error
    assert status.started is not None
    assert (status.started.train_images, status.started.batches) == (60, 2)
    assert [each.epoch for each in status.epochs] == [1, 2]
    assert status.batches
    assert status.finished is not None
    assert status.finished.images == 12
    assert status.exported is not None
    served = ServedNet(status.exported, "fingers")
    assert served.probabilities(np.zeros((1, 128, 128), np.uint8)).sum() == pytest.approx(
        1, abs=1e-5
    )
