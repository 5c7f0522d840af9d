"""Imports a dataset in a separate process: PATH ROOT [stop]; with ``stop`` it halts halfway."""

import signal
import sys
import time
from pathlib import Path

from core.datasets.importing import import_dataset
from core.datasets.store import DatasetError


def stop(_done: int, _total: int) -> None:
    """Wait for the signal that ends this process."""
    print("half way", flush=True)
    time.sleep(60)


if __name__ == "__main__":
    # A shell's background processes ignore this signal by default.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    path, root, *stopping = sys.argv[1:]
    try:
        import_dataset(Path(path), Path(root), progress=stop if stopping else None)
    except DatasetError as error:
        print(error)
