"""``make screenshots``: every page as visitors see it, in three sizes, light and dark.

The pictures go into ``test-output/screenshots``, each once as the window shows it and once whole;
those of the README into ``docs``. The app has no dataset and a camera that shows a drawn hand, so
that nobody's photo is on them.
"""

import argparse
import itertools
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, ViewportSize

from tests.helpers.browser import (
    ROOT,
    SCREENSHOTS,
    TIMEOUT,
    confidently_classified_sample,
    running_app,
    running_browser,
    settle,
    wait_until_drawn,
    wait_until_run,
    write_camera_film,
)
from ui.navigation import find_pages, name_of

SIZES = ((1280, 800), (1920, 1080), (390, 844))
THEMES = ("light", "dark")
README = {"try_it": ROOT / "docs" / "try_it.png"}
"""In the first size, light."""

_MOST_PIXELS = 8_000
"""Of a page's height; Chromium draws no more."""


def main() -> None:
    """Take the pictures of the pages that were asked for, else of all."""
    pages = [name_of(module) for module in find_pages()]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", nargs="+", choices=pages, default=pages)
    parser.add_argument("--address", help="of a server that runs already")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["FINGERS_DATA"] = str(Path(folder) / "no_dataset")
        film = Path(folder) / "hand.mjpeg"
        write_camera_film(film, confidently_classified_sample(1, "R"))
        with running_browser(film) as browser:
            if asked.address:
                take(browser, asked.address, asked.pages)
            else:
                with running_app() as address:
                    take(browser, address, asked.pages)


def take(browser: Browser, address: str, names: Sequence[str]) -> None:
    """Take the pictures of these pages."""
    folder = SCREENSHOTS / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    for name, (width, height), theme in itertools.product(names, SIZES, THEMES):
        # A chart's colours are those of the theme in which the page was opened.
        scheme: Any = theme
        page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        page.set_default_timeout(TIMEOUT)
        page.goto(f"{address}/{name}")
        page.get_by_role("heading", level=1).first.wait_for()
        wait_until_run(page)
        path = folder / f"{name}_{width}x{height}_{theme}.png"
        page.screenshot(path=path)
        if name in README and (width, height, theme) == (*SIZES[0], THEMES[0]):
            page.screenshot(path=README[name])
        page.set_viewport_size(_whole(page, width))
        settle(page)
        page.screenshot(path=path.with_stem(f"{path.stem}_whole"))
        page.close()
        print(path.name, flush=True)
    print(f"The pictures are in {folder.relative_to(ROOT)}.")


def _whole(page: Page, width: int) -> ViewportSize:
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    wait_until_drawn(page)
    return {"width": width, "height": min(int(height), _MOST_PIXELS)}


if __name__ == "__main__":
    main()
