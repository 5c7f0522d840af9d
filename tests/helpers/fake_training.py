"""A stand-in for a training process: it carries out its arguments one after the other.

``fake_training.py FOLDER STEP… HANDLE``; each step is an action, or an action, a colon and a value.
"""

import os
import shutil
import signal
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path


def main() -> None:  # noqa: C901
    """Take the steps, then end."""
    folder, *steps, handle = sys.argv[1:]
    connection = Connection(int(handle))
    for step in steps:
        action, _, value = step.partition(":")
        match action:
            case "send":
                connection.send_bytes(value.encode())
            case "send-endlessly":
                while True:
                    connection.send_bytes(value.encode())
            case "write-bytes":
                os.write(connection.fileno(), bytes.fromhex(value))
            case "print":
                print(value, flush=True)
            case "copy":
                shutil.copy(value, Path(folder) / "serving.tflite")
            case "close":
                connection.close()
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "exit":
                sys.exit(int(value))
            case "wait":
                time.sleep(600)
            case _:
                raise ValueError(f"no such step: {step}")


if __name__ == "__main__":
    main()
