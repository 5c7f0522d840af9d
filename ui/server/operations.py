"""What those who run the server need: whether it is ready, what it did, its log, and its end."""

import asyncio
import itertools
import logging
import signal
import socket
import threading
import traceback
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import streamlit as st
from prometheus_client import start_http_server
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route
from uvicorn import Server
from uvicorn.protocols.http.h11_impl import H11Protocol

from core.common.errors import UserError
from core.common.paths import MODELS_ROOT
from core.images.isolated_decoding import start_decoding
from core.serving.logging import log_error, log_event, start_logging
from core.serving.metrics import METRICS, Refusal, metrics_address, summarise
from ui.navigation import find_pages, name_of
from ui.server.readiness import READINESS
from ui.server.visitors import finish

REQUEST_SECONDS = 5.0
"""In which a connection must send the head of a request, or else it ends before twice as many."""

DRAIN_SECONDS = 8.0
"""After SIGTERM, for what is under way; the process ends within two more."""

_LIBRARIES = ("streamlit", "uvicorn", "websockets", "asyncio")
_NO_STORE = {"Cache-Control": "no-store"}
_OWN_PACKAGES = {"__main__", "core", "pages", "streamlit_app", "ui"}
_READERS_OF_VALUES = {
    "SessionState.filtered_state",
    "WStates.__getitem__",
    "WStates.get_serialized",
}


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncGenerator[None]:
    """Start all that visitors need before the first one comes, and shut down cleanly."""
    known = logging.Logger.manager.loggerDict
    names = [name for name in known if name.split(".")[0] in _LIBRARIES]
    # Streamlit switches the log of every request off; a handler would switch it on again.
    start_logging(*(name for name in names if name != "uvicorn.access"))
    logging.getLogger("streamlit.error_util").addFilter(_is_not_nonsense)
    try:
        await asyncio.to_thread(_start)
    except Exception as error:
        # Nothing in its words is a visitor's: there was none yet.
        log_error("start failed", error, cause=str(error))
        raise
    # Neither Streamlit nor uvicorn hands its server to an app, but as the receiver of this signal.
    server: Server = signal.getsignal(signal.SIGTERM).__self__  # type: ignore[union-attr]
    tasks = {
        asyncio.create_task(_end_idle_connections(server)),
        asyncio.create_task(_send_at_once(server)),
    }
    asyncio.get_running_loop().add_signal_handler(
        signal.SIGTERM, lambda: tasks.add(asyncio.create_task(_end(server)))
    )
    log_event("started", ready=READINESS.trouble is None)
    yield
    log_event("stopped", **summarise(METRICS.registry.collect()))


def _start() -> None:
    """Start all that visitors need.

    Raises:
        UserError: a setting keeps the server from answering.
        OSError: the metrics' address is taken, or no process can be started.
    """
    try:
        str(MODELS_ROOT).encode()
    except UnicodeEncodeError as error:
        # Streamlit sends its script's name in UTF-8, and each session would fail.
        raise UserError(
            "The folder of the program has letters that this locale cannot read. Set PYTHONUTF8=1, "
            "or a locale with UTF-8: LC_ALL=C.UTF-8."
        ) from error
    # A page that cannot be imported ends the start, and not every visit.
    find_pages()
    host, port = metrics_address()
    start_http_server(port, host, METRICS.registry)
    start_decoding()
    READINESS.watch()
    threading.Thread(target=_prepare_pages, name="preparing", daemon=True).start()


def _prepare_pages() -> None:
    """Do what each page's first visitor would have to wait for."""
    for module in find_pages():
        if module.PAGE.prepare is None:
            continue
        try:
            module.PAGE.prepare()
        except Exception as error:  # noqa: BLE001
            # A visitor of the page is told.
            log_error("preparing failed", error, page=name_of(module))
    log_event("prepared")


async def _end(server: Server) -> None:
    """Send visitors elsewhere, finish what is under way, and end."""
    READINESS.is_draining = True
    log_event("draining")
    await finish(DRAIN_SECONDS)
    server.config.timeout_graceful_shutdown = 1
    server.handle_exit(signal.SIGTERM, None)


async def _send_at_once(server: Server) -> None:
    """Have connections hold back no short packet (Nagle's algorithm).

    Asyncio sees to that where a socket was made for TCP by name, which Streamlit's is not: every
    answer to a browser that goes on using its connection would take 40 ms longer.
    """
    while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
        await asyncio.sleep(0.01)
    for listening in itertools.chain.from_iterable(each.sockets for each in server.servers):
        if listening.family != socket.AF_UNIX:
            # The connections inherit it.
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


async def _end_idle_connections(server: Server) -> None:
    """End connections that ask for nothing, of which uvicorn keeps any number for ever."""
    idle: set[tuple[H11Protocol, object]] = set()
    while True:
        await asyncio.sleep(REQUEST_SECONDS)
        before = idle
        idle = {
            (connection, connection.cycle)
            for connection in server.server_state.connections
            if isinstance(connection, H11Protocol)
            and (connection.cycle is None or connection.cycle.response_complete)
        }
        for connection, _ in before & idle:
            connection.transport.abort()


def on_script_error(error: Exception) -> bool:
    """Count what went wrong and tell the visitor; Streamlit has logged it, unless it is theirs."""
    if _is_nonsense(error):
        METRICS.refusals.labels(Refusal.NONSENSE).inc()
        log_event("nonsense", error=type(error).__name__)
        words = "The page did not understand what your browser sent. Reload it to continue."
    else:
        METRICS.page_errors.inc()
        words = (
            "Something went wrong on this page. The error was logged, without anything you "
            "entered. Reload the page to continue."
        )
    st.error(words, icon=":material/error:")
    return True


def _is_nonsense(error: BaseException) -> bool:
    """Whether it was raised by Streamlit while it read what a browser sent for a widget."""
    for frame, _ in reversed(list(traceback.walk_tb(error.__traceback__))):
        if frame.f_code.co_qualname in _READERS_OF_VALUES:
            return True
        if frame.f_globals["__name__"].partition(".")[0] in _OWN_PACKAGES:
            return False
    return False


def _is_not_nonsense(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    return error is None or not _is_nonsense(error)


async def _livez(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok", headers=_NO_STORE)


async def _readyz(_request: Request) -> JSONResponse:
    trouble = READINESS.trouble
    answer = {"ready": trouble is None, "age": round(READINESS.age, 1)}
    if trouble is None:
        return JSONResponse(answer, headers=_NO_STORE)
    return JSONResponse(answer | {"why": trouble}, 503, headers=_NO_STORE)


ROUTES = [Route("/livez", _livez), Route("/readyz", _readyz)]
