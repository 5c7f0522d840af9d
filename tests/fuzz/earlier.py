"""``python -m tests.fuzz.earlier FOLDER MODULE``: whether today's cases find an earlier weakness.

FOLDER holds the program as it was, whose MODULE has ``decode_photo``. Files are built here; a child
there decodes each, and its cost is held against what a file may take today.
"""

import argparse
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from hypothesis import HealthCheck, given, settings

from tests.fuzz.grammars import RECIPES, Recipe, built, kind_of
from tests.helpers.costly_photos import costly_photos

MAX_SECONDS, MAX_MEGABYTES = 2.0, 400.0
_LENGTH_BYTES = 4

_DECODER = Path(__file__).with_name("earlier_decoder.py")


class Cost(NamedTuple):
    """What a file took: processor seconds, and megabytes beyond what was loaded."""

    seconds: float
    megabytes: float

    @property
    def is_high(self) -> bool:
        """Whether it is more than a file may take today."""
        return self.seconds > MAX_SECONDS or self.megabytes > MAX_MEGABYTES


class EarlierDecoder:
    """The process that runs the earlier program."""

    def __init__(self, folder: Path, module: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", str(_DECODER), module],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def cost_of(self, content: bytes) -> Cost:
        """Decode a file there."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(len(content).to_bytes(_LENGTH_BYTES, "little") + content)
        self._process.stdin.flush()
        return Cost(*map(float, self._process.stdout.readline().split()))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what each known file costs, and the parts of generated ones that cost too much."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("module")
    parser.add_argument("--cases", type=int, default=300)
    chosen = parser.parse_args(arguments)
    decoder = EarlierDecoder(chosen.folder, chosen.module)
    for name, make in costly_photos().items():
        cost = decoder.cost_of(make())
        verdict = "found" if cost.is_high else "within limits"
        print(f"{name}: {cost.seconds:.1f} s, {cost.megabytes:.0f} MB, {verdict}", flush=True)
    found: Counter[str] = Counter()

    @settings(
        max_examples=chosen.cases,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(RECIPES)
    def generated(case: tuple[str, Recipe]) -> None:
        if (cost := decoder.cost_of(built(*case))).is_high:
            found[kind_of(*case)] += 1
            print(kind_of(*case), cost, flush=True)

    generated()
    print(f"{chosen.cases} generated: {found.total()} found, of {len(found)} kinds")
    for kind, count in sorted(found.items()):
        print(f"  {kind}: {count}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
