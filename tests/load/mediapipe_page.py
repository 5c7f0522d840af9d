"""MediaPipe Hands in a Chromium, as its npm package brings it: to measure beside, never shipped.

It draws on WebGL, which a machine without a graphics card computes on its processor (SwiftShader).
"""

import base64
import functools
import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
from playwright.sync_api import Page

from core.common.types import Float32Array, Side, Uint8Array
from core.hands_training.mediapipe_baseline import SMALL_PHOTO, count_fingers
from tests.helpers.browser import ROOT

PACKAGE = "@mediapipe/hands@0.4.1675469240"
INTEGRITY = (
    "GxoZvL1mmhJxFxjuyj7vnC++JIuInGznHBin5c7ZSq/RbcnGyfEcJrkM/bMu5K1Mz/2Ko+vEX6/+wewmEHPrHg=="
)
"""The sum of the package's file, SHA-512, as its registry publishes it."""

FLAGS = ("--enable-unsafe-swiftshader", "--use-gl=angle", "--use-angle=swiftshader")
"""Of Chromium, for WebGL without a graphics card."""

_LOAD = """async () => {
  window.hands = new Hands({ locateFile: (name) => `/${name}` });
  window.hands.setOptions({
    maxNumHands: 2, modelComplexity: 1, minDetectionConfidence: 0.3, selfieMode: false });
  window.hands.onResults((results) => { window.results = results; });
  await window.hands.initialize();
}"""
_READ = """async ([data, isAnew]) => {
  const image = new Image();
  image.src = data;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  canvas.getContext("2d").drawImage(image, 0, 0);
  if (isAnew) window.hands.reset();
  const started = performance.now();
  await window.hands.send({ image: canvas });
  const milliseconds = performance.now() - started;
  const { multiHandLandmarks: all, multiHandedness: sides } = window.results;
  return { milliseconds, hands: all.map((points, index) => ({
    points: points.map(({ x, y, z }) => [x * image.width, y * image.height, z * image.width]),
    label: sides[index].label })) };
}"""


@dataclass(frozen=True)
class MediaPipeHand:
    """One hand: ``landmarks`` are (21, 3) in pixels of the photo, x, y and depth."""

    landmarks: Float32Array
    fingers: int
    side: Side


@dataclass(frozen=True)
class MediaPipeAnswer:
    """The hands of a photo, and the milliseconds that they took."""

    milliseconds: float
    hands: tuple[MediaPipeHand, ...]


Read = Callable[[Uint8Array, bool], MediaPipeAnswer]
"""Takes an RGB photo, and whether it is read anew or follows the one before."""


@contextmanager
def mediapipe_page(page: Page) -> Iterator[Read]:
    """Fetch the package, load it in a page of a browser with ``FLAGS``, and yield what reads there.

    Raises:
        CalledProcessError: npm cannot fetch it.
    """
    with TemporaryDirectory() as folder, _served(fetched(Path(folder))) as address:
        page.goto(address)
        page.add_script_tag(url="/hands.js")
        page.evaluate(_LOAD)

        def read(pixels: Uint8Array, is_anew: bool) -> MediaPipeAnswer:
            enlarged = 3 if max(pixels.shape[:2]) < SMALL_PHOTO else 1
            if enlarged > 1:
                pixels = _enlarged(pixels, enlarged)
            png = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))[1].tobytes()
            data = "data:image/png;base64," + base64.b64encode(png).decode()
            answer: dict[str, Any] = page.evaluate(_READ, [data, is_anew])
            return MediaPipeAnswer(
                answer["milliseconds"], tuple(_hand(hand, enlarged) for hand in answer["hands"])
            )

        # The first pass compiles what WebGL runs, which takes longer than many others.
        read(np.zeros((360, 480, 3), np.uint8), True)
        yield read


def fetched(folder: Path) -> Path:
    """The package's own folder, fetched into that one and compared with its sum."""
    path = f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"
    npm = shutil.which("npm", path=path)
    if npm is None:
        raise SystemExit("npm comes with: make node_modules/.installed")
    packed = subprocess.run(
        [npm, "pack", PACKAGE, "--json"],
        cwd=folder, env={**os.environ, "PATH": path}, stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    archive = folder / json.loads(packed.stdout)[0]["filename"]
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != INTEGRITY:
        raise SystemExit(f"{PACKAGE} is not what it was: its sum is {found}.")
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    (folder / "package" / "index.html").write_text("<!doctype html><title>MediaPipe Hands</title>")
    return folder / "package"


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()


def _enlarged(pixels: Uint8Array, times: int) -> Uint8Array:
    enlarged = cv2.resize(pixels, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)
    return np.asarray(enlarged, np.uint8)


def _hand(hand: dict[str, Any], enlarged: int) -> MediaPipeHand:
    landmarks = np.asarray(np.array(hand["points"]) / enlarged, np.float32)
    # MediaPipe names the side of a mirrored picture.
    return MediaPipeHand(
        landmarks, count_fingers(landmarks), "L" if hand["label"] == "Right" else "R"
    )
