"""Measures what the live page is to reach: ``make measure-live``, on an otherwise idle machine.

A Chromium with a fake camera and the server share the machine; the hand models are the real ones.
Each figure stands with its unit, its bar and the load average, over the machine that it is of.
"""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.helpers.browser import confidently_classified_sample, write_camera_film
from tests.load.beside_mediapipe import measure_beside_mediapipe
from tests.load.crowd import measure_crowd
from tests.load.figures import print_head
from tests.load.first_visit import measure_first_visit
from tests.load.live_page import measure_live_page


def main() -> None:
    """Measure all parts, or those that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=30, help="of the live page, after 5 more")
    parser.add_argument("--reads", choices=("This device", "The server"), default="This device")
    parser.add_argument("--size", default="1280x900", help="of the window, in pixels")
    parser.add_argument("--visitors", type=int, default=500, help="who come within a minute")
    parser.add_argument("--visits", type=int, default=5, help="first visits")
    parser.add_argument("--each", type=int, default=1, help="sequences of each scene, for both")
    parser.add_argument("--photos", type=int, default=35, help="held-out photos, for both")
    parser.add_argument("--data", type=Path, help="folder of photo datasets")
    parser.add_argument("--parts", default="page,crowd,first,mediapipe", help="what to measure")
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        film = Path(folder) / "hand.mjpeg"
        write_camera_film(film, confidently_classified_sample(1, "R"))
        parts: Mapping[str, Callable[[], None]] = {
            "page": lambda: measure_live_page(given.seconds, given.reads, given.size),
            "crowd": lambda: measure_crowd(film, given.visitors, seconds=60),
            "first": lambda: measure_first_visit(film, given.visits),
            "mediapipe": lambda: measure_beside_mediapipe(given.each, given.photos, given.data),
        }
        for part in given.parts.split(","):
            print_head()
            parts[part]()


if __name__ == "__main__":
    main()
