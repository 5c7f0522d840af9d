"""The benchmark suite: the program's speed on one thread, as plain data."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from core.artifacts import store as artifacts
from core.benchmarks.timing import PROCESSES, REPETITIONS, Measurement, median_milliseconds
from core.common.types import SIDES, Photo, Uint8Array
from core.datasets.importing import IMPORTED_NAME
from core.datasets.store import Dataset, open_store, store_exists
from core.experiments.records.logistic import FitConfig, RawPixels, fit_path, samples_of
from core.hands.background_subtraction import detect_by_background
from core.hands.pipeline import (
    HAND_CLASSIFIER,
    HAND_DETECTOR,
    ArticleRecogniser,
    hand_recogniser,
    recognise,
)
from core.hands.preprocessing import preprocess_like_dataset
from core.hands_training.predictions import ask_baseline
from core.images.decoding import decode_photo, to_grey
from core.synthetic.dataset_look import draw_dataset_image
from core.synthetic.photo import PhotoSettings, draw_photo
from core.synthetic.sample_photos import draw_sample

SAMPLE_SEED = 0
FRAME_SEED = 4
ROUNDS = 3
BASELINE_FRAMES = 60

SIZES = (500, 1_000, 1_500, 2_000)
SWEEP_SIZE = 1_000
CS = (0.1, 0.6, 1.2)


def run_benchmarks(baseline: Path | None = None) -> list[Measurement]:
    """Measure every step from photo to answer, and MediaPipe's given its interpreter.

    It takes a minute or two.

    Raises:
        UserError: a model is not trained.
    """
    cv2.setNumThreads(1)
    pixels = draw_sample(3, "R", SAMPLE_SEED).pixels
    content: bytes = cv2.imencode(".jpg", pixels[:, :, ::-1])[1].tobytes()
    photo = decode_photo(content)
    (hand, *_) = detect_by_background(photo).hands
    hand_mask = hand.hand_mask
    assert hand_mask is not None

    def prepare() -> Uint8Array:
        return preprocess_like_dataset(to_grey(photo.pixels), hand_mask).image

    image = prepare()
    article, hand_models = ArticleRecogniser(), hand_recogniser()
    steps: tuple[tuple[str, Callable[[], object], str], ...] = (
        ("decode a 640×480 JPEG", lambda: decode_photo(content), ""),
        ("subtract its background", lambda: detect_by_background(photo), ""),
        ("preprocess it like the dataset", prepare, ""),
        ("the article's two networks on it", lambda: article.classify(image), "at most 3 ms"),
        (
            "photo to answer",
            lambda: recognise(decode_photo(content), hand_models),
            "at most 150 ms",
        ),
    )
    measurements = [
        Measurement(name, median_milliseconds(step), "ms", goal) for name, step, goal in steps
    ]
    seconds, memory = _one_photo(content)
    measurements += [
        Measurement("process start to first answer", seconds, "s", "at most 2 s"),
        Measurement(
            "render images in the dataset's style", _rendered_a_second(), "/s", "at least 100"
        ),
        *hand_measurements(baseline),
        Measurement("memory of a process that classifies a photo", memory, "MB", "at most 200 MB"),
    ]
    if store_exists(IMPORTED_NAME):
        opening = median_milliseconds(lambda: open_store(IMPORTED_NAME)) / 1e3
        measurements.append(Measurement("open the dataset", opening, "s", "under 0.1 s"))
        measurements += learning_measurements(open_store(IMPORTED_NAME))
    return measurements


def _one_photo(content: bytes) -> tuple[float, float]:
    """Median seconds, and peak memory in MB, of a process that starts and classifies a photo."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "synthetic.jpg"
        path.write_bytes(content)
        command = [sys.executable, "-m", "core", "predict", str(path), "--json"]
        runs = []
        for _ in range(PROCESSES):
            started = time.perf_counter()
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
            _, process.returncode, used = os.wait4(process.pid, 0)
            assert process.returncode == 0
            runs.append((time.perf_counter() - started, used.ru_maxrss * 1024 / 1e6))
    seconds, megabytes = map(median, zip(*runs, strict=True))
    return seconds, megabytes


def _rendered_a_second() -> float:
    draw_dataset_image(0, "R", 0)
    started = time.perf_counter()
    for seed in range(REPETITIONS):
        draw_dataset_image(seed % 6, SIDES[seed % 2], seed)
    return REPETITIONS / (time.perf_counter() - started)


def hand_measurements(baseline: Path | None) -> list[Measurement]:
    """Time per frame, and size; also MediaPipe's time, given its environment.

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
    size = sum(
        len(artifacts.read_verified(name, "serving.tflite"))
        for name in (HAND_DETECTOR, HAND_CLASSIFIER)
    )
    rows = [
        Measurement("640×480 frame to answer", median(ours), "ms", "at most 8 ms"),
        Measurement("both serving files", size / 1e6, "MB", "at most 3 MB"),
    ]
    if theirs:
        goal = f"here {median(theirs) / median(ours):.1f} times as fast; required: 3 times"
        rows.insert(1, Measurement("… MediaPipe, same run", median(theirs), "ms", goal))
    return rows


def learning_measurements(dataset: Dataset) -> list[Measurement]:
    """A few sizes and a few values of C both ways, on one thread; takes half a minute.

    Few fits share one Gram matrix here, so the speed-up is smaller than in the experiments.
    """
    samples = samples_of(dataset, max(SIZES))
    raw_pixels = RawPixels(samples)
    rows = []
    for name, configs in (
        (f"logistic regression, {len(SIZES)} sizes", [FitConfig(size, 1.0) for size in SIZES]),
        (f"logistic regression, {len(CS)} values of C", [FitConfig(SWEEP_SIZE, c) for c in CS]),
    ):
        path_seconds, theirs = [], 0.0
        for config in configs:
            # Measured alternately, so that other work slows both ways.
            path_seconds.append(fit_path(samples, configs)[0].seconds)
            theirs += raw_pixels.fit(config).seconds
        ours = median(path_seconds)
        goal = f"here {theirs / ours:.1f} times as fast; required: 5 times"
        rows += [
            Measurement(name, ours, "s"),
            Measurement("… on raw pixels, same run", theirs, "s", goal),
        ]
    return rows
