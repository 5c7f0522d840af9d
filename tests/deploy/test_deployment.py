"""nginx with two replicas on this machine: visitors stay with one, and survive its end."""

import getpass
import gzip
import http.client
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from itertools import repeat
from pathlib import Path
from typing import NamedTuple

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.helpers.browser import ROOT, free_port, start_app
from tests.helpers.sessions import run_page
from tests.helpers.uploads import Upload, upload_of

CONFIGURATION = ROOT / "deploy" / "nginx.conf"
TIMEOUT = 60
CLASS = 30
"""People behind one address who do the same thing at once."""

UPLOADS_AT_ONCE = 32
"""Of one address, as ``nginx.conf`` has it."""

OWN, OTHER, THIRD = "127.0.0.1", "127.0.0.2", "127.0.0.3"
"""Addresses that this machine has for visitors."""


class Deployment(NamedTuple):
    """nginx's port and log, and the process of each replica by its port."""

    port: int
    log: Path
    replicas: dict[int, subprocess.Popen[bytes]]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        reason = "needs nginx"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    tmp_path = tmp_path_factory.mktemp("deployment")
    port, first, second = (free_port() for _ in range(3))
    configuration = tmp_path / "nginx.conf"
    text = CONFIGURATION.read_text(encoding="utf-8")
    for name, replacement in {
        "listen 8080": f"listen 127.0.0.1:{port}",
        "app1:8501": f"127.0.0.1:{first}",
        "app2:8501": f"127.0.0.1:{second}",
        "/tmp/": f"{tmp_path}/",
    }.items():
        assert name in text
        text = text.replace(name, replacement)
    text = text.replace("/dev/stderr", "stderr")
    configuration.write_text(text, encoding="utf-8")
    with ExitStack() as stack:
        replicas = {}
        for each in (first, second):
            replicas[each] = start_app(each, tmp_path / f"{each}.log")
            stack.callback(end, replicas[each])
        log = tmp_path / "nginx.log"
        # Started by root, its processes would be another user's, who may write nothing there.
        settings = f"daemon off; user {getpass.getuser()};"
        command = [program, "-c", str(configuration), "-g", settings]
        nginx = subprocess.Popen(command, stderr=stack.enter_context(log.open("wb")))
        stack.callback(end, nginx)
        deployed = Deployment(port, log, replicas)
        wait_until_served(deployed)
        yield deployed


def end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(timeout=30)


def wait_until_served(deployed: Deployment) -> None:
    give_up = time.monotonic() + TIMEOUT
    while time.monotonic() < give_up:
        try:
            with urllib.request.urlopen(f"{deployed.address}/readyz", timeout=10):
                return
        except (urllib.error.URLError, http.client.HTTPException):
            time.sleep(0.2)
    pytest.fail("nginx did not answer")


def new_client(deployed: Deployment) -> str:
    """The cookie of a browser that came for the first time."""
    with urllib.request.urlopen(f"{deployed.address}/_stcore/health", timeout=30) as answer:
        cookies = answer.headers.get_all("Set-Cookie")
    (cookie,) = [each for each in cookies if each.startswith("visitor=")]
    assert re.fullmatch(r"visitor=[0-9a-f]{32}; Path=/; HttpOnly; SameSite=Lax", cookie)
    return str(cookie.partition(";")[0])


def connected(deployed: Deployment, cookie: str, session: str = "") -> ClientConnection:
    protocols = [
        Subprotocol("streamlit"),
        *([Subprotocol("none"), Subprotocol(session)] if session else []),
    ]
    return connect(
        f"ws://127.0.0.1:{deployed.port}/_stcore/stream",
        subprotocols=protocols,
        origin=Origin(deployed.address),
        additional_headers={"Cookie": cookie},
        open_timeout=TIMEOUT,
        max_size=None,
        legacy=True,
    )


