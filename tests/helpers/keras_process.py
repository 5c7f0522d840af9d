"""Runs functions in a process that has TensorFlow: one for all tests of a worker.

Importing TensorFlow takes longer than most of these tests, and their own process must stay without.
"""

import importlib
import inspect
import io
import os
import sys
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import redirect_stderr, redirect_stdout
from functools import cache, wraps
from multiprocessing import get_context
from typing import NamedTuple, ParamSpec, TypeVar, cast

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

SECONDS = 280


class CommandOutput(NamedTuple):
    """How a command ended, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


def in_keras_process(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Decorate a module's function or test to run there, and to raise here what it raises there."""

    @wraps(function)
    def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        call = (function.__module__, function.__name__, args, kwargs, dict(os.environ))
        future = cast("Future[Result]", _pool().submit(_call, *call))
        try:
            return future.result(SECONDS)
        except (TimeoutError, BrokenProcessPool):
            # The next test gets a process of its own.
            _end_pool()
            raise

    return run


@in_keras_process
def run_command(*arguments: str) -> CommandOutput:
    """Run ``python -m core`` with these arguments."""
    from core.__main__ import main

    stdout, stderr = io.StringIO(), io.StringIO()
    with redirect_stdout(stdout), redirect_stderr(stderr):
        returncode = main(list(arguments))
    return CommandOutput(returncode, stdout.getvalue(), stderr.getvalue())


@cache
def _pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn"))


def _end_pool() -> None:
    pool = _pool()
    _pool.cache_clear()
    for process in list((pool._processes or {}).values()):
        process.kill()
    pool.shutdown(wait=False, cancel_futures=True)


def _call(
    module: str,
    name: str,
    args: tuple[object, ...],
    kwargs: dict[str, object],
    environment: dict[str, str],
) -> object:
    os.environ.clear()
    os.environ.update(environment, CUDA_VISIBLE_DEVICES="")
    _forget_models()
    return inspect.unwrap(getattr(importlib.import_module(module), name))(*args, **kwargs)


def _forget_models() -> None:
    """What an earlier test left in Keras must not name or type the layers of the next one."""
    if "keras" in sys.modules:
        import keras

        keras.utils.clear_session()
        keras.mixed_precision.set_global_policy("float32")
