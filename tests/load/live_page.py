"""What the live page does for one visitor: its pace, its main thread, and the server's part."""

import json
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.parse import quote

import numpy as np
from playwright.sync_api import Browser, Page

from core.synthetic.sequence import draw_sequence
from tests.helpers.browser import (
    confidently_classified_sample,
    running_app,
    running_browser,
    write_camera_film,
)
from tests.load.figures import Bar, machine, print_figure
from tests.load.processes import processor_milliseconds, server_megabytes

SEED = 9_400_000
"""Of the camera's films; nothing else draws these."""

_ANSWERS = Bar(25, 30, more_is_better=True)
_DRAWN = Bar(45, 30)
_TASK = Bar(50, 16)
_SERVER = Bar(0.5, 0)

# The page measures "live answer" from the camera's frame to what it writes; drawn is that once the
# browser has rendered it, in the task after the next animation frame.
_PROBE = """() => {
  window.probe = { drawn: [], long: [] };
  const rendered = new MessageChannel();
  const waiting = [];
  rendered.port1.onmessage = () => {
    for (const start of waiting.splice(0)) window.probe.drawn.push(performance.now() - start);
  };
  new PerformanceObserver((list) => {
    for (const { name, startTime } of list.getEntries())
      if (name === "live answer")
        requestAnimationFrame(() => {
          waiting.push(startTime);
          rendered.port2.postMessage(0);
        });
  }).observe({ entryTypes: ["measure"] });
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.probe.long.push(duration);
  }).observe({ entryTypes: ["longtask"] });
}"""
COUNT_ANSWERS = """() => {
  window.answers = 0;
  new PerformanceObserver((list) => {
    window.answers += list.getEntriesByName("live answer").length;
  }).observe({ entryTypes: ["measure"] });
}"""
_TRACED = ("toplevel", "disabled-by-default-devtools.timeline")
_TRACED_SECONDS = 10


@dataclass(frozen=True)
class LongestTask:
    """Of the page's main thread, in milliseconds: by the clock, and its processor time."""

    wall: float
    processor: float


def measure_live_page(seconds: int, reads: str, size: str) -> None:
    """Print the pace with a hand that is held still and with one that moves, then the server's."""
    still = (confidently_classified_sample(1, "R"),)
    moving = tuple(each.pixels for each in draw_sequence(SEED, "moving", (640, 480)))
    with TemporaryDirectory() as folder, running_app() as address:
        for kind, pictures, frames in (("held still", still, 30), ("that moves", moving, 1)):
            film = Path(folder) / f"{kind}.mjpeg"
            write_camera_film(film, *pictures, frames=frames)
            before = _server_share(seconds)
            with running_browser(film) as browser:
                _measure_visit(browser, address, f"one hand {kind}", seconds, reads, size, before)


def _server_share(seconds: float) -> float:
    """The processor time that the server takes in that time, in percent of a core."""
    before = processor_milliseconds()["server"]
    time.sleep(seconds)
    return (processor_milliseconds()["server"] - before) / seconds / 10


def _measure_visit(
    browser: Browser, address: str, what: str, seconds: int, reads: str, size: str, idle: float
) -> None:
    width, height = map(int, size.split("x"))
    page = browser.new_page(viewport={"width": width, "height": height})
    go_live(page, address, reads)
    page.wait_for_timeout(5_000)
    page.evaluate(_PROBE)
    before, memory, started = processor_milliseconds(), server_megabytes(), time.monotonic()
    page.wait_for_timeout(1_000 * seconds)
    probe = page.evaluate("() => window.probe")
    took = time.monotonic() - started
    taken: Counter[str] = processor_milliseconds() - before
    drawn = probe["drawn"]
    print_figure(f"answers a second, {what}", len(drawn) / took, "a second", _ANSWERS)
    print_figure(f"camera frame to drawn answer, {what}, median", median(drawn), "ms", _DRAWN)
    print_figure("… 95%", float(np.percentile(drawn, 95)), "ms")
    print_figure("… browser's processor time", taken["browser"] / len(drawn), "ms an answer")
    share = taken["server"] / took / 10
    print_figure(f"server for a visitor who is live, {what}", share - idle, "% of a core", _SERVER)
    print_figure("… without a visitor", idle, "% of a core")
    print_figure("… its memory grew by", server_megabytes() - memory, "MB")
    print_figure(
        f"long tasks (50 ms and more) of the main thread in {took:.0f} s, longest",
        max(probe["long"], default=0.0), "ms", _TASK,
    )  # fmt: skip
    longest = longest_task(browser, page)
    print_figure(f"longest task in a trace of {_TRACED_SECONDS} s", longest.wall, "ms", _TASK)
    print_figure("… its processor time", longest.processor, "ms")
    print(f"\nMeasured on {machine(browser)}.\n", flush=True)


def go_live(page: Page, address: str, reads: str = "This device") -> None:
    """Open the live page, start the camera, and wait for the first answer."""
    page.goto(f"{address}/live?reads={quote(reads)}")
    page.locator(".go").click(timeout=60_000)
    page.locator(".count").first.wait_for(timeout=60_000)


def longest_task(browser: Browser, page: Page) -> LongestTask:
    """The longest task of the page's main thread in some seconds, by the browser's own trace."""
    browser.start_tracing(page=page, categories=list(_TRACED))
    page.wait_for_timeout(1_000 * _TRACED_SECONDS)
    events = json.loads(browser.stop_tracing())["traceEvents"]
    mains = {
        (event["pid"], event["tid"])
        for event in events
        if event.get("name") == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    tasks = [
        LongestTask(event["dur"] / 1000, event.get("tdur", 0) / 1000)
        for event in events
        if (event.get("pid"), event.get("tid")) in mains
        and event.get("ph") == "X"
        and event["name"].endswith("RunTask")
    ]
    return max(tasks, key=lambda task: task.wall)
