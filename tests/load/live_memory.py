"""Whether memory stays flat while frames are read: ``make measure-memory MINUTES=30``.

The hand before the camera moves. Every minute it prints the memory of the browser's renderers, in
which page, worker and WebAssembly live, and of the page's JavaScript after collecting garbage.
"""

import argparse
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from core.synthetic.sequence import draw_sequence
from tests.helpers.browser import running_app, running_browser, write_camera_film
from tests.load.figures import Bar, machine, print_figure, print_head
from tests.load.live_page import COUNT_ANSWERS, SEED, go_live
from tests.load.processes import renderer_megabytes, server_megabytes

SETTLING = 2
"""Minutes until caches and pools have the size that they keep."""

_GROWTH = Bar(20, 0)


def main() -> None:
    """Let frames be read, and print memory by the minute."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=30, help=f"more than {SETTLING}")
    minutes = parser.parse_args().minutes
    with TemporaryDirectory() as folder:
        film = Path(folder) / "hand.mjpeg"
        pictures = (each.pixels for each in draw_sequence(SEED, "moving", (640, 480)))
        write_camera_film(film, *pictures, frames=1)
        _watch(film, minutes)


def _watch(film: Path, minutes: int) -> None:
    flags = ("--enable-precise-memory-info",)
    with running_app() as address, running_browser(film, flags) as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        go_live(page, address)
        page.evaluate(COUNT_ANSWERS)
        collector = page.context.new_cdp_session(page)
        print("| minute | answers | renderers, MB | the page's JavaScript, MB | server, MB |")
        print("| --- | --- | --- | --- | --- |")
        started, renderers, heaps = time.monotonic(), [], []
        for minute in range(minutes + 1):
            page.wait_for_timeout(max(0.0, 1e3 * (started + 60 * minute - time.monotonic())))
            collector.send("HeapProfiler.collectGarbage")
            heaps.append(page.evaluate("() => performance.memory.usedJSHeapSize") / 1e6)
            renderers.append(renderer_megabytes())
            answers = page.evaluate("() => window.answers")
            sizes = f"{renderers[-1]:.1f} | {heaps[-1]:.2f} | {server_megabytes():.1f}"
            print(f"| {minute} | {answers} | {sizes} |", flush=True)
        name = machine(browser)
    print()
    print_head()
    span = f"from minute {SETTLING} to {minutes}, {answers:,} answers"
    print_figure(f"renderers grew {span}, median of its halves", _growth(renderers), "MB", _GROWTH)
    print_figure("… the page's JavaScript", _growth(heaps), "MB", _GROWTH)
    print(f"\nMeasured on {name}.")


def _growth(sizes: list[float]) -> float:
    """From the median of the first half to that of the second; each minute's varies by 10 MB."""
    settled = sizes[SETTLING:]
    half = len(settled) // 2
    return median(settled[half:]) - median(settled[:half])


if __name__ == "__main__":
    main()
