"""What browsers are told, and under which names the server answers."""

import asyncio
import http.client
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Message
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from ui.server.edge import HEADERS, HOSTS, KnownHosts


def ask(address: str, host: str, path: str = "/") -> tuple[int, http.client.HTTPMessage]:
    with closing(http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)) as connection:
        connection.request("GET", path, headers={"Host": host})
        answer = connection.getresponse()
        return answer.status, answer.headers


def open_session(address: str, host: str) -> None:
    parts = urlsplit(address)
    with (
        socket.create_connection((parts.hostname, parts.port)) as connection,
        connect(
            f"ws://{host}:{parts.port}/_stcore/stream",
            sock=connection,
            subprotocols=[Subprotocol("streamlit")],
            origin=Origin(f"http://{host}:{parts.port}"),
        ),
    ):
        pass


def status_under(host: str) -> int:
    """The status that a page is answered with under that name."""
    statuses = []

    async def note(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    async def nothing() -> Message:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "headers": [(b"host", host.encode())]}
    answer = KnownHosts(PlainTextResponse("the page"))(scope, nothing, note)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, answer).result()
    return int(statuses[0])


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8501", 200),
        ("127.0.0.1", 200),
        ("192.168.7.8:8501", 200),
        ("[::1]:8501", 200),
        ("Hands.example", 200),
        ("fingers.example:443", 200),
        ("evil.example", 421),
        ("localhost.evil.example", 421),
        ("127.0.0.1.evil.example:80", 421),
        ("hands.example@evil.example", 421),
        ("evil.example/hands.example", 421),
        ("[::1", 421),
        ("", 421),
    ],
)
def test_the_server_answers_under_its_names_and_any_address(
    host: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(HOSTS, "fingers.example hands.Example")
    assert status_under(host) == status


@pytest.mark.slow
def test_another_name_is_refused_for_pages_and_sessions(address: str) -> None:
    assert ask(address, "localhost")[0] == 200
    open_session(address, "localhost")
    assert ask(address, "evil.example")[0] == 421
    with pytest.raises(InvalidStatus, match="421"):
        open_session(address, "evil.example")


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/", "/live", "/_stcore/health", "/nowhere.js", "/readyz"])
def test_every_answer_tells_browsers_what_they_may_do(address: str, path: str) -> None:
    _, headers = ask(address, "localhost", path)
    assert {name: headers[name] for name in HEADERS} == HEADERS
