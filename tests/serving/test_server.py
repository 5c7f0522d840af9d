"""The running server: what it refuses, what it tells those who run it, and its log."""

import asyncio
import json
import logging
import re
import sys
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.testing.v1 import AppTest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from core.__main__ import main
from core.images.decoding import MAX_BYTES
from core.serving.logging import JsonLines
from core.serving.metrics import COUNTERS, MILLISECONDS, Event, ServerMetrics
from tests.helpers.browser import ROOT, running_app
from tests.load.live_visitor import visit
from tests.load.measure import synthetic_frame
from ui.live_camera import MAX_FRAME


class Running(NamedTuple):
    address: str
    log: Path

    @property
    def stream(self) -> str:
        return self.address.replace("http", "ws") + "/_stcore/stream"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    log = tmp_path_factory.mktemp("server") / "log"
    with running_app(log=log) as address:
        yield Running(address, log)


def ask(address: str, **request: Any) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(
            urllib.request.Request(address, **request), timeout=30
        ) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def send_until_closed(server: Running, content: bytes) -> None:
    with connect(server.stream, subprotocols=[Subprotocol("streamlit")]) as socket:
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


def test_it_is_ready_and_counts(server: Running) -> None:
    assert ask(f"{server.address}/_stcore/health") == (200, b"ok")
    status, content = ask(f"{server.address}/ready")
    assert (status, json.loads(content)) == (200, {"ready": True})
    status, content = ask(f"{server.address}/counters")
    counts = json.loads(content)
    assert status == 200
    assert set(map(str, Event)) < set(counts)
    assert counts["resident_megabytes"] > 20


def test_a_frame_over_the_wire_is_answered_and_counted(server: Running) -> None:
    port = int(server.address.rpartition(":")[2])
    # In a thread of its own: the browser's driver keeps a loop running in this one.
    with ThreadPoolExecutor(1) as executor:
        visiting = visit(port, synthetic_frame(), seconds=1.0, delay=0.0, reply_timeout=60.0)
        trial_log = executor.submit(asyncio.run, visiting).result()
    assert trial_log.errors == []
    assert trial_log.lost == 0
    assert len(trial_log.milliseconds) + trial_log.busy == trial_log.sent > 0
    counts = json.loads(ask(f"{server.address}/counters")[1])
    assert counts["frames_answered"] >= len(trial_log.milliseconds)


def test_the_log_has_one_object_a_line_and_nothing_of_the_visitor(server: Running) -> None:
    ask(f"{server.address}/live?name=Ada%20Lovelace")
    lines = [line for line in server.log.read_text().splitlines() if line.startswith("{")]
    started = [json.loads(line) for line in lines]
    assert any(line["event"] == "started" and line["ready"] for line in started)
    text = server.log.read_text()
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
        "_stcore/bidi-components/live_camera/../../ui/live_camera.py",
        "media/../models/reader/card.json",
        "models/reader/card.json",
        ".streamlit/config.toml",
    ],
)
def test_no_file_is_served(server: Running, path: str) -> None:
    _, content = ask(f"{server.address}/{path}")
    for secret in (b"def main", b"root:", b"sha256", b"maxUploadSize", b"import "):
        assert secret not in content


def test_uploads_need_a_token_and_a_session(server: Running) -> None:
    status, _ = ask(f"{server.address}/_stcore/upload_file/session/file", data=b"x", method="PUT")
    assert status == 403


def test_other_sites_cannot_connect(server: Running) -> None:
    with (
        pytest.raises(InvalidStatus),
        connect(server.stream, origin=Origin("https://elsewhere.example")) as socket,
    ):
        socket.recv(timeout=30)


def test_a_message_of_thirty_megabytes_ends_the_connection_alone(server: Running) -> None:
    with pytest.raises(ConnectionClosed):
        send_until_closed(server, bytes(30_000_000))
    assert ask(f"{server.address}/_stcore/health") == (200, b"ok")


@pytest.mark.parametrize("content", [b"\xff" * 100, bytes(3_000_000), b"\x0a\xff\xff\xff\xff\x0f"])
def test_a_message_without_sense_ends_the_connection_alone(server: Running, content: bytes) -> None:
    with pytest.raises(ConnectionClosed):
        send_until_closed(server, content)
    assert ask(f"{server.address}/_stcore/health") == (200, b"ok")


def test_a_page_that_is_not_there_is_told(server: Running) -> None:
    message = BackMsg()
    message.rerun_script.page_name = "../../etc/passwd"
    with connect(server.stream, subprotocols=[Subprotocol("streamlit")]) as socket:
        socket.send(message.SerializeToString())
        assert socket.recv(timeout=60)
    assert ask(f"{server.address}/_stcore/health") == (200, b"ok")


def test_the_health_command_asks_the_server(
    server: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["health", "--url", server.address]) == 0
    assert "frames_answered" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("http://127.0.0.1:9", "no server answers"),
        ("file:///etc/passwd", "http"),
        ("no address", "http"),
    ],
)
def test_the_health_command_tells_what_is_wrong(
    address: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["health", "--url", address]) == 1
    error = capsys.readouterr().err
    assert told in error
    assert "Traceback" not in error


def test_the_counts_are_right() -> None:
    counters = ServerMetrics()
    assert counters.snapshot()["milliseconds_p95_at_most"] is None
    for milliseconds in [4.0] * 90 + [150.0] * 9 + [9_000.0]:
        counters.count(Event.FRAME, milliseconds)
    counters.count(Event.BUSY)
    counts = counters.snapshot()
    assert counts["frames_answered"] == 100
    assert counts["turned_away_busy"] == 1
    assert counts["milliseconds_median_at_most"] == MILLISECONDS[0]
    assert counts["milliseconds_p95_at_most"] == 200.0
    assert counts["milliseconds_mean"] == pytest.approx(107.1)


def test_an_unforeseen_error_is_counted_and_told_without_its_words() -> None:
    def page() -> None:
        from ui.operating import on_script_error

        assert on_script_error(ValueError("a secret"))

    before = COUNTERS.snapshot()["errors"]
    at = AppTest.from_function(page).run()
    assert "Reload the page" in at.error[0].value
    assert "secret" not in at.error[0].value
    assert COUNTERS.snapshot()["errors"] == (before or 0) + 1


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
