"""A Linux control group: how much memory processes take together, at most so much."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
_SECONDS = 0.05


@dataclass
class MemoryGroup:
    """A group of the processes that start as its members, and of all that they start.

    Attributes:
        folder: in which the kernel shows it.
        peak: most bytes at a time so far that are not of files, which the kernel can drop.
    """

    folder: Path
    peak: int = 0
    _ended: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def prefix(self) -> list[str]:
        """A command that runs the one behind it as a member."""
        script = 'echo $$ > "$0" && exec "$@"'
        return ["/bin/sh", "-c", script, str(self.folder / "cgroup.procs")]

    def watch(self) -> None:
        """Measure until the end."""
        while not self._ended.wait(_SECONDS):
            text = (self.folder / "memory.stat").read_text(encoding="ascii")
            figures = dict(line.split() for line in text.splitlines())
            # Version 1 of control groups, or 2.
            self.peak = max(self.peak, int(figures.get("total_rss") or figures["anon"]))

    def end(self) -> None:
        """Have ``watch`` return."""
        self._ended.set()


@contextmanager
def memory_group(name: str, most_bytes: int) -> Iterator[MemoryGroup]:
    """A new group, in which the kernel ends processes where they take more than that.

    Raises:
        OSError: only root may, where control groups of memory are mounted.
    """
    is_first_version = (_ROOT / "memory").is_dir()
    folder = (_ROOT / "memory" if is_first_version else _ROOT) / name
    folder.mkdir()
    limit = "memory.limit_in_bytes" if is_first_version else "memory.max"
    try:
        (folder / limit).write_text(str(most_bytes), encoding="ascii")
        group = MemoryGroup(folder)
        thread = threading.Thread(target=group.watch)
        thread.start()
        try:
            yield group
        finally:
            group.end()
            thread.join()
    finally:
        # Its last processes end with the server.
        while (folder / "cgroup.procs").read_text(encoding="ascii"):
            time.sleep(_SECONDS)
        folder.rmdir()
