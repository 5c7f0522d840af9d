"""How fast the program is, on one thread, as plain data. Nothing of it is asserted in a test."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import cv2

from core.dataset.importing import IMPORTED_NAME
from core.dataset.store import open_store, store_exists
from core.finding import find_hands
from core.photos import decode_photo
from core.preparation import prepare
from core.recognition import Reader, recognise
from core.renderer import draw_dataset_image
from core.samples import draw_sample
from core.types import SIDES, Uint8Array

REPETITIONS = 100
PROCESSES = 5
SAMPLE_SEED = 0


@dataclass(frozen=True)
class Measurement:
    """One figure.

    Attributes:
        name: what was measured.
        value: the median.
        unit: of the value.
        goal: what the project asks for, in words; empty where it asks for nothing.
    """

    name: str
    value: float
    unit: str
    goal: str = ""


def run_benchmarks() -> list[Measurement]:
    """Measure every step of the way from photo to answer; takes about half a minute.

    Raises:
        UserError: a model is not trained.
    """
    cv2.setNumThreads(1)
    pixels = draw_sample(3, "R", SAMPLE_SEED).pixels
    content = _as_jpeg(pixels)
    photo = decode_photo(content)
    (hand, *_) = find_hands(photo).hands
    prepared = prepare(photo, hand)
    reader = Reader()
    measurements = [
        Measurement("decode a 640×480 JPEG", _milliseconds(lambda: decode_photo(content)), "ms"),
        Measurement("find the hand", _milliseconds(lambda: find_hands(photo)), "ms"),
        Measurement("prepare it", _milliseconds(lambda: prepare(photo, hand)), "ms"),
        Measurement(
            "count and side of a prepared image",
            _milliseconds(lambda: reader.read(prepared.image)),
            "ms",
            "at most 3 ms",
        ),
        Measurement(
            "photo to answer",
            _milliseconds(lambda: recognise(decode_photo(content), reader)),
            "ms",
            "at most 150 ms",
        ),
        Measurement("process start to first answer", _first_answer(content), "s", "at most 2 s"),
        Measurement("draw images of the dataset's look", _drawn_a_second(), "/s", "at least 100"),
    ]
    if store_exists(IMPORTED_NAME):
        opening = _milliseconds(lambda: open_store(IMPORTED_NAME)) / 1e3
        measurements.append(Measurement("open the dataset", opening, "s", "under 0.1 s"))
    return measurements


def _as_jpeg(pixels: Uint8Array) -> bytes:
    encoded: bytes = cv2.imencode(".jpg", pixels[:, :, ::-1])[1].tobytes()
    return encoded


def _milliseconds(action: Callable[[], object]) -> float:
    """The median time of an action after a warm-up."""
    action()
    times = []
    for _ in range(REPETITIONS):
        started = time.perf_counter()
        action()
        times.append(time.perf_counter() - started)
    return median(times) * 1e3


def _first_answer(content: bytes) -> float:
    """Seconds from the start of a process to the end of its one answer, the median."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "drawn.jpg"
        path.write_bytes(content)
        command = [sys.executable, "-m", "core", "predict", str(path), "--json"]
        times = []
        for _ in range(PROCESSES):
            started = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True, timeout=60)
            times.append(time.perf_counter() - started)
        return median(times)


def _drawn_a_second() -> float:
    draw_dataset_image(0, "R", 0)
    started = time.perf_counter()
    for seed in range(REPETITIONS):
        draw_dataset_image(seed % 6, SIDES[seed % 2], seed)
    return REPETITIONS / (time.perf_counter() - started)
