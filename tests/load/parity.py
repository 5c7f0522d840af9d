"""Holds the browser's engine against Python: ``make measure-parity``.

On drawn photos and, with ``--data FOLDER``, on the held-out photos of the datasets there.
"""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core.common.types import Uint8Array
from core.hands.pipeline import hand_recogniser
from core.hands_training.test_sets import sources_in
from tests.helpers.browser import running_app, running_browser, write_camera_film
from tests.helpers.browser_engine import drawn_photos, engine, measure_parity


def held_out_photos(folder: Path, count: int) -> Iterator[Uint8Array]:
    """About that many held-out photos, evenly of all datasets."""
    sources = sources_in(folder)
    each = -(-count // len(sources))
    for source in sources.values():
        chosen = np.linspace(0, len(source.photos) - 1, min(each, len(source.photos))).astype(int)
        for index in chosen:
            yield source.load(source.photos[index]).pixels


def main() -> None:
    """Read the photos in both, and print how often they agree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=300, help="of each kind")
    parser.add_argument("--data", type=Path, help="folder of photo datasets")
    given = parser.parse_args()
    film = Path(tempfile.mkdtemp()) / "none.mjpeg"
    write_camera_film(film, np.zeros((48, 64, 3), np.uint8))
    recogniser = hand_recogniser()
    kinds = {"drawn": drawn_photos(given.photos)}
    if given.data is not None:
        kinds["held-out"] = held_out_photos(given.data, given.photos)
    with (
        running_app() as address,
        running_browser(film) as browser,
        engine(browser.new_page(), address) as read,
    ):
        for name, photos in kinds.items():
            print(f"{name}: {measure_parity(photos, read, recogniser)}")


if __name__ == "__main__":
    main()
