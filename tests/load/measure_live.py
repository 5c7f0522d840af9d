"""Measures the live page: ``make measure-live``, on an otherwise idle machine.

A Chromium with a fake camera and the server share the machine; the hand models are the
real ones. It prints answers per second, the time from frame to answer as the page measures it, and
processor time per answer, which says more than the rate on a busy machine. The server's memory at
the beginning and end shows whether it grows with the frames.
"""

import argparse
import os
import tempfile
import time
from collections import Counter
from pathlib import Path
from statistics import median
from urllib.parse import quote

import numpy as np

from tests.helpers.browser import (
    confidently_classified_sample,
    running_app,
    running_browser,
    write_camera_film,
)

_COLLECT = """() => {
  window.answers = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (entry.name === "live answer") window.answers.push(entry.duration);
    }
  }).observe({ entryTypes: ["measure"] });
}"""
_TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")
_PAGE_MEGABYTES = os.sysconf("SC_PAGESIZE") / 1e6


def _parents_and_commands() -> dict[int, tuple[int, str]]:
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            found[int(folder.name)] = (parent, (folder / "cmdline").read_text())
        except OSError:  # it has ended meanwhile
            continue
    return found


def own_processes() -> dict[int, str]:
    """The processes started by this one, as "server" or "browser", by process ID."""
    every = _parents_and_commands()

    def is_ours(process: int) -> bool:
        while process in every:
            process = every[process][0]
            if process == os.getpid():
                return True
        return False

    kinds = {"streamlit": "server", "chrom": "browser"}
    return {
        process: kind
        for process, (_, command) in every.items()
        for word, kind in kinds.items()
        if word in command and is_ours(process)
    }


def processor_milliseconds() -> Counter[str]:
    """The processor time that server and browser have taken since they started."""
    taken: Counter[str] = Counter()
    for process, kind in own_processes().items():
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        taken[kind] += round((int(fields[11]) + int(fields[12])) * _TICK_MS)
    return taken


def server_megabytes() -> float:
    """The server's resident memory."""
    (server,) = (process for process, kind in own_processes().items() if kind == "server")
    return int(Path(f"/proc/{server}/statm").read_text().split()[1]) * _PAGE_MEGABYTES


def main() -> None:
    """Run the page and print what it does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=30, help="to measure for, after 5 more")
    parser.add_argument("--reads", choices=("This device", "The server"), default="This device")
    parser.add_argument("--size", default="1280x900", help="of the window, in pixels")
    given = parser.parse_args()
    width, height = map(int, given.size.split("x"))
    film = Path(tempfile.mkdtemp()) / "hand.mjpeg"
    write_camera_film(film, confidently_classified_sample(1, "R"))
    with running_app() as address, running_browser(film) as browser:
        page = browser.new_page(viewport={"width": width, "height": height})
        page.goto(f"{address}/live?reads={quote(given.reads)}")
        page.get_by_role("button", name="Start the camera").click(timeout=60_000)
        page.locator(".count").wait_for(timeout=60_000)
        page.wait_for_timeout(5_000)
        page.evaluate(_COLLECT)
        before, memory, started = processor_milliseconds(), server_megabytes(), time.monotonic()
        page.wait_for_timeout(1_000 * given.seconds)
        trips = page.evaluate("window.answers")
        seconds = time.monotonic() - started
        taken = processor_milliseconds() - before
        print(f"{len(trips) / seconds:.1f} answers a second over {seconds:.0f} s")
        print(
            f"frame to answer: median {median(trips):.0f} ms, 95% {np.percentile(trips, 95):.0f} ms"
        )
        for kind, milliseconds in taken.items():
            print(f"processor time of the {kind}: {milliseconds / len(trips):.1f} ms an answer")
        print(f"memory of the server: {memory:.0f} MB, then {server_megabytes():.0f} MB")


if __name__ == "__main__":
    main()
