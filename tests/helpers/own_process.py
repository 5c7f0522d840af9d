"""Runs functions in a Python process of their own, to which no test before has done anything."""

import importlib
import inspect
import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar, get_type_hints

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = os.environ | {"CUDA_VISIBLE_DEVICES": ""}

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def command_of(function: Callable[Arguments, object], *arguments: object) -> list[str]:
    """The command line that calls a module's function; its result is the last line of the output.

    Arguments are paths or what JSON can hold; a function's own imports are best inside it, for its
    module is imported by pytest too.
    """
    call = (function.__module__, function.__name__, json.dumps(arguments, default=str))
    return [sys.executable, "-m", __name__, *call]


def in_own_process(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Decorate a function or a test to run in a separate process, and to fail if that fails."""

    @wraps(function)
    def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        arguments = inspect.signature(function).bind(*args, **kwargs).args
        done = subprocess.run(
            command_of(function, *arguments),
            capture_output=True, text=True, cwd=ROOT, env=ENVIRONMENT, timeout=280, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        result: Result = json.loads(done.stdout.splitlines()[-1])
        return result

    return run


def main(module: str, name: str, arguments: str) -> None:
    """Call the function and print what it returns."""
    function = inspect.unwrap(getattr(importlib.import_module(module), name))
    hints = [get_type_hints(function)[each] for each in inspect.signature(function).parameters]
    values = zip(json.loads(arguments), hints, strict=False)
    print("\n" + json.dumps(function(*(Path(a) if hint is Path else a for a, hint in values))))


if __name__ == "__main__":
    main(*sys.argv[1:])
