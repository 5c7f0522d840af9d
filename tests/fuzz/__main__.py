"""``python -m tests.fuzz``: hostile input for every entry point, with limited memory."""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from tests.fuzz import guards
from tests.fuzz.doors import Door, doors
from tests.fuzz.guards import check_case, limit_memory, peak_megabytes, writing_only_in

HANG_SECONDS = 3 * 3600


def main(arguments: Sequence[str] | None = None) -> int:
    """Test all entry points, or one in this process; the exit status is 1 if one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="of the cases of a long run")
    parser.add_argument("--door", help="only this one, in this process")
    parser.add_argument(
        "--slack",
        type=float,
        default=1.0,
        help="how many times as long a case may take: on a busy machine two threads share a core",
    )
    chosen = parser.parse_args(arguments)
    if chosen.door:
        (door,) = [each for each in doors() if each.name == chosen.door]
        guards.MAX_SECONDS *= chosen.slack
        print(throw(door, max(1, round(door.cases * chosen.share))), flush=True)
        return 0
    broken = []
    for door in doors():
        command = [sys.executable, "-m", "tests.fuzz", "--door", door.name]
        command += ["--share", str(chosen.share), "--slack", str(chosen.slack)]
        if subprocess.run(command, timeout=HANG_SECONDS, check=False).returncode != 0:
            broken.append(door.name)
    print(f"gave way: {', '.join(broken)}" if broken else "all doors held")
    return int(bool(broken))


def throw(door: Door, cases: int) -> str:
    """Run the corpus and that many generated cases on one entry point; reports what was done.

    Raises:
        CaseError: or whatever a case raised; the entry point failed.
    """
    corpus = door.corpus()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def check(case: object) -> None:
            check_case(lambda: door.enter(case, folder), door.allowed, door.share)

        # What is loaded on first use does not count.
        with contextlib.suppress(door.allowed):
            door.enter(door.harmless, folder)
        limit_memory()
        before, started, done = peak_megabytes(), time.monotonic(), 0
        with writing_only_in(folder):
            for case, thrown in corpus.items():
                try:
                    check(thrown)
                except BaseException as error:
                    error.add_note(f"at the case: {case}")
                    raise
                done += 1
            done += run_generated(door, cases, check)
    return (
        f"{door.name}: {done:,} cases in {time.monotonic() - started:.0f} s, "
        f"{peak_megabytes() - before:.0f} MB more at most"
    )


def run_generated(door: Door, cases: int, take: Callable[[object], None]) -> int:
    """Pass that many generated cases to ``take``; returns how many there were."""
    taken = 0

    @settings(
        max_examples=cases,
        deadline=None,
        database=None,
        derandomize="CI" in os.environ,
        suppress_health_check=list(HealthCheck),
    )
    @given(door.thrown)
    def generated(thrown: object) -> None:
        nonlocal taken
        taken += 1
        take(thrown)

    generated()
    return taken


if __name__ == "__main__":
    sys.exit(main())
