"""Who is connected, and what they may ask of Streamlit: bounded without a server."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.types import Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from core.serving.metrics import METRICS
from ui.server import visitors
from ui.server.visitors import BoundedVisitors

ROOT = Path(__file__).resolve().parents[2]


async def nothing() -> Message:
    return {"type": "websocket.connect"}


def test_a_message_names_files_as_in_the_repository() -> None:
    sent: list[bytes] = []
    answer = ForwardMsg()
    answer.delta.new_element.alert.body = f"The file {ROOT}/models/cnn/card.json is damaged."

    async def note(message: Message) -> None:
        sent.append(message["bytes"])

    async def serve(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "websocket.send", "bytes": answer.SerializeToString()})

    with ThreadPoolExecutor(1) as pool:
        serving = BoundedVisitors(serve)({"type": "websocket"}, nothing, note)
        pool.submit(asyncio.run, serving).result()
    answer.ParseFromString(sent[0])
    assert answer.delta.new_element.alert.body == "The file models/cnn/card.json is damaged."


def test_the_next_page_s_settings_are_told_once_the_browser_shows_it() -> None:
    told: list[str] = []

    async def note(message: Message) -> None:
        answer = ForwardMsg()
        answer.ParseFromString(message["bytes"])
        told.append(str(answer.WhichOneof("type")))

    async def serve(_scope: Scope, _receive: Receive, send: Send) -> None:
        for kind in ("page_info_changed", "new_session", "navigation", "page_info_changed"):
            answer = ForwardMsg()
            getattr(answer, kind).SetInParent()
            await send({"type": "websocket.send", "bytes": answer.SerializeToString()})
        finished = ForwardMsg(script_finished=ForwardMsg.FINISHED_SUCCESSFULLY)
        await send({"type": "websocket.send", "bytes": finished.SerializeToString()})

    with ThreadPoolExecutor(1) as pool:
        serving = BoundedVisitors(serve)({"type": "websocket"}, nothing, note)
        pool.submit(asyncio.run, serving).result()
    assert told == ["new_session", "navigation", "page_info_changed", "script_finished"]


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

        bounded = BoundedVisitors(stay)
        staying = [asyncio.ensure_future(bounded(scope, nothing, note)) for _ in range(2)]
        await inside.wait()
        await bounded(scope, nothing, note)
        assert METRICS.registry.get_sample_value("fingers_sessions") == 2
        leave.set()
        await asyncio.gather(*staying)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, connect_all()).result()
    assert refused[0]["status"] == 503
    assert b"wait a little" in refused[1]["body"]
    assert METRICS.registry.get_sample_value("fingers_sessions") == 0


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


@pytest.mark.parametrize(("fragment", "seconds"), [("", 0.5), ("camera", 0.0)])
def test_pages_asked_for_without_end_come_in_their_time(
    fragment: str, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten at once, then twenty a second; of the parts of a page ten times as many."""
    monkeypatch.setattr(visitors, "PAGES_AT_ONCE", 10)
    monkeypatch.setattr(visitors, "PAGES_PER_SECOND", 20.0)
    message = BackMsg()
    message.rerun_script.fragment_id = fragment
    asked = {"type": "websocket.receive", "bytes": message.SerializeToString()}
    times: list[float] = []

    async def ask_again() -> Message:
        return asked

    async def ignore(_message: Message) -> None: ...

    async def serve(_scope: Scope, receive: Receive, _send: Send) -> None:
        started = time.monotonic()
        for _ in range(20):
            assert await receive() == asked
            times.append(time.monotonic() - started)

    with ThreadPoolExecutor(1) as pool:
        serving = BoundedVisitors(serve)({"type": "websocket"}, ask_again, ignore)
        pool.submit(asyncio.run, serving).result()
    assert times[9] < 0.3
    # The last of a burst comes at once, and each further one a twentieth of a second later.
    assert seconds - 0.02 <= times[-1] < seconds + 0.5
