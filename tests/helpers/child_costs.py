"""Memory and processor time of short-lived children of a process, sampled while they run."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Costs:
    """What the costliest child has taken so far.

    Attributes:
        resident_bytes: at its peak; pages shared with the parent count.
        processor_seconds: of all its threads.
        running: children at the last look.
    """

    resident_bytes: int = 0
    processor_seconds: float = 0.0
    running: int = 0
    _ended: threading.Event = field(default_factory=threading.Event, repr=False)

    def watch(self, parent: int) -> None:
        """Sample until the end."""
        children = Path(f"/proc/{parent}/task/{parent}/children")
        while not self._ended.wait(0.005):
            found = children.read_text(encoding="ascii").split()
            for child in found:
                # It may end meanwhile.
                with suppress(OSError, IndexError):
                    self._look_at(Path("/proc", child))
            self.running = len(found)

    def end(self) -> None:
        """Have ``watch`` return."""
        self._ended.set()

    def _look_at(self, process: Path) -> None:
        status = (process / "status").read_text(encoding="ascii").partition("VmHWM:")[2]
        if status:
            self.resident_bytes = max(self.resident_bytes, int(status.split()[0]) << 10)
        # Fields 14 and 15 (proc_pid_stat(5)), counted behind the name in brackets.
        fields = (process / "stat").read_text(encoding="ascii").rpartition(")")[2].split()
        seconds = (int(fields[11]) + int(fields[12])) / _TICKS
        self.processor_seconds = max(self.processor_seconds, seconds)


@contextmanager
def costs_of_children(parent: int) -> Iterator[Costs]:
    """Watch the children of a process."""
    costs = Costs()
    thread = threading.Thread(target=costs.watch, args=(parent,))
    thread.start()
    try:
        yield costs
    finally:
        costs.end()
        thread.join()
