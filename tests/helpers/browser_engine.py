"""The browser's engine in a real Chromium, and how often it says what Python says."""

import base64
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import mean, median
from typing import Any

import cv2
from playwright.sync_api import Page

from core.common.types import Box, Photo, Uint8Array
from core.hands.detections import iou
from core.hands.pipeline import HandRecogniser, recognise
from core.synthetic.photo import PhotoSettings, draw_photo
from ui.server.assets import engine_files

FIRST_SEED = 9_200_000
"""Of the drawn photos; no other test draws these."""

_LOAD = """async ({ base, script, models }) => {
  const worker = new Worker(base + script);
  window.ask = (message, moved = []) => new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => {
      if (data.trouble) reject(new Error(data.trouble));
      else if (!data.loaded) resolve(data);
    };
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(message, moved);
  });
  await window.ask({ base, models });
}"""
_READ = """async ([width, height, data]) => {
  const bytes = new Uint8ClampedArray(await (await fetch(data)).arrayBuffer());
  const frame = await createImageBitmap(new ImageData(bytes, width, height));
  const started = performance.now();
  const { hands } = await window.ask({ frame }, [frame]);
  const milliseconds = performance.now() - started;
  return { milliseconds, hands: hands.map(({ box, score, prediction }) =>
    ({ box, score, fingers: prediction.fingers, sides: prediction.sides })) };
}"""

Read = Callable[[Uint8Array], dict[str, Any]]


@contextmanager
def engine(page: Page, address: str) -> Iterator[Read]:
    """Load the engine in a page of the app, and yield what reads an RGB photo there."""
    files = engine_files()
    assert files is not None, "make browser was not run"
    # Any page of the server; it takes the place of nothing.
    page.goto(f"{address}/livez")
    page.evaluate(_LOAD, files)

    def read(pixels: Uint8Array) -> dict[str, Any]:
        rgba = cv2.cvtColor(pixels, cv2.COLOR_RGB2RGBA)
        data = "data:application/octet-stream;base64," + base64.b64encode(rgba.tobytes()).decode()
        answer: dict[str, Any] = page.evaluate(_READ, [pixels.shape[1], pixels.shape[0], data])
        return answer

    yield read


def drawn_photos(count: int) -> Iterator[Uint8Array]:
    """Photos with up to two hands in any scene, as large as a camera's frames."""
    for number in range(count):
        yield draw_photo(
            FIRST_SEED + number, PhotoSettings(width=640, height=480, hands=1 + number % 2)
        ).pixels


@dataclass
class Parity:
    """How often browser and Python agree.

    Attributes:
        photos, hands: that Python was asked about, and that it found.
        same_number: photos in which both find as many hands.
        same_count, same_side: hands for which both say the same.
        overlaps: intersection over union of the boxes of each.
        milliseconds: of each photo in the browser.
    """

    photos: int = 0
    hands: int = 0
    same_number: int = 0
    same_count: int = 0
    same_side: int = 0

    def __post_init__(self) -> None:
        self.overlaps: list[float] = []
        self.milliseconds: list[float] = []

    def __str__(self) -> str:
        return (
            f"{self.photos} photos, {self.hands} hands: as many hands in "
            f"{self.same_number / self.photos:.2%}, same count {self.same_count / self.hands:.2%}, "
            f"same side {self.same_side / self.hands:.2%}, mean IoU {mean(self.overlaps):.4f}, "
            f"median {median(self.milliseconds):.0f} ms a photo in the browser"
        )


def measure_parity(photos: Iterable[Uint8Array], read: Read, recogniser: HandRecogniser) -> Parity:
    """Have both read the photos."""
    parity = Parity()
    for pixels in photos:
        answer = read(pixels)
        hands = recognise(Photo(pixels), recogniser).hands
        parity.photos += 1
        parity.milliseconds.append(answer["milliseconds"])
        parity.same_number += len(answer["hands"]) == len(hands)
        for hand in hands:
            parity.hands += 1
            best = max(
                answer["hands"],
                key=lambda each: iou(Box(*each["box"]), hand.detection.box),
                default=None,
            )
            if best is None:
                parity.overlaps.append(0.0)
                continue
            parity.overlaps.append(iou(Box(*best["box"]), hand.detection.box))
            fingers, sides = best["fingers"], best["sides"]
            parity.same_count += fingers.index(max(fingers)) == hand.prediction.fingers
            parity.same_side += "LR"[sides.index(max(sides))] == hand.prediction.side
    return parity