def send(deployed: Deployment, address: str, upload: Upload) -> tuple[int, str]:
    """Send an upload from an address; the status and words of the answer."""
    connection = http.client.HTTPConnection(
        "127.0.0.1", deployed.port, TIMEOUT, source_address=(address, 0)
    )
    try:
        connection.request("PUT", upload.path, upload.body, upload.headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def begun_upload(deployed: Deployment, address: str) -> socket.socket:
    """A connection from an address that has announced 10 MB, and sent none of it."""
    begun = socket.create_connection(("127.0.0.1", deployed.port), source_address=(address, 0))
    path = upload_of("session", b"").path
    begun.sendall(f"PUT {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n".encode())
    return begun


def send_slowly(begun: Sequence[socket.socket], is_over: threading.Event) -> None:
    """Send 1 kB a second on each connection."""
    while not is_over.wait(1):
        for each in begun:
            each.sendall(bytes(1_000))


def is_closed(socket: ClientConnection) -> bool:
    """Read what is still in transit; returns whether the connection then ends."""
    try:
        while True:
            socket.recv(timeout=TIMEOUT)
    except ConnectionClosed:
        return True
    except TimeoutError:
        return False


def replica_of(deployed: Deployment) -> int:
    """The port of the replica that holds a connection of nginx."""
    holders = [
        port
        for port, process in deployed.replicas.items()
        if process.poll() is None and connections_of(process.pid, port)
    ]
    (holder,) = holders
    return holder


def connections_of(process: int, port: int) -> int:
    """How many established connections a process has on the port that it listens on."""
    rows = [line.split() for line in Path(f"/proc/{process}/net/tcp").read_text().splitlines()[1:]]
    established = "01"
    return sum(row[1].endswith(f":{port:04X}") and row[3] == established for row in rows)


@pytest.mark.slow
def test_scripts_come_compressed(deployment: Deployment) -> None:
    with urllib.request.urlopen(f"{deployment.address}/", timeout=30) as answer:
        (script,) = re.findall(r'src="\./(static/js/index[^"]+)"', answer.read().decode())
    request = urllib.request.Request(
        f"{deployment.address}/{script}", headers={"Accept-Encoding": "gzip"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        content = answer.read()
    assert len(content) < len(gzip.decompress(content)) / 2


@pytest.mark.slow
def test_visitors_are_spread_over_replicas_and_metrics_are_not_public(
    deployment: Deployment,
) -> None:
    sockets = [connected(deployment, new_client(deployment)) for _ in range(24)]
    held = Counter(
        {port: connections_of(each.pid, port) for port, each in deployment.replicas.items()}
    )
    assert min(held.values()) >= 4
    for each in sockets:
        each.close()
    for inner in ("metrics", "/metrics", "%6detrics", "_stcore/metrics", "_stcore/agent/interact"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{deployment.address}/{inner}", timeout=30)
    with urllib.request.urlopen(f"{deployment.address}/readyz", timeout=30) as answer:
        assert json.load(answer)["ready"] is True
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "camera=(self)" in answer.headers["Permissions-Policy"]


@pytest.mark.slow
def test_a_class_behind_one_address_uploads_at_once_however_slow_others_send(
    deployment: Deployment,
) -> None:
    with ExitStack() as stack, ThreadPoolExecutor(CLASS) as people:
        slow = [stack.enter_context(begun_upload(deployment, OTHER)) for _ in range(20)]
        dribble = stack.enter_context(ThreadPoolExecutor(1))
        is_over = threading.Event()
        dribble.submit(send_slowly, slow, is_over)
        stack.callback(is_over.set)
        cookies = [new_client(deployment) for _ in range(CLASS)]
        sockets = list(people.map(partial(connected, deployment), cookies))
        for each in sockets:
            stack.callback(each.close)
        sessions = list(people.map(run_page, sockets))
        photo = bytes(10_000_000)
        uploads = [upload_of(*each) for each in zip(sessions, repeat(photo), cookies)]
        statuses = list(people.map(partial(send, deployment, OWN), uploads))
        assert [status for status, _ in statuses] == [204] * CLASS
        assert select.select(slow, [], [], 0)[0] == [], "nobody answered the slow ones"


@pytest.mark.slow
def test_an_address_that_wants_too_much_is_told_so(deployment: Deployment) -> None:
    upload = upload_of("session", b"content")
    with ExitStack() as stack:
        for _ in range(UPLOADS_AT_ONCE):
            stack.enter_context(begun_upload(deployment, THIRD))
        give_up = time.monotonic() + TIMEOUT
        # Until nginx has read what each of them announces.
        while (answer := send(deployment, THIRD, upload))[0] != 429:
            assert time.monotonic() < give_up, answer
        assert "comes from your address" in answer[1]
        assert send(deployment, OWN, upload)[0] != 429
    session = Upload("/_stcore/stream", {}, b"")
    statuses = [send(deployment, THIRD, session)[0] for _ in range(300)]
    assert 429 not in statuses[:100]
    assert 429 in statuses


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_sessions_stay_and_survive_the_end_of_their_replica(deployment: Deployment) -> None:
    cookie = new_client(deployment)
    socket = connected(deployment, cookie)
    session = run_page(socket, "pooling")
    holder = replica_of(deployment)
    assert run_page(socket, "pooling") == session

    # A connection that broke is met again by the same replica, with its session.
    socket.close()
    socket = connected(deployment, cookie, session)
    assert run_page(socket, "pooling") == session
    assert replica_of(deployment) == holder

    deployment.replicas[holder].send_signal(signal.SIGKILL)
    deployment.replicas[holder].wait(TIMEOUT)
    assert is_closed(socket)
    socket = connected(deployment, cookie, session)
    again = run_page(socket, "pooling")
    assert again != session
    assert replica_of(deployment) != holder
    assert run_page(socket, "pooling") == again
    socket.close()

    # Others are not affected; the first of them may wait for a refused connection.
    for _ in range(4):
        other = connected(deployment, new_client(deployment))
        assert run_page(other, "pooling")
        other.close()

    # nginx met errors, and tells nobody who was concerned.
    assert not {"client", session} & set(re.findall(r"[\w-]+", deployment.log.read_text()))
