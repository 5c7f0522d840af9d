"""How long a visitor on a line of 10 Mbit/s waits for the first answer, also from the cache."""

import time
from pathlib import Path
from statistics import median

from playwright.sync_api import BrowserContext, expect

from tests.helpers.browser import running_browser
from tests.load.figures import Bar, machine, print_figure
from tests.load.live_page import go_live
from tests.load.measure import running_server
from tests.load.slow_line import SlowLine, slow_line

MEGABITS = 10.0
DELAY = 0.01
"""Seconds each way, as on a good line."""

_FIRST = Bar(6, 4)
_AGAIN = Bar(1.5, 1)


def measure_first_visit(film: Path, times: int) -> None:
    """Print seconds from the address to the first answer, and what was transferred."""
    first, again = [], []
    with (
        running_server() as server,
        running_browser(film) as browser,
        slow_line(server.port, MEGABITS, DELAY) as line,
    ):
        # The process's first visitor waits for the models, too.
        _visit(browser.new_context(), line)
        for _ in range(times):
            context = browser.new_context()
            first.append(_visit(context, line))
            again.append(_visit(context, line))
            context.close()
        name = machine(browser)
    line_name = f"{MEGABITS:g} Mbit/s and {2e3 * DELAY:g} ms there and back"
    print_figure(
        f"first visit, {line_name}: page to first answer, median of {times}",
        median(seconds for seconds, _ in first), "s", _FIRST,
    )  # fmt: skip
    print_figure("… transferred", median(size for _, size in first), "MB")
    print_figure("again from the cache", median(seconds for seconds, _ in again), "s", _AGAIN)
    print_figure("… transferred", median(size for _, size in again), "MB")
    print(f"\nMeasured on {name}; the camera starts at once, and is started as soon as one can.\n")


def _visit(context: BrowserContext, line: SlowLine) -> tuple[float, float]:
    """Seconds, and megabytes from the server."""
    page = context.new_page()
    received, started = line.received, time.monotonic()
    go_live(page, line.address)
    seconds = time.monotonic() - started
    expect(page.locator(".place")).to_contain_text("Computed on this device")
    page.close()
    return seconds, (line.received - received) / 1e6
