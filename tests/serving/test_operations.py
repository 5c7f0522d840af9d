"""Readiness, the end of a server, and visitors who would fill it or command it."""

import json
import logging
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import ConnectionClosed, InvalidStatus

from core.common.errors import UserError
from core.images.decoding import PhotoError
from core.serving.logging import MAX_A_MINUTE, JsonLines, RateLimit
from core.serving.metrics import METRICS, metrics_address
from core.serving.scheduler import BusyError
from tests.helpers.browser import ROOT, TIMEOUT, free_port
from tests.helpers.costly_photos import costly_photos
from tests.helpers.running_server import RunningServer, ask, run_server, wait_until
from tests.helpers.sessions import (
    answers_of_page,
    answers_until_finished,
    open_for_photos,
    run_page,
    with_photo,
)
from tests.helpers.uploads import upload
from ui.server import operations, readiness
from ui.server.readiness import Readiness


def test_a_flood_of_questions_costs_no_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    probes: list[int] = []
    monkeypatch.setattr(readiness, "_read_own_pictures", lambda: probes.append(1))
    ready = Readiness()
    assert ready.trouble == "starting"
    ready.probe()
    assert [ready.trouble for _ in range(1_000)] == [None] * 1_000
    assert len(probes) == 1


def test_a_probe_reads_a_photo_and_a_frame_uncounted() -> None:
    before = METRICS.registry.get_sample_value(
        "fingers_requests_total", {"outcome": "answered", "type": "photo"}
    )
    ready = Readiness()
    ready.probe()
    # On a busy machine it may take longer than visitors should wait.
    assert ready.trouble in {None, "slow"}
    assert before == METRICS.registry.get_sample_value(
        "fingers_requests_total", {"outcome": "answered", "type": "photo"}
    )


@pytest.mark.parametrize(
    ("door", "error", "why"),
    [
        ("Request.read_frame", BusyError(), "busy"),
        ("Request.read_photo", PhotoError("It takes too long."), "decoding"),
        ("decode_frame", PhotoError("Damaged."), "decoding"),
        ("recognise", ValueError("unforeseen"), "error"),
        ("ready_recogniser", UserError("A model is damaged."), "models"),
    ],
)
def test_it_is_not_ready_while_a_door_is_shut(
    door: str, error: Exception, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shut(*_: object) -> None:
        raise error

    ready = Readiness()
    monkeypatch.setattr(f"ui.server.readiness.{door}", shut)
    ready.probe()
    assert ready.trouble == why
    monkeypatch.undo()
    ready.probe()
    assert ready.trouble in {None, "slow"}


def test_it_is_not_ready_when_a_probe_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "_read_own_pictures", lambda: None)
    ready = Readiness()
    ready.probe()
    healthy = ready.trouble
    assert healthy is None
    # As if the next probe had been under way for ever.
    monkeypatch.setattr(ready, "_probed", ready._probed - 60)
    assert ready.trouble == "slow"
    monkeypatch.setattr(readiness, "MAX_SECONDS", 0.0)
    ready.probe()
    assert ready.trouble == "slow"


def test_it_is_not_ready_when_descriptors_run_out(monkeypatch: pytest.MonkeyPatch) -> None:
    used = sum(1 for _ in Path("/proc/self/fd").iterdir())
    monkeypatch.setattr(resource, "getrlimit", lambda _: (round(used * 1.05), 4096))
    ready = Readiness()
    ready.probe()
    assert ready.trouble == "descriptors"


def test_metrics_are_not_where_visitors_are(server: RunningServer) -> None:
    _, content = ask(f"{server.address}/metrics")
    assert b"fingers_" not in content
    assert ask(f"{server.address}/_stcore/metrics")[0] == 404
    with server.visit() as visitor:
        run_page(visitor)
        assert (server.metrics()["fingers_sessions"] or 0) >= 1


@pytest.mark.parametrize("kind", ["clear_cache", "load_git_info", "set_run_on_save"])
def test_messages_for_developers_are_ignored(server: RunningServer, kind: str) -> None:
    before = server.metrics()["fingers_refusals_total_forbidden_message"]
    with server.visit() as visitor:
        run_page(visitor)
        message = BackMsg()
        setattr(message, kind, True)
        visitor.send(message.SerializeToString())
        beat = BackMsg(app_heartbeat=True)
        visitor.send(beat.SerializeToString())
        # Its answer is the next thing that comes: nothing answered the other message.
        answered = visitor.recv(timeout=60, decode=False)
    assert b"git" not in answered
    assert len(answered) < 100
    assert server.metrics()["fingers_refusals_total_forbidden_message"] == (before or 0) + 1


