"""What those who run the server need: whether it is ready, what it did, and its log."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import streamlit as st
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from core.common.errors import UserError
from core.images.isolated_decoding import start_decoding
from core.serving.logging import log_event, start_logging
from core.serving.metrics import METRICS, summarise
from ui.server.models import ready_recogniser

_LIBRARIES = ("streamlit", "uvicorn", "websockets", "asyncio")
_NO_STORE = {"Cache-Control": "no-store"}


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncGenerator[None]:
    """Start the log, the models and the decoding process, so that no visitor waits for them."""
    known = logging.Logger.manager.loggerDict
    names = [name for name in known if name.split(".")[0] in _LIBRARIES]
    # Streamlit switches the log of every request off; a handler would switch it on again.
    start_logging(*(name for name in names if name != "uvicorn.access"))
    trouble = await asyncio.to_thread(_trouble)
    await asyncio.to_thread(start_decoding)
    log_event("started", ready=trouble is None)
    yield
    log_event("stopped", **summarise(METRICS.registry.collect()))


def on_script_error(_error: Exception) -> bool:
    """Count what went wrong unforeseen, and tell the visitor; Streamlit has logged it."""
    METRICS.page_errors.inc()
    st.error(
        "Something went wrong on this page. The error was logged, without anything you entered. "
        "Reload the page to continue.",
        icon=":material/error:",
    )
    return True


def _trouble() -> str | None:
    """Why nothing can be answered; None where all is well."""
    try:
        ready_recogniser()
    except UserError as error:
        return str(error)
    return None


async def _livez(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok", headers=_NO_STORE)


async def _readyz(_request: Request) -> JSONResponse:
    trouble = await asyncio.to_thread(_trouble)
    if trouble is None:
        return JSONResponse({"ready": True}, headers=_NO_STORE)
    log_event("not ready")
    return JSONResponse({"ready": False}, 503, headers=_NO_STORE)


def _metrics(_request: Request) -> Response:
    return Response(generate_latest(METRICS.registry), 200, _NO_STORE, CONTENT_TYPE_PLAIN_0_0_4)


ROUTES = [Route("/livez", _livez), Route("/readyz", _readyz), Route("/metrics", _metrics)]
