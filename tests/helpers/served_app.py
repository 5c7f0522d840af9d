"""A server of a small app, and what it answers."""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from tests.helpers.browser import free_port

Get = Callable[..., tuple[int, http.client.HTTPMessage, bytes]]
"""Takes a path, and headers as keywords; returns status, headers and content."""


@contextmanager
def served(app: ASGIApp) -> Iterator[Get]:
    """Start it, and yield what asks it."""
    port = free_port()
    config = uvicorn.Config(app, port=port, log_level="critical")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()

    def ask(path: str, **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", path, headers=named)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, answer.headers, content

    while not server.started:
        thread.join(0.02)
        assert thread.is_alive()
    yield ask
    server.should_exit = True
    thread.join()
