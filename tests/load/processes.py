"""The processes of server and browser that this one started, with their time and memory."""

import os
from collections import Counter
from pathlib import Path

_TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")
_PAGE_MEGABYTES = os.sysconf("SC_PAGESIZE") / 1e6
_KINDS = {"streamlit": "server", "chrom": "browser"}


def own_processes() -> dict[int, str]:
    """Those started by this one, as "server" or "browser", by process ID."""
    every = _parents_and_commands()

    def is_ours(process: int) -> bool:
        while process in every:
            process = every[process][0]
            if process == os.getpid():
                return True
        return False

    return {
        process: kind
        for process, (_, command) in every.items()
        for word, kind in _KINDS.items()
        if word in command and is_ours(process)
    }


def _parents_and_commands() -> dict[int, tuple[int, str]]:
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            found[int(folder.name)] = (parent, (folder / "cmdline").read_text())
        except OSError:  # it has ended meanwhile
            continue
    return found


def processor_milliseconds() -> Counter[str]:
    """The processor time that server and browser have taken since they started."""
    taken: Counter[str] = Counter()
    for process, kind in own_processes().items():
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        taken[kind] += round((int(fields[11]) + int(fields[12])) * _TICK_MS)
    return taken


def server_megabytes() -> float:
    """The server's resident memory."""
    (server,) = (process for process, kind in own_processes().items() if kind == "server")
    return resident_megabytes(server)


def renderer_megabytes() -> float:
    """The resident memory of the browser's processes that draw pages and run their workers."""
    return sum(
        resident_megabytes(process)
        for process, (_, command) in _parents_and_commands().items()
        if "--type=renderer" in command and process in own_processes()
    )


def resident_megabytes(process: int) -> float:
    """A process's resident memory."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE_MEGABYTES
