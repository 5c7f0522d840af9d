"""Measures a server under attack: ``make load-hostile``, as root, for its memory is limited.

Visitors with a camera beside others who send what costs most. It fails where the server keeps the
former waiting or takes more memory than a small machine has; every page was opened before.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence

import numpy as np

from tests.load.hostile_visitors import hostile_visitors
from tests.load.measure import run_round, running_server, summary, synthetic_frame
from tests.load.memory_group import memory_group
from tests.load.pages import open_page
from tests.load.photo_visitor import photo_visitor
from ui.navigation import find_pages, name_of

LIMIT_BYTES = 1024**3
MOST_MEGABYTES = 700
MOST_MILLISECONDS = 400
"""In which 95% of the frames are answered."""
_LEAD_SECONDS = 10
"""By which the attack is longer, for processes and sessions to start."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit status is 1 where the server gave way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=10, help="visitors with a camera")
    parser.add_argument("--hostile", type=int, default=6, help="visitors who attack")
    parser.add_argument("--seconds", type=float, default=60.0)
    chosen = parser.parse_args(arguments)
    with (
        memory_group("fingers-load", LIMIT_BYTES) as group,
        running_server(group.prefix) as server,
    ):
        for page in find_pages():
            open_page(server.port, name_of(page))
        print(f"before: {group.peak / 1e6:.0f} MB")
        lasting = chosen.seconds + _LEAD_SECONDS
        with (
            hostile_visitors(server.port, chosen.hostile, lasting),
            photo_visitor(server.port, chosen.seconds) as photos,
        ):
            logs, _ = asyncio.run(
                run_round(server, synthetic_frame(), chosen.sessions, chosen.seconds)
            )
        errors = open_page(server.port, "")
        print(summary(logs, chosen.seconds))
        print(
            f"a visitor with photos: {len(photos.seconds)} answers, "
            f"median {np.median(photos.seconds):.2f} s, longest {max(photos.seconds):.2f} s; "
            f"ready {photos.ready} times of {photos.ready + photos.not_ready}"
        )
        print(f"during: {group.peak / 1e6:.0f} MB")
    times = [each for log in logs for each in log.milliseconds]
    held = (
        not errors
        and not any(log.errors or log.lost for log in logs)
        and float(np.percentile(times, 95)) <= MOST_MILLISECONDS
        and group.peak <= MOST_MEGABYTES * 1e6
    )
    print("held" if held else "gave way")
    return int(not held)


if __name__ == "__main__":
    sys.exit(main())
