"""The page that browsers start from: Streamlit's own, with what is seen and done before its code.

Streamlit's has one title for all pages, and stays white until 480 kB of script have run.
"""

import gzip
import hashlib
import html
import re
from functools import cache, lru_cache
from pathlib import Path
from string import Template

import streamlit as st
from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.navigation import find_pages, name_of
from ui.page import APP_NAME
from ui.server import assets

_STREAMLITS = Path(st.__file__).parent / "static" / "index.html"
_HERE = Path(__file__).resolve().parent
_TITLE, _ROOT = "<title>Streamlit</title>", '<div id="root"></div>'


def scripts() -> list[str]:
    """Those within the page, as they stand there.

    Raises:
        ValueError: Streamlit's page is not the one that is known.
    """
    page = _template().substitute(title="", heading="", later="")
    return re.findall(r"<script>(.*?)</script>", page, re.DOTALL)


@cache
def _template() -> Template:
    """The page, with title, heading and what is loaded later to be filled in."""
    page = _STREAMLITS.read_text(encoding="utf-8").replace("$", "$$")
    if page.count(_TITLE) != 1 or page.count(_ROOT) != 1:
        raise ValueError(f"{_STREAMLITS} has another form than expected")
    script = (_HERE / "start_page.js").read_text(encoding="utf-8").replace("$", "$$")
    standin = (_HERE / "start_page.html").read_text(encoding="utf-8")
    head = '<title>$title</title>\n    <meta name="later" content="$later">'
    page = page.replace(_TITLE, f"{head}\n    <script>\n{script}</script>")
    return Template(page.replace(_ROOT, f"{_ROOT}\n{standin}"))


@cache
def _titles() -> dict[str, tuple[str, str]]:
    """The title and the heading of each page, by its address; the first is the app's own."""
    named = [(name_of(module), module.PAGE.title) for module in find_pages()]
    titles = {f"/{name}": (f"{title} · {APP_NAME}", title) for name, title in named}
    return {"/": (titles.pop(f"/{named[0][0]}")[0], APP_NAME)} | titles


def _first_page() -> str:
    return f"/{name_of(find_pages()[0])}"


@lru_cache(64)
def _content(path: str, later: str) -> bytes:
    title, heading = (html.escape(words) for words in _titles()[path])
    page = _template().substitute(title=title, heading=heading, later=later)
    return page.encode()


class StartPage:
    """ASGI middleware that answers for the pages' own addresses."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the page, or pass on what is not one."""
        is_read = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        path = scope.get("path", "")
        if is_read and path == _first_page():
            # Streamlit would say that there is no such page.
            query = scope["query_string"].decode("latin-1")
            await RedirectResponse(f"/?{query}" if query else "/")(scope, receive, send)
        elif is_read and path in _titles():
            await _answer(scope, path)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _answer(scope: Scope, path: str) -> Response:
    content = _content(path, " ".join(assets.addresses()))
    etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    headers = {"Cache-Control": "no-cache", "Vary": "Accept-Encoding", "ETag": etag}
    asked = Headers(scope=scope)
    if asked.get("if-none-match") == etag:
        return Response(None, 304, headers)
    if "gzip" in asked.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        content = gzip.compress(content)
    return Response(content, 200, headers, "text/html")
