"""A server in a process of its own, with what its operators see of it."""

import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from prometheus_client.parser import text_string_to_metric_families
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from core.serving.metrics import summarise
from tests.helpers.browser import TIMEOUT, free_port, start_app


class RunningServer(NamedTuple):
    """Its addresses, its log, and its process."""

    address: str
    metrics_address: str
    log: Path
    process: subprocess.Popen[bytes]

    @property
    def port(self) -> int:
        """On which visitors reach it."""
        return int(self.address.rpartition(":")[2])

    @property
    def stream(self) -> str:
        """The address of its websocket."""
        return self.address.replace("http", "ws") + "/_stcore/stream"

    def visit(self) -> ClientConnection:
        """Connect as a browser does."""
        return connect(self.stream, subprotocols=[Subprotocol("streamlit")], max_size=None)

    def metrics(self) -> dict[str, float | None]:
        """What Prometheus would read now."""
        status, content = ask(f"{self.metrics_address}/metrics")
        assert status == 200
        return summarise(text_string_to_metric_families(content.decode()))

    def logged(self) -> list[dict[str, Any]]:
        """The log's lines so far."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def why_not_ready(self) -> str | None:
        """Its word for it; None where it is ready."""
        status, content = ask(f"{self.address}/readyz")
        answer = json.loads(content)
        assert (status == 200) == answer["ready"]
        why: str | None = answer.get("why")
        return why


def ask(address: str, **request: Any) -> tuple[int, bytes]:
    """Status and content of an answer, whatever it says."""
    try:
        with urllib.request.urlopen(
            urllib.request.Request(address, **request), timeout=30
        ) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for it, as long as a slow, busy machine may take."""
    give_up = time.monotonic() + TIMEOUT / 1000
    while not condition():
        assert time.monotonic() < give_up, "it never came to hold"
        time.sleep(0.05)


@contextmanager
def run_server(log: Path) -> Iterator[RunningServer]:
    """Start a server, wait until it is ready, and end it."""
    port, metrics_port = free_port(), free_port()
    process = start_app(port, log, metrics_port=metrics_port)
    running = RunningServer(
        f"http://127.0.0.1:{port}", f"http://127.0.0.1:{metrics_port}", log, process
    )
    try:
        wait_until(lambda: running.why_not_ready() is None)
        yield running
    finally:
        process.terminate()
        process.wait(timeout=TIMEOUT / 1000)
