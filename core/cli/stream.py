"""``python -m core stream``: train a model for show; one JSON object a line tells how it goes."""

import argparse
import os
import shutil
import sys
import tempfile
import threading
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import BinaryIO

from core.common.errors import UserError
from core.training_jobs.messages import Message, Refused, as_line
from core.training_jobs.request import EPOCHS, IMAGES, TrainingRequest
from core.zoo import article_specs

SUMMARY = "train a model for show, told as one JSON object a line; nothing of it is kept"

NICENESS = 10
"""The app, which may run on the same cores, goes first."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the model and how much it learns, and how the app runs this."""
    parser.add_argument("name", metavar="NAME", help=f"one of: {', '.join(article_specs())}")
    parser.add_argument(
        "--images",
        type=int,
        default=3_000,
        metavar="N",
        help=f"learn from so many of the train images, {IMAGES[0]} to {IMAGES[-1]:,} (3,000)",
    )
    parser.add_argument(
        "--epochs",
        type=int,
        default=5,
        metavar="N",
        help=f"passes through them, {EPOCHS[0]} to {EPOCHS[-1]} (5)",
    )
    parser.add_argument(
        "--folder", type=Path, help="work in this empty folder and leave the exported model there"
    )
    parser.add_argument(
        "--attached",
        action="store_true",
        help="as soon as standard input is closed, end and remove the folder",
    )


def run(arguments: argparse.Namespace) -> int:
    """Train and tell; a reason why it cannot be done is told as the last line."""
    if arguments.name not in article_specs():
        raise UserError(f"There is no model '{arguments.name}' to be trained on the dataset.")
    try:
        request = TrainingRequest(arguments.name, arguments.images, arguments.epochs)
    except ValueError as error:
        raise UserError(str(error)) from error
    os.nice(NICENESS)
    work = nullcontext(arguments.folder) if arguments.folder else tempfile.TemporaryDirectory()
    with work as folder, _own_output() as output:
        if arguments.attached:
            _end_when_left_alone(Path(folder))
        return _stream(request, Path(folder), output)


def _stream(request: TrainingRequest, folder: Path, output: BinaryIO) -> int:
    # Keras and TensorFlow take seconds to import; the other commands must not wait for them.
    from core.training_jobs.streaming import stream_training

    tell = partial(_tell, output)
    try:
        stream_training(request, folder, tell)
    except UserError as error:
        tell(Refused(str(error)))
        return 1
    return 0


def _tell(output: BinaryIO, message: Message) -> None:
    output.write(as_line(message))
    output.flush()


def _own_output() -> BinaryIO:
    """Standard output for messages alone: what libraries print goes nowhere."""
    output = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
    return output


def _end_when_left_alone(folder: Path) -> None:
    """However whoever started this ends, its end of the pipe is closed, and so this ends too."""

    def wait() -> None:
        while os.read(sys.stdin.fileno(), 1024):
            pass
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(1)

    threading.Thread(target=wait, daemon=True, name="left-alone").start()
