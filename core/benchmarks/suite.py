"""The benchmark suite: the program's speed on one thread, as plain data."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import cv2

from core.benchmarks.hands import hand_measurements
from core.benchmarks.logistic import learning_measurements
from core.benchmarks.timing import PROCESSES, REPETITIONS, Measurement, median_milliseconds
from core.common.types import SIDES, Photo
from core.datasets.importing import IMPORTED_NAME
from core.datasets.store import open_store, store_exists
from core.hands.background_subtraction import detect_by_background
from core.hands.detections import HandMask
from core.hands.pipeline import ArticleRecogniser, hand_recogniser, recognise
from core.hands.preprocessing import PreprocessedHand, preprocess_like_dataset
from core.images.decoding import decode_photo, to_grey
from core.synthetic.dataset_look import draw_dataset_image
from core.synthetic.sample_photos import draw_sample

SAMPLE_SEED = 0


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
    prepare = partial(_prepare, photo, hand_mask)
    image = prepare().image
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
    first, rendered = _first_answer(content), _rendered_a_second()
    measurements += [
        Measurement("process start to first answer", first, "s", "at most 2 s"),
        Measurement("render images in the dataset's style", rendered, "/s", "at least 100"),
        *hand_measurements(baseline),
    ]
    if store_exists(IMPORTED_NAME):
        opening = median_milliseconds(lambda: open_store(IMPORTED_NAME)) / 1e3
        measurements.append(Measurement("open the dataset", opening, "s", "under 0.1 s"))
        measurements += learning_measurements(open_store(IMPORTED_NAME))
    return measurements


def _prepare(photo: Photo, hand_mask: HandMask) -> PreprocessedHand:
    return preprocess_like_dataset(to_grey(photo.pixels), hand_mask)


def _first_answer(content: bytes) -> float:
    """Median seconds from the start of a process to its first answer."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "synthetic.jpg"
        path.write_bytes(content)
        command = [sys.executable, "-m", "core", "predict", str(path), "--json"]
        times = []
        for _ in range(PROCESSES):
            started = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True, timeout=60)
            times.append(time.perf_counter() - started)
        return median(times)


def _rendered_a_second() -> float:
    draw_dataset_image(0, "R", 0)
    started = time.perf_counter()
    for seed in range(REPETITIONS):
        draw_dataset_image(seed % 6, SIDES[seed % 2], seed)
    return REPETITIONS / (time.perf_counter() - started)
