"""Readiness, the end of a server, and visitors who would fill it or command it."""

import asyncio
import json
import logging
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.types import Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from core.serving.logging import MAX_A_MINUTE, JsonLines, RateLimit
from core.serving.scheduler import BusyError
from tests.helpers.browser import ROOT, free_port
from tests.helpers.costly_photos import costly_photos
from tests.helpers.pictures import WHOLE_FILES
from tests.helpers.running_server import RunningServer, ask, run_server, wait_until
from tests.helpers.sessions import (
    answers_of_page,
    answers_to,
    answers_until_finished,
    run_page,
    upload,
)
from ui.server import inference, readiness, visitors
from ui.server.readiness import Readiness
from ui.server.visitors import BoundedVisitors


def test_a_flood_of_questions_costs_no_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    probes: list[int] = []
    monkeypatch.setattr(readiness, "_read_own_pictures", lambda: probes.append(1))
    ready = Readiness()
    assert ready.trouble == "starting"
    ready.probe()
    assert [ready.trouble for _ in range(1_000)] == [None] * 1_000
    assert len(probes) == 1


def test_a_probe_reads_a_photo_and_a_frame_uncounted() -> None:
    before = inference.METRICS.registry.get_sample_value(
        "fingers_requests_total", {"outcome": "answered", "type": "photo"}
    )
    ready = Readiness()
    ready.probe()
    # On a busy machine it may take longer than visitors should wait.
    assert ready.trouble in {None, "slow"}
    assert before == inference.METRICS.registry.get_sample_value(
        "fingers_requests_total", {"outcome": "answered", "type": "photo"}
    )


