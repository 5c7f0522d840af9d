"""Independent parts of a long computation: one after the other, or spread over a Dask cluster.

What Dask is trusted with, and why there is no scheduler of our own: docs/decisions/0009.
"""

import argparse
import io
import random
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, redirect_stdout
from contextvars import ContextVar
from functools import cache, partial
from importlib.util import find_spec, module_from_spec
from typing import TYPE_CHECKING, TypeVar

from core.common.errors import UserError
from core.common.progress import ProgressLine, with_progress

if TYPE_CHECKING:
    from distributed import Client

Part = TypeVar("Part")
Result = TypeVar("Result")

RETRIES = 2
"""After an error of a part's own, such as a full disk; Dask counts lost workers by itself."""

_client: ContextVar["Client | None"] = ContextVar("client", default=None)


def add_cluster_argument(parser: argparse.ArgumentParser, parts: str) -> None:
    """Add ``--cluster``, which spreads what the words name."""
    parser.add_argument(
        "--cluster",
        type=_address,
        metavar="local|tls://HOST:PORT",
        help=f"spread the {parts} over this machine's cores, or over a Dask cluster",
    )


def _address(text: str) -> str:
    if text != "local" and not text.startswith(("tcp://", "tls://")):
        raise argparse.ArgumentTypeError("must be local, tcp://HOST:PORT or tls://HOST:PORT")
    return text


@contextmanager
def cluster(address: str | None) -> Iterator[None]:
    """Spread the parts that are mapped meanwhile; without an address they run here, one by one.

    Raises:
        UserError: Dask is not installed, or a worker has several threads.
        OSError: nobody answers at the address.
    """
    if address is None:
        yield
        return
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise UserError(
            "--cluster needs Dask. Install it: pip install -r requirements-cluster.txt"
        ) from error
    with ExitStack() as stack:
        if address == "local":
            # Other users of the machine reach the port, too, so it asks for a certificate that only
            # this process has.
            local = LocalCluster(
                host="127.0.0.1",
                threads_per_worker=1,
                security=True,
                dashboard_address="127.0.0.1:0",
            )
            client = stack.enter_context(Client(stack.enter_context(local)))
        else:
            client = stack.enter_context(Client(address))
        # Keras's seeds and what parts print are a process's own.
        if max(client.nthreads().values(), default=1) > 1:
            raise UserError("Each worker must have one thread: start it with --nthreads 1.")
        stack.callback(_client.reset, _client.set(client))
        yield


def map_parts(
    function: Callable[[Part], Result], parts: Sequence[Part], label: str
) -> Generator[tuple[Part, Result], None, None]:
    """Each part with the function's result, as they finish, with a progress bar.

    On a cluster the function is pickled, and a part whose worker is lost is done again elsewhere.
    What parts print is printed here.

    Raises:
        UserError: the scheduler was lost, or a part cost every worker that tried it its life.
    """
    client = _client.get()
    if client is None:
        yield from ((part, function(part)) for part in with_progress(parts, label))
        return
    from distributed import KilledWorker, as_completed

    tasks = client.map(partial(_print_to_client, function), parts, pure=False, retries=RETRIES)
    part_of = dict(zip((task.key for task in tasks), parts, strict=True))
    progress = ProgressLine(label)
    try:
        for done, task in enumerate(as_completed(tasks), start=1):
            yield part_of[task.key], task.result()
            progress(done, len(parts))
    except CancelledError as error:
        raise UserError(
            "The cluster's scheduler was lost. Finished parts are kept: run the same command again."
        ) from error
    except KilledWorker as error:
        raise UserError(
            f"Several workers died of the same part ({error.task}), probably for want of memory. "
            "Finished parts are kept: run the same command on fewer or larger workers."
        ) from error
    finally:
        client.cancel(tasks)


def all_parts(
    function: Callable[[Part], Result], parts: Sequence[Part], label: str
) -> tuple[Result, ...]:
    """The results of all parts in their order; see ``map_parts``."""
    results = dict(map_parts(function, parts, label))
    return tuple(results[part] for part in parts)


class _ClientsOutput(io.TextIOBase):
    """Standard output of the client to whom a worker's task belongs, line by line."""

    def __init__(self) -> None:
        self._line = ""

    def write(self, text: str) -> int:
        from distributed import get_worker

        worker = get_worker()
        # Dask cannot end a thread: a part whose client is gone ends where it next says something.
        if worker.state.tasks[worker.get_current_task()].state == "cancelled":
            raise CancelledError
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            worker.log_event("print", {"args": (line,), "flush": True})
        return len(text)


@cache
def _keep_random_apart() -> None:
    """Give Dask and Tornado a module ``random`` of their own.

    Their threads draw from it at any time, and Keras draws its initial weights from a seeded one.
    """
    spec = find_spec("random")
    assert spec is not None
    assert spec.loader is not None
    own = module_from_spec(spec)
    spec.loader.exec_module(own)
    for name, module in list(sys.modules.items()):
        is_theirs = name.partition(".")[0] in ("dask", "distributed", "tornado")
        if is_theirs and vars(module).get("random") is random:
            vars(module)["random"] = own


def _print_to_client(function: Callable[[Part], Result], part: Part) -> Result:
    _keep_random_apart()
    with redirect_stdout(_ClientsOutput()):
        return function(part)
