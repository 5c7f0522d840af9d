"""The running server: what it refuses, what it reports to those who run it, and its log."""

import asyncio
import http.client
import json
import logging
import re
import socketserver
import sys
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from core.__main__ import main
from core.images.decoding import MAX_BYTES
from core.serving.logging import JsonLines
from core.serving.metrics import ServerMetrics, summarise
from tests.helpers.browser import ROOT
from tests.helpers.running_server import RunningServer, ask
from tests.load.live_visitor import visit
from tests.load.measure import synthetic_frame
from ui.live.messages import MAX_FRAME


def send_until_closed(server: RunningServer, content: bytes) -> None:
    with server.visit() as socket:
        socket.send(content)
        while True:
            socket.recv(timeout=30)


def settings() -> dict[str, Any]:
    return tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))


def test_the_settings_protect() -> None:
    found = settings()
    server, client = found["server"], found["client"]
    assert server["maxUploadSize"] * 1024**2 == MAX_BYTES
    assert MAX_FRAME < server["maxWidgetStateSize"] * 1e6 <= 4e6
    assert server["maxMessageSize"] <= 16
    assert server["enableXsrfProtection"]
    assert server["enableCORS"]
    assert server["enableStaticServing"] is False
    assert server["enableAgentApi"] is False
    assert 10 <= server["disconnectedSessionTTL"] <= 300
    assert server["headless"]
    assert found["browser"]["gatherUsageStats"] is False
    assert client["showErrorDetails"] == "none"
    assert client["showErrorLinks"] is False
    assert found["runner"]["postScriptGC"] is False
    assert found["logger"]["enableRich"] is False


def test_it_is_ready_and_counts(server: RunningServer) -> None:
    assert ask(f"{server.address}/_stcore/health") == (200, b"ok")
    assert ask(f"{server.address}/livez") == (200, b"ok")
    status, content = ask(f"{server.address}/readyz")
    assert (status, json.loads(content)["ready"]) == (200, True)
    figures = server.metrics()
    own = ServerMetrics()
    assert set(figures) == set(summarise(own.registry.collect()))
    assert (figures["process_resident_memory_bytes"] or 0) > 20e6
    assert (figures["process_open_fds"] or 0) > 3
    assert abs(time.time() - (figures["process_start_time_seconds"] or 0)) < 3600


def test_a_frame_over_the_wire_is_answered_and_counted(server: RunningServer) -> None:
    # In a thread of its own: the browser's driver keeps a loop running in this one.
    with ThreadPoolExecutor(1) as executor:
        visiting = visit(server.port, synthetic_frame(), seconds=1.0, delay=0.0, reply_timeout=60.0)
        trial_log = executor.submit(asyncio.run, visiting).result()
    assert trial_log.errors == []
    assert trial_log.lost == 0
    assert len(trial_log.milliseconds) + trial_log.busy == trial_log.sent > 0
    answered = server.metrics()["fingers_requests_total_answered_frame"]
    assert answered is not None
    assert answered >= len(trial_log.milliseconds)


def test_the_log_has_one_object_a_line_and_nothing_of_the_visitor(server: RunningServer) -> None:
    ask(f"{server.address}/live?name=Ada%20Lovelace")
    assert any(line["event"] == "started" and line["ready"] for line in server.logged())
    text = server.log.read_text(encoding="utf-8")
    assert "Ada" not in text
    assert "base64" not in text
    assert not re.search(r"127\.0\.0\.1:\d+ - ", text)


@pytest.mark.parametrize(
    "path",
    [
        "app/static/streamlit_app.py",
        "static/../streamlit_app.py",
        "static/%2e%2e/%2e%2e/streamlit_app.py",
        "..%2f..%2fetc%2fpasswd",
        "component/../../etc/passwd",
        "_stcore/bidi-components/live_camera/../../ui/live/camera.py",
        "media/../models/reader/card.json",
        "models/reader/card.json",
        ".streamlit/config.toml",
    ],
)
def test_no_file_is_served(server: RunningServer, path: str) -> None:
    _, content = ask(f"{server.address}/{path}")
    for secret in (b"def main", b"root:", b"sha256", b"maxUploadSize", b"import "):
        assert secret not in content


