"""What those who run the server need: whether it is ready, what it did, and its log."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from core.common.errors import UserError
from core.serving.logging import log_event, start_logging
from core.serving.metrics import COUNTERS, Event
from ui.inference import waiting
from ui.readings import ready_recogniser

_LIBRARIES = ("streamlit", "uvicorn", "websockets", "asyncio")
_PAGE_BYTES = 4096


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncGenerator[None]:
    """Start the log, and load the models, so that no visitor waits for them."""
    known = logging.Logger.manager.loggerDict
    names = [name for name in known if name.split(".")[0] in _LIBRARIES]
    # Streamlit switches the log of every request off; a handler would switch it on again.
    start_logging(*(name for name in names if name != "uvicorn.access"))
    trouble = await asyncio.to_thread(_trouble)
    log_event("started", ready=trouble is None)
    yield
    log_event("stopped", **COUNTERS.snapshot())


def on_script_error(_error: Exception) -> bool:
    """Count what went wrong unforeseen, and tell the visitor; Streamlit has logged it."""
    COUNTERS.count(Event.ERROR)
    st.error(
        "Something went wrong on this page. It was noted, without what you gave. Reload the page "
        "to go on.",
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


async def _ready(_request: Request) -> JSONResponse:
    trouble = await asyncio.to_thread(_trouble)
    if trouble is None:
        return JSONResponse({"ready": True}, headers={"Cache-Control": "no-store"})
    log_event("not ready")
    return JSONResponse({"ready": False}, 503, headers={"Cache-Control": "no-store"})


async def _counters(_request: Request) -> JSONResponse:
    counts = COUNTERS.snapshot() | {
        "waiting": waiting(),
        "resident_megabytes": _resident_megabytes(),
        "file_descriptors": sum(1 for _ in Path("/proc/self/fd").iterdir()),
    }
    return JSONResponse(counts, headers={"Cache-Control": "no-store"})


def _resident_megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return round(pages * _PAGE_BYTES / 1e6, 1)


ROUTES = [Route("/ready", _ready), Route("/counters", _counters)]
