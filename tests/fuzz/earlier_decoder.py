"""The process of ``tests.fuzz.earlier`` in which an earlier program decodes, a child for each file.

It takes files from its standard input, each behind its length, and prints a line for each.
"""

import contextlib
import importlib
import os
import resource
import sys
from pathlib import Path

MAX_SECONDS = 60
"""After which a file is given up."""


def main() -> None:
    """Decode up to the end of the input."""
    sys.path.insert(0, str(Path.cwd()))
    decode_photo = importlib.import_module(sys.argv[1]).decode_photo
    while header := sys.stdin.buffer.read(4):
        content = sys.stdin.buffer.read(int.from_bytes(header, "little"))
        if (child := os.fork()) == 0:
            resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
            with contextlib.suppress(Exception):
                decode_photo(content)
            os._exit(0)
        loaded = _resident_kilobytes()
        _, _, used = os.wait4(child, 0)
        grown = (used.ru_maxrss - loaded) * 1024 / 1e6
        print(f"{used.ru_utime + used.ru_stime:.2f} {grown:.0f}", flush=True)


def _resident_kilobytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() // 1024


if __name__ == "__main__":
    main()
