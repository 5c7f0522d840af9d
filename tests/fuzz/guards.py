"""Checks for every hostile case: a named error, in limited time and memory, and no stray file."""

import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MAX_SECONDS = 2.0
"""Processor time for one case; wall time would also measure the machine's other work."""

MAX_STALL_SECONDS = 0.5
"""In which no other thread of Python ran: decoders in C may hold the interpreter's lock."""

MAX_BYTES = 1_500_000_000
"""Address space beyond what the process had at the start."""

_WRITING = {"w", "a", "x", "+"}
_CHANGING = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.chmod"}


class CaseError(AssertionError):
    """A case violated one of the checks."""


def check_case(run: Callable[[], object], allowed: type[Exception], share: float = 1.0) -> None:
    """Run one case.

    Args:
        run: may raise ``allowed``, with a message for the user, and nothing else.
        allowed: the named error.
        share: of ``MAX_SECONDS`` that it may take.

    Raises:
        CaseError: it took too long, held the interpreter's lock, or its error has no message.
    """
    started = time.process_time()
    try:
        with heartbeat() as stall:
            run()
    except allowed as error:
        if not str(error).strip() or "Traceback" in str(error):
            raise CaseError(f"an error without words: {error!r}") from error
    seconds = time.process_time() - started
    if seconds > MAX_SECONDS * share:
        raise CaseError(f"a case took {seconds:.1f} s")
    if stall.seconds > MAX_STALL_SECONDS:
        raise CaseError(f"a case kept other threads waiting for {stall.seconds:.1f} s")


@dataclass
class Stall:
    """Processor time of this process between two beats, at most, in seconds."""

    seconds: float = 0.0


@contextmanager
def heartbeat() -> Iterator[Stall]:
    """Beat in a thread beside the block; it misses beats while the interpreter's lock is held.

    Counted in processor time, since a busy machine makes any thread miss beats.
    """
    stall, ended = Stall(), threading.Event()

    def beat() -> None:
        before = time.process_time()
        while not ended.wait(0.01):
            now = time.process_time()
            stall.seconds = max(stall.seconds, now - before)
            before = now
        stall.seconds = max(stall.seconds, time.process_time() - before)

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        yield stall
    finally:
        ended.set()
        thread.join()


def limit_memory() -> None:
    """Limit this process's address space; only call this in a child process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + MAX_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def peak_megabytes() -> float:
    """This process's peak memory so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


@contextmanager
def writing_only_in(folder: Path) -> Iterator[None]:
    """Raise as soon as something outside a folder is written, moved or removed.

    Python's audit events cover every way in which Python itself does so; a hook cannot be removed,
    so this one is inactive after the block.
    """
    allowed = (str(folder.resolve()), "/dev/null", "/dev/shm", "/proc/self")
    awake = True

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if not awake:
            return
        if event == "open":
            path, mode, _ = arguments
            if not isinstance(mode, str) or not _WRITING & set(mode):
                return
        elif event in _CHANGING:
            path = arguments[0]
        else:
            return
        if isinstance(path, str | bytes | Path):
            text = path.decode() if isinstance(path, bytes) else str(path)
            if text.startswith("/") and not text.startswith(allowed) and "__pycache__" not in text:
                raise CaseError(f"{event} outside of the data folder: {text}")

    sys.addaudithook(watch)
    try:
        yield
    finally:
        awake = False
