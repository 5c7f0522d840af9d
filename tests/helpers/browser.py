"""The app in a real browser: its own server, and a camera that shows a synthetic hand."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import cv2
import pytest
from playwright.sync_api import Browser, BrowserType, Page, expect, sync_playwright

from core.common.types import Photo, Side, Uint8Array
from core.hands.pipeline import hand_recogniser, recognise
from core.synthetic.photo import PhotoSettings, draw_photo
from core.synthetic.sample_photos import draw_sample

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "test-output"

TIMEOUT = 90_000
"""Milliseconds that a slow, busy machine may take for one step; ``expect`` waits that long."""

JOURNEY_SECONDS = 900
"""Time limit for a whole journey there."""

_BROWSER_NAMES = ("chromium", "google-chrome", "chromium-browser")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)
_START_SECONDS = 240
_CAMERA_FRAMES = 10


@cache
def confidently_classified_sample(fingers: int, side: Side) -> Uint8Array:
    """The first synthetic photo of that hand that the models classify correctly and confidently."""
    recogniser = hand_recogniser()
    for seed in range(1, 30):
        pixels = draw_sample(fingers, side, seed).pixels
        for hand in recognise(Photo(pixels), recogniser).hands:
            prediction = hand.prediction
            correct = (prediction.fingers, prediction.side) == (fingers, side)
            # The camera's compression changes probabilities by a few hundredths.
            margin = min(max(prediction.fingers_probabilities), max(prediction.side_probabilities))
            if correct and margin > 0.7:
                return pixels
    pytest.fail(f"no synthetic photo of {fingers} fingers, side {side}, is classified confidently")


def one_hand_of_two_is_unclear() -> Uint8Array:
    """A photo of two hands: the confidence in the count is 76% for one, over 99% for the other."""
    return draw_photo(298, PhotoSettings(width=640, height=480, hands=2)).pixels


def encoded(pixels: Uint8Array, suffix: str = ".jpg") -> bytes:
    """An RGB picture as the content of an image file; a JPEG of OpenCV's default quality, 95."""
    content: bytes = cv2.imencode(suffix, cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))[1].tobytes()
    return content


def write_camera_film(path: Path, *pictures: Uint8Array, frames: int = _CAMERA_FRAMES) -> None:
    """A film of still pictures, as Chromium's fake camera plays it: 30 frames a second.

    Args:
        path: of the film, which is played again and again.
        pictures: (height, width, 3) RGB, all of one size.
        frames: for which each is shown.
    """
    quality = [cv2.IMWRITE_JPEG_QUALITY, 95]
    stills = [
        cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), quality)[1].tobytes()
        for pixels in pictures
    ]
    path.write_bytes(b"".join(still * frames for still in stills))


def free_port() -> int:
    """A free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def start_app(
    port: int,
    log: Path = Path(os.devnull),
    script: Path = ROOT / "serve.py",
    arguments: Sequence[str] = (),
    metrics_port: int | None = None,
) -> subprocess.Popen[bytes]:
    """Start the app's server, and wait until it is healthy.

    Args:
        port: on which it listens.
        log: where its output goes.
        script: that Streamlit runs.
        arguments: of the script.
        metrics_port: on which it tells its metrics; by default a free one.
    """
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    options = [f"--server.port={port}", "--server.address=127.0.0.1", "--", *arguments]
    address = f"127.0.0.1:{metrics_port or free_port()}"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, *options], cwd=ROOT, stdout=output, stderr=output,
            env=os.environ | {"FINGERS_METRICS_ADDRESS": address},
        )  # fmt: skip
    try:
        _wait_until_healthy(f"http://127.0.0.1:{port}", process)
    except BaseException:
        process.kill()
        process.wait()
        raise
    return process


@contextmanager
def running_app(
    port: int | None = None,
    log: Path = Path(os.devnull),
    script: Path = ROOT / "serve.py",
    arguments: Sequence[str] = (),
    metrics_port: int | None = None,
) -> Iterator[str]:
    """Start the app and yield its address; stop it at the end.

    For the arguments see ``start_app``; by default it listens on a free port.
    """
    port = port or free_port()
    process = start_app(port, log, script, arguments, metrics_port)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=TIMEOUT / 1000)


def _wait_until_healthy(address: str, process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + _START_SECONDS
    while time.monotonic() < give_up:
        if process.poll() is not None:
            pytest.fail(f"the app stopped at once, with exit status {process.returncode}")
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                return
        except OSError:  # also where it is not answered in time
            time.sleep(0.2)
    pytest.fail(f"the app did not start within {_START_SECONDS} s")


@contextmanager
def running_browser(camera_film: Path, more_flags: Sequence[str] = ()) -> Iterator[Browser]:
    """Start the system's Chromium with a fake camera; skips where there is none, but not in CI."""
    with (
        sync_playwright() as playwright,
        _launched(playwright.chromium, camera_film, more_flags) as browser,
    ):
        yield browser