def test_uploads_need_a_token_and_a_session(server: RunningServer) -> None:
    status, _ = ask(f"{server.address}/_stcore/upload_file/session/file", data=b"x", method="PUT")
    assert status == 403


def test_other_sites_cannot_connect(server: RunningServer) -> None:
    with (
        pytest.raises(InvalidStatus),
        connect(server.stream, origin=Origin("https://elsewhere.example")) as socket,
    ):
        socket.recv(timeout=30)


def test_a_message_of_thirty_megabytes_ends_only_its_connection(server: RunningServer) -> None:
    with pytest.raises(ConnectionClosed):
        send_until_closed(server, bytes(30_000_000))
    assert ask(f"{server.address}/_stcore/health") == (200, b"ok")


@pytest.mark.parametrize("content", [b"\xff" * 100, bytes(3_000_000), b"\x0a\xff\xff\xff\xff\x0f"])
def test_a_malformed_message_ends_only_its_connection(
    server: RunningServer, content: bytes
) -> None:
    with pytest.raises(ConnectionClosed):
        send_until_closed(server, content)
    assert ask(f"{server.address}/_stcore/health") == (200, b"ok")


def test_a_page_that_is_not_there_is_answered(server: RunningServer) -> None:
    message = BackMsg()
    message.rerun_script.page_name = "../../etc/passwd"
    with server.visit() as socket:
        socket.send(message.SerializeToString())
        assert socket.recv(timeout=60)
    assert ask(f"{server.address}/_stcore/health") == (200, b"ok")


def test_the_health_command_asks_the_server(
    server: RunningServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["health", "--url", server.address, "--metrics-url", server.metrics_address]) == 0
    printed = dict(line.split() for line in capsys.readouterr().out.splitlines())
    assert set(server.metrics()) | {"uptime_seconds"} == set(printed)
    assert 0 < float(printed["uptime_seconds"]) < 3600
    assert float(printed["process_resident_memory_bytes"]) > 20e6


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("http://127.0.0.1:9", "No server answers"),
        ("file:///etc/passwd", "http"),
        ("no address", "http"),
    ],
)
def test_the_health_command_says_what_is_wrong(
    address: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["health", "--url", address]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.0 200 OK\r\n\r\n<!doctype html><html><body>Another page</body></html>",
        b"HTTP/1.0 200 OK\r\n\r\n\xff\xfe\x00",
        b"HTTP/1.0 200 OK\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\nother_requests_total 3\n",
        b'HTTP/1.0 200 OK\r\n\r\nother_bucket{le="1"} 3\n',
        b"HTTP/1.0 503 No\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\n",
    ],
)
def test_the_health_command_knows_another_server(
    answer: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.rfile.readline()
            self.wfile.write(answer)

    with (
        socketserver.TCPServer(("127.0.0.1", 0), Handler) as other,
        ThreadPoolExecutor(1) as executor,
    ):
        executor.submit(other.serve_forever, 0.01)
        try:
            url = f"http://127.0.0.1:{other.server_address[1]}"
            assert main(["health", "--url", url, "--metrics-url", url]) == 1
        finally:
            other.shutdown()
    captured = capsys.readouterr()
    assert captured.out == ""
    assert re.search("not this program's|not ready|No server answers", captured.err)


def test_the_log_keeps_the_place_of_an_error_and_not_its_words() -> None:
    try:
        raise ValueError("photo-of-ada.jpg")
    except ValueError:
        record = logging.LogRecord(
            "streamlit", logging.ERROR, "x.py", 1, "cannot read %s", ("ada.jpg",), sys.exc_info()
        )
    line = json.loads(JsonLines().format(record))
    assert line["event"] == "cannot read %s"
    assert line["error"] == "ValueError"
    assert line["places"][0].startswith("test_server.py:")
    assert "ada" not in json.dumps(line)


def test_answers_over_one_connection_wait_for_no_acknowledgement(server: RunningServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    times = []
    for _ in range(40):
        started = time.perf_counter()
        connection.request("GET", "/livez")
        assert connection.getresponse().read() == b"ok"
        times.append(time.perf_counter() - started)
    connection.close()
    # Held back, an answer takes 40 ms; the first few of a connection are not.
    assert sorted(times)[20] < 0.035
