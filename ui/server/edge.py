"""What browsers are told about every answer, and the names under which the server answers."""

import base64
import hashlib
import os
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.server import start_page

HOSTS = "FINGERS_HOSTS"
"""The environment variable with the server's names, separated by spaces."""

_REFUSED = f"This server does not answer under this name. Its operator can allow it in {HOSTS}.\n"


def _own_scripts() -> str:
    """The sources that admit the scripts within the start page, each by its hash."""
    sums = (hashlib.sha256(each.encode()).digest() for each in start_page.scripts())
    return " ".join(f"'sha256-{base64.b64encode(each).decode()}'" for each in sums)


_POLICY = {
    "default-src": "'none'",
    # Streamlit imports the scripts of components from blobs.
    "script-src": f"'self' blob: 'wasm-unsafe-eval' {_own_scripts()}",
    "worker-src": "'self' blob:",
    # Streamlit writes its styles while the page is used.
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",
    "font-src": "'self' data:",
    # A photo taken with the camera is first such an address.
    "connect-src": "'self' data:",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "form-action": "'none'",
}

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in _POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Of every answer: pages neither load from nor send to another origin."""


class SecurityHeaders:
    """ASGI middleware that adds ``HEADERS`` to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on."""

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, answer)


class KnownHosts:
    """ASGI middleware that answers, also on websockets, under the server's own names alone.

    Otherwise a page of another site whose name is made to mean this machine (DNS rebinding) could
    use the server as its own. IP addresses cannot be redirected like that.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._names = {"localhost", *os.environ.get(HOSTS, "").lower().split()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is meant for this server; answer 421 (Misdirected Request) otherwise."""
        if scope["type"] == "lifespan" or self._is_known(Headers(scope=scope).get("host", "")):
            await self._app(scope, receive, send)
        else:
            await PlainTextResponse(_REFUSED, 421)(scope, receive, send)

    def _is_known(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
            return name in self._names or bool(ip_address(name))
        except ValueError:
            return False
