"""Streamlit's own scripts and styles, compressed: it sends them as they are, 5.7 MB for a page."""

import asyncio
import gzip
import mimetypes
from functools import cache
from pathlib import Path

import streamlit as st
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.server.memory_file import MemoryFile

_FOLDER = Path(st.__file__).parent / "static"
_FILES = {
    f"/{path.relative_to(_FOLDER).as_posix()}": path
    for path in (_FOLDER / "static").rglob("*.*")
    if path.suffix in (".css", ".js")
}
_HEADERS = {
    # Their names hold a checksum.
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Encoding": "gzip",
    "Vary": "Accept-Encoding",
}


class CompressedFiles:
    """ASGI middleware that answers for these files, where a browser takes gzip."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send one of the files, or pass on."""
        is_read = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        if not is_read or scope["path"] not in _FILES or not _takes_gzip(scope):
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        # The first visitor's take a while.
        content = await asyncio.to_thread(_compressed, path)
        file = MemoryFile(content, 200, _HEADERS, mimetypes.guess_type(path)[0])
        await file(scope, receive, send)


def _takes_gzip(scope: Scope) -> bool:
    return "gzip" in Headers(scope=scope).get("accept-encoding", "")


@cache
def _compressed(path: str) -> bytes:
    return gzip.compress(_FILES[path].read_bytes())
