"""``python -m tests.load.first_paint``: what a visitor sees first, and when.

Each visit has a new browser profile, on a line of 10 Mbit/s. First paint is the browser's own
"first contentful paint"; the heading is the page's own, in the place of what stood in for it.
"""

import tempfile
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser

from tests.helpers.browser import confidently_classified_sample, running_browser, write_camera_film
from tests.load.first_visit import DELAY, MEGABITS
from tests.load.measure import running_server
from tests.load.slow_line import slow_line

VISITS = 3
PAGES = ("", "compare", "mistakes", "hand_side")

_PAINT = """() => new Promise((done) => new PerformanceObserver((list) => {
  const paint = list.getEntriesByName("first-contentful-paint")[0];
  if (paint) done(paint.startTime);
}).observe({ type: "paint", buffered: true }))"""


def main() -> None:
    """Print the medians, in milliseconds, of a page."""
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "hand.mjpeg"
        write_camera_film(film, confidently_classified_sample(1, "R"))
        with (
            running_server() as server,
            running_browser(film) as browser,
            slow_line(server.port, MEGABITS, DELAY) as line,
        ):
            print(f"Medians of {VISITS} first visits at {MEGABITS:g} Mbit/s, in ms.")
            for name in PAGES:
                seen = [_visit(browser, f"{line.address}/{name}") for _ in range(VISITS)]
                paint, heading = (median(times) for times in zip(*seen, strict=True))
                print(
                    f"/{name:<10} first paint {paint:6,.0f}   heading {heading:6,.0f}", flush=True
                )


def _visit(browser: Browser, address: str) -> tuple[float, float]:
    """Milliseconds from the start to the first paint, and to the page's own heading."""
    page = browser.new_page()
    try:
        page.goto(address, wait_until="commit")
        page.get_by_role("heading", level=1).first.wait_for()
        heading = page.evaluate("() => performance.now()")
        return page.evaluate(_PAINT), heading
    finally:
        page.close()


if __name__ == "__main__":
    main()