@contextmanager
def another_browser(browser: Browser, camera_film: Path) -> Iterator[Browser]:
    """Start one more, whose camera shows another film."""
    with _launched(browser.browser_type, camera_film) as another:
        yield another


@contextmanager
def _launched(
    chromium: BrowserType, camera_film: Path, more_flags: Sequence[str] = ()
) -> Iterator[Browser]:
    executable = next(filter(None, map(shutil.which, _BROWSER_NAMES)), None)
    if executable is None:
        reason = f"needs one of these browsers: {', '.join(_BROWSER_NAMES)}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    flags = [*_FLAGS, *more_flags, f"--use-file-for-fake-video-capture={camera_film}"]
    browser = chromium.launch(executable_path=executable, args=flags)
    try:
        yield browser
    finally:
        browser.close()


_IS_SETTLED = """() => {
  const sizes = [innerWidth, ...Array.from(
    document.querySelectorAll("html, [data-testid=stMain], [data-testid=stVegaLiteChart] *, video"),
    (element) => element.scrollWidth)].join();
  const style = getComputedStyle(document.querySelector("[data-testid=stApp]"));
  const now = [style.backgroundColor, sizes].join();
  if (now !== window.settling?.now) window.settling = { now, since: performance.now() };
  return performance.now() - window.settling.since >= 500;
}"""


def wait_until_drawn(page: Page) -> None:
    """Wait until the page was drawn twice, however slowly the machine draws."""
    page.evaluate(
        "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())))"
    )


def settle(page: Page) -> None:
    """Wait until a change of the window or its colours is rendered, so that widths are stable."""
    page.evaluate("window.settling = undefined")
    wait_until_drawn(page)
    page.wait_for_function(_IS_SETTLED, polling=100)


def wait_until(page: Page, condition: Callable[[], bool]) -> None:
    """Wait for a condition that a page alone cannot check."""
    give_up = time.monotonic() + TIMEOUT / 1000
    while not condition():
        assert time.monotonic() < give_up, "it never came to hold"
        page.wait_for_timeout(100)


def wait_until_run(page: Page) -> None:
    """Wait until the server has finished rendering what was chosen."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    settle(page)


def assert_sound(page: Page) -> None:
    """Assert that nothing overflows sideways and no unexpected error occurred."""
    expect(page.get_by_test_id("stException")).to_have_count(0)
    # After a resize, a busy machine takes a while to redraw charts. The server's pages allow
    # functions alone: an expression would be evaluated again and again, which they forbid.
    page.wait_for_function(
        "() => ['html', '[data-testid=stMain]'].map(name => document.querySelector(name))"
        ".every(element => element.scrollWidth <= element.clientWidth)"
    )


def save_screenshot(page: Page, name: str) -> None:
    """Save a screenshot of the whole page for inspection."""
    SCREENSHOTS.mkdir(exist_ok=True)
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    width = page.evaluate("innerWidth")
    page.set_viewport_size({"width": width, "height": min(int(height), 4000)})
    wait_until_drawn(page)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")
