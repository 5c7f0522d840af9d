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

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def in_own_process(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Decorate a function or a test to run in a separate process, and to fail if that fails.

    Arguments are paths or what JSON can hold; a function's own imports are best inside it, for its
    module is imported by pytest too.
    """

    @wraps(function)
    def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        arguments = inspect.signature(function).bind(*args, **kwargs).args
        call = (function.__module__, function.__name__, json.dumps(arguments, default=str))
        done = subprocess.run(
            [sys.executable, "-m", __name__, *call],
            capture_output=True, text=True, cwd=ROOT, timeout=280, check=False,
            env=os.environ | {"CUDA_VISIBLE_DEVICES": ""},
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