def test_visitors_learn_no_place_on_the_server(server: RunningServer) -> None:
    with server.visit() as visitor:
        answers = list(answers_of_page(visitor, "", seconds=60))
    assert any(answer.new_session.main_script_path == "streamlit_app.py" for answer in answers)
    assert not any(str(ROOT).encode() in answer.SerializeToString() for answer in answers)


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with run_server(tmp_path_factory.mktemp("own server") / "log") as running:
        yield running


@pytest.mark.slow
def test_it_recovers_when_descriptors_ran_out(own_server: RunningServer) -> None:
    number = own_server.process.pid
    limits = resource.prlimit(number, resource.RLIMIT_NOFILE)
    resource.prlimit(number, resource.RLIMIT_NOFILE, (10, limits[1]))
    idle = [socket.create_connection(("127.0.0.1", own_server.port)) for _ in range(60)]

    def lines_with(words: str) -> int:
        return sum(words in json.dumps(line) for line in own_server.logged())

    wait_until(lambda: lines_with("out of system resource") > 0 and lines_with("descriptors") > 0)
    resource.prlimit(number, resource.RLIMIT_NOFILE, limits)
    wait_until(lambda: own_server.why_not_ready() is None)
    # Ten a minute, and a minute may end meanwhile; each second would have had two thousand.
    assert lines_with("out of system resource") <= 3 * MAX_A_MINUTE
    # They ask for nothing, and are ended though their senders keep them open.
    for each in idle:
        each.settimeout(TIMEOUT / 1000)
        with suppress(ConnectionResetError):
            assert each.recv(1) == b""
        each.close()


def test_after_sigterm_what_is_under_way_is_finished(own_server: RunningServer) -> None:
    # Streamlit counts what a form adds to a file.
    stalling = costly_photos()["nothing but FF"]()[:-1_000]
    with own_server.visit() as idle, own_server.visit() as working:
        run_page(idle)
        session, widget = open_for_photos(working)
        _, file = upload(own_server.address, session, stalling)
        working.send(with_photo(widget, file).SerializeToString())
        # It takes two seconds of a processor; the page's first words come before.
        assert working.recv(timeout=60)
        own_server.process.send_signal(signal.SIGTERM)
        ended = time.monotonic() + 10.0
        wait_until(lambda: own_server.why_not_ready() == "draining")
        assert ask(f"{own_server.address}/livez") == (200, b"ok")
        with pytest.raises(InvalidStatus, match="503"), own_server.visit():
            pass
        answers = list(answers_until_finished(working, seconds=10))
        assert any("too much time" in each.delta.new_element.alert.body for each in answers)
        with pytest.raises(ConnectionClosed):
            deque(iter(lambda: idle.recv(timeout=10), None), maxlen=0)
    own_server.process.wait(timeout=max(0.0, ended - time.monotonic()))
    events = [line["event"] for line in own_server.logged()]
    assert events.index("draining") < events.index("stopped")


def test_the_same_event_is_logged_a_few_times_a_minute() -> None:
    limit = RateLimit()

    def record(words: str, minute: int) -> logging.LogRecord:
        made = logging.makeLogRecord({"msg": words, "name": "asyncio"})
        made.created = 60.0 * minute
        return made

    passed = [limit.filter(record("again", 1)) for _ in range(2_000)]
    assert sum(passed) == MAX_A_MINUTE
    assert limit.filter(record("another", 1))
    assert sum(limit.filter(record(f"words of a visitor {n}", 1)) for n in range(10_000)) < 250
    first = record("again", 2)
    assert limit.filter(first)
    assert json.loads(JsonLines().format(first))["left_out"] > 11_000


def test_a_start_that_fails_says_why() -> None:
    command = [sys.executable, "-m", "streamlit", "run", "serve.py"]
    done = subprocess.run(
        [*command, f"--server.port={free_port()}", "--server.address=127.0.0.1"],
        # An address that no machine has: it is for documentation.
        env=os.environ | {"FINGERS_METRICS_ADDRESS": "192.0.2.1:9501"},
        cwd=ROOT, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode > 0
    lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith(b"{")]
    (failed,) = (line for line in lines if line["event"] == "start failed")
    assert failed["level"] == "error"
    assert "assign requested address" in failed["cause"]


@pytest.mark.parametrize("address", ["", "nowhere", ":9501", "127.0.0.1:", "127.0.0.1:x"])
def test_a_metrics_address_that_is_none_is_refused(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FINGERS_METRICS_ADDRESS", address)
    with pytest.raises(UserError, match="a host and a port"):
        metrics_address()


def test_a_folder_that_the_locale_cannot_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    # As Python names "Fünf" where LC_ALL=C and PYTHONUTF8=0.
    folder = b"/srv/F\xc3\xbcnf/models".decode("ascii", "surrogateescape")
    monkeypatch.setattr(operations, "MODELS_ROOT", Path(folder))
    with pytest.raises(UserError, match="PYTHONUTF8=1"):
        operations._start()