@pytest.mark.parametrize(
    ("door", "error", "why"),
    [
        ("Request.read_frame", BusyError(), "busy"),
        ("Request.read_photo", readiness.PhotoError("It takes too long."), "decoding"),
        ("decode_frame", readiness.PhotoError("Damaged."), "decoding"),
        ("recognise", ValueError("unforeseen"), "error"),
        ("ready_recogniser", readiness.UserError("A model is damaged."), "models"),
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
    assert ready.trouble is None
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
    with server.visit() as visitor:
        run_page(visitor)
        assert (server.metrics()["fingers_sessions"] or 0) >= 1


@pytest.mark.parametrize("kind", ["clear_cache", "load_git_info", "set_run_on_save"])
def test_messages_for_developers_are_ignored(server: RunningServer, kind: str) -> None:
    before = server.metrics()["fingers_refusals_total_forbidden_message"]
    with server.visit() as visitor:
        run_page(visitor)
        visitor.send(BackMsg(**{kind: True}).SerializeToString())
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


def test_it_recovers_when_descriptors_ran_out(own_server: RunningServer) -> None:
    number = own_server.process.pid
    few = sum(1 for _ in Path(f"/proc/{number}/fd").iterdir()) + 20
    limits = resource.prlimit(number, resource.RLIMIT_NOFILE)
    resource.prlimit(number, resource.RLIMIT_NOFILE, (few, limits[1]))
    idle = [socket.create_connection(("127.0.0.1", own_server.port)) for _ in range(60)]

    def is_full() -> bool:
        return any("out of system resource" in line["event"] for line in own_server.logged())

    wait_until(is_full)
    # They ask for nothing, and are ended though their senders keep them open.
    wait_until(lambda: _is_answered(own_server))
    resource.prlimit(number, resource.RLIMIT_NOFILE, limits)
    wait_until(lambda: own_server.why_not_ready() is None)
    for each in idle:
        each.close()
    lines = [line for line in own_server.logged() if "out of system" in line["event"]]
    # Some ten a minute, where each second had two thousand.
    assert len(lines) <= 4 * MAX_A_MINUTE
    assert any(line.get("reason") == "descriptors" for line in own_server.logged())


def _is_answered(server: RunningServer) -> bool:
    try:
        return ask(f"{server.address}/livez")[0] == 200
    except OSError:
        return False


def with_photos(widget: str, *photos: tuple[str, str]) -> BackMsg:
    """What the page sends once photos are uploaded, given their numbers and names."""
    message = BackMsg()
    message.rerun_script.query_string = "source=upload"
    state = message.rerun_script.widget_states.widgets.add(id=widget).file_uploader_state_value
    for number, name in photos:
        state.uploaded_file_info.add(file_id=number, name=name, size=1)
    return message


def opened_for_photos(visitor: ClientConnection) -> tuple[str, str]:
    """The session's number, and that of the widget that takes photos."""
    answers = list(answers_to(visitor, with_photos("none"), seconds=60))
    (session,) = filter(None, (each.new_session.initialize.session_id for each in answers))
    (widget,) = filter(None, (each.delta.new_element.file_uploader.id for each in answers))
    return session, widget


@pytest.mark.parametrize(
    "name", [b"a\0.jpg", b"\xff.jpg", b"\xed\xa0\x80.jpg", b"../a.jpg", b".jpg"]
)
def test_no_name_of_a_photo_is_an_error_of_the_server(server: RunningServer, name: bytes) -> None:
    before = server.metrics()["fingers_page_errors_total"]
    with server.visit() as visitor:
        session, widget = opened_for_photos(visitor)
        upload(server.address, session, WHOLE_FILES["jpeg"], "1", name)
        answers = list(answers_to(visitor, with_photos(widget, ("1", "a\0.jpg")), seconds=60))
    assert not any("went wrong" in each.delta.new_element.alert.body for each in answers)
    assert server.metrics()["fingers_page_errors_total"] == before


def test_after_sigterm_what_is_under_way_is_finished(own_server: RunningServer) -> None:
    stalling = dict(costly_photos())["nothing but FF"]
    with own_server.visit() as idle, own_server.visit() as working:
        run_page(idle)
        session, widget = opened_for_photos(working)
        assert upload(own_server.address, session, stalling, "1") == 204
        working.send(with_photos(widget, ("1", "a.jpg")).SerializeToString())
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
            idle.recv(timeout=10)
    own_server.process.wait(timeout=max(0.0, ended - time.monotonic()))
    events = [line["event"] for line in own_server.logged()]
    assert events.index("draining") < events.index("stopped")


def test_more_visitors_than_there_is_room_for_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitors, "MAX_VISITORS", 2)
    scope = {"type": "websocket", "extensions": {"websocket.http.response": {}}}
    refused: list[Message] = []

    async def connect_all() -> None:
        inside, leave = asyncio.Event(), asyncio.Event()

        async def stay(_scope: Scope, _receive: Receive, _send: Send) -> None:
            inside.set()
            await leave.wait()

        async def note(message: Message) -> None:
            refused.append(message)

        async def nothing() -> Message:
            return {"type": "websocket.connect"}

        bounded = BoundedVisitors(stay)
        staying = [asyncio.ensure_future(bounded(scope, nothing, note)) for _ in range(2)]
        await inside.wait()
        await bounded(scope, nothing, note)
        assert visitors.METRICS.registry.get_sample_value("fingers_sessions") == 2
        leave.set()
        await asyncio.gather(*staying)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, connect_all()).result()
    assert refused[0]["status"] == 503
    assert b"wait a little" in refused[1]["body"]
    assert visitors.METRICS.registry.get_sample_value("fingers_sessions") == 0


def test_a_connection_that_asks_for_no_page_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitors, "FIRST_MESSAGE_SECONDS", 0.01)
    ended: list[Message] = []

    async def wait_for_ever() -> Message:
        return await asyncio.Future()

    async def ignore(_message: Message) -> None: ...

    async def serve(_scope: Scope, receive: Receive, _send: Send) -> None:
        ended.append(await receive())

    with ThreadPoolExecutor(1) as pool:
        serving = BoundedVisitors(serve)({"type": "websocket"}, wait_for_ever, ignore)
        pool.submit(asyncio.run, serving).result()
    assert ended == [{"type": "websocket.disconnect", "code": 1008}]


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


@pytest.mark.parametrize(
    ("settings", "cause"),
    [
        ({"FINGERS_METRICS_ADDRESS": "nowhere"}, "must be a host and a port"),
        ({"FINGERS_METRICS_ADDRESS": "192.0.2.1:9501"}, "assign requested address"),
    ],
)
def test_a_start_that_fails_says_why(settings: dict[str, str], cause: str) -> None:
    command = [sys.executable, "-m", "streamlit", "run", "serve.py"]
    done = subprocess.run(
        [*command, f"--server.port={free_port()}", "--server.address=127.0.0.1"],
        cwd=ROOT, env=os.environ | settings, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode not in {0, None}
    lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith(b"{")]
    (failed,) = (line for line in lines if line["event"] == "start failed")
    assert cause in failed["cause"]
