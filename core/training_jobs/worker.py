"""The process of one training: it trains, reports to the app and exits with it.

``python -m core.training_jobs.worker FOLDER MODEL IMAGES EPOCHS HANDLE``, started by the queue.
"""

import contextlib
import os
import shutil
import sys
import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from core.common.errors import UserError
from core.training_jobs.request import TrainingRequest
from core.training_jobs.status import Failed, Message, encoded

NICENESS = 10
"""Gives the app priority, which may run on the same cores."""


def main(arguments: Sequence[str]) -> int:
    """Train and report; if the training fails, the last message says why."""
    folder, model, images, epochs, handle = arguments
    os.nice(NICENESS)
    connection = Connection(int(handle))
    end_with_parent(connection, Path(folder))
    from core.training_jobs.trainer import train

    def send(message: Message) -> None:
        # If the parent is gone, the waiting thread ends this process.
        with contextlib.suppress(BrokenPipeError):
            connection.send_bytes(encoded(message))

    try:
        train(TrainingRequest(model, int(images), int(epochs)), Path(folder), send)
    except UserError as error:
        send(Failed(str(error)))
        return 1
    return 0


def end_with_parent(connection: Connection, folder: Path) -> None:
    """Remove the folder and exit when the parent ends, which closes its end of the pipe.

    The parent sends nothing, so any result of reading means that it is gone.
    """

    def wait() -> None:
        with contextlib.suppress(EOFError, OSError):
            connection.recv_bytes(0)
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(1)

    threading.Thread(target=wait, daemon=True, name="end-with-parent").start()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
