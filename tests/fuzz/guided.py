"""``python -m tests.fuzz.guided``: hostile input for guards and parsers, guided by coverage.

The fuzzer keeps input that reaches a new line of the program and changes it further, so it finds
its way through checks that input made by chance fails. It needs atheris, which ``make fuzz``
installs; decoders in C give it nothing to go by, so photos are left to the other run.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

MAX_CASE_SECONDS = 2
MAX_MEGABYTES = 2_000
MAX_CASE_BYTES = 65_536
TARGETS = ("frame", "message", "card", "zip", "pack")


class Target(NamedTuple):
    """What takes one input, the error that it may raise, and input to begin with."""

    enter: Callable[[bytes], object]
    allowed: type[Exception]
    seeds: list[bytes]


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz each target in a process of its own, or one in this; 1 if one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=600, help="for each target")
    parser.add_argument("--target", choices=TARGETS, help="only this one, in this process")
    chosen = parser.parse_args(arguments)
    if chosen.target:
        fuzz(chosen.target, chosen.seconds)
    broken = []
    for target in TARGETS:
        command = [sys.executable, "-W", "ignore", "-m", "tests.fuzz.guided", "--target", target]
        command += ["--seconds", str(chosen.seconds)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        runs = re.search(r"number_of_executed_units: (\d+)", done.stderr)
        print(f"{target}: {int(runs[1]) if runs else 0:,} cases", flush=True)
        if done.returncode != 0:
            print(done.stderr[-4_000:])
            broken.append(target)
    print(f"gave way: {', '.join(broken)}" if broken else "all targets held")
    return int(bool(broken))


def fuzz(name: str, seconds: int) -> None:
    """Fuzz one target until the time is up; this ends the process."""
    import atheris

    with atheris.instrument_imports(include=["core", "ui.live"]):
        from tests.fuzz import doors  # noqa: F401
    with tempfile.TemporaryDirectory() as work, tempfile.TemporaryDirectory() as corpus:
        target = target_of(name, Path(work))
        for number, seed in enumerate(target.seeds):
            Path(corpus, str(number)).write_bytes(seed)

        def test(content: bytes) -> None:
            with suppress(target.allowed):
                target.enter(content)

        options = [
            f"-max_total_time={seconds}",
            f"-timeout={MAX_CASE_SECONDS}",
            f"-rss_limit_mb={MAX_MEGABYTES}",
            f"-max_len={MAX_CASE_BYTES}",
            f"-artifact_prefix={work}/",
            "-print_final_stats=1",
        ]
        atheris.Setup([sys.argv[0], *options, corpus], test)
        atheris.Fuzz()


def target_of(name: str, work: Path) -> Target:
    """A target by its name; it may write to that folder."""
    from core.artifacts.cards import Card
    from core.artifacts.store import MODELS_ROOT
    from core.common.errors import UserError
    from core.common.serialization import decode
    from core.datasets.sources import RefusedImageError, open_source
    from tests.fuzz import doors, hostile, packs
    from ui.live.messages import checked_frame

    def enter_message(content: bytes) -> None:
        checked_frame(json.loads(content))

    def enter_frame(content: bytes) -> None:
        doors.enter_frame(doors.frame_message(content), work)

    def enter_zip(content: bytes) -> None:
        path = work / "dataset.zip"
        path.write_bytes(content)
        with open_source(path) as source:
            for image in source.listing.images:
                with suppress(RefusedImageError):
                    source.read(image)

    match name:
        case "frame":
            return Target(enter_frame, UserError, [hostile.saved("JPEG"), hostile.looping_exif()])
        case "message":
            message = json.dumps(doors.frame_message(hostile.saved("JPEG"))).encode()
            return Target(enter_message, ValueError, [message])
        case "card":
            cards = [path.read_bytes() for path in sorted(MODELS_ROOT.glob("*/card.json"))]
            return Target(partial(decode, Card), ValueError, cards)
        case "zip":
            return Target(enter_zip, UserError, [doors.small_zip()])
        case _:
            return Target(
                lambda each: packs.enter_pack(each, work), UserError, [packs.small_pack()]
            )


if __name__ == "__main__":
    sys.exit(main())
