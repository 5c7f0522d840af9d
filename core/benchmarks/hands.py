"""Speed and size of the two hand models, compared with MediaPipe."""

import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from core.artifacts import store as artifacts
from core.benchmarks.timing import Measurement, median_milliseconds
from core.common.types import Photo
from core.hands.pipeline import HAND_CLASSIFIER, HAND_DETECTOR, hand_recogniser, recognise
from core.hands_training.predictions import ask_baseline
from core.synthetic.photo import PhotoSettings, draw_photo

FRAME_SEED = 4
ROUNDS = 3
BASELINE_FRAMES = 60


def hand_measurements(baseline: Path | None) -> list[Measurement]:
    """Time per frame, size and memory; also MediaPipe's time, given its environment.

    Raises:
        UserError: a model is not trained, or MediaPipe cannot be run.
    """
    settings = PhotoSettings(width=640, height=480, background="clutter", size=(0.5, 0.6))
    frame = draw_photo(FRAME_SEED, settings).pixels[:, :, ::-1].copy()
    recogniser = hand_recogniser()

    def answer() -> None:
        recognise(Photo(np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), np.uint8)), recogniser)

    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "frame.png"
        cv2.imwrite(str(path), frame)
        for _ in range(ROUNDS):
            ours.append(median_milliseconds(answer))
            if baseline is not None:
                answers = ask_baseline([path] * BASELINE_FRAMES, baseline)
                # The first calls load the models.
                theirs.append(median(each.milliseconds for each in answers[5:]))
        memory = _memory(path)
    size = sum(
        len(artifacts.read_verified(name, "serving.tflite"))
        for name in (HAND_DETECTOR, HAND_CLASSIFIER)
    )
    rows = [
        Measurement("640×480 frame to answer", median(ours), "ms", "at most 8 ms"),
        Measurement("both serving files", size / 1e6, "MB", "at most 3 MB"),
        Measurement("memory of a process that classifies a photo", memory, "MB", "at most 200 MB"),
    ]
    if theirs:
        goal = f"here {median(theirs) / median(ours):.1f} times as fast; required: 3 times"
        rows.insert(1, Measurement("… MediaPipe, same run", median(theirs), "ms", goal))
    return rows


def _memory(path: Path) -> float:
    """Peak memory in MB of a process that loads the models and classifies a photo."""
    command = [sys.executable, "-m", "core.benchmarks.memory", str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return float(done.stdout)
