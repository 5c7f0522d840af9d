"""What uploads take of the server's memory, whoever sends how many."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.types import Message, Receive, Scope, Send

from core.images.decoding import MAX_BYTES
from tests.helpers.fake_runtime import FakeRuntime
from tests.helpers.page_texts import texts_of
from tests.helpers.running_server import RunningServer
from tests.helpers.sessions import run_page
from tests.helpers.single_page import page_test
from tests.helpers.uploads import upload
from ui.server import uploads
from ui.server.uploads import (
    MAX_AT_ONCE,
    MAX_FILES,
    MAX_SESSION_BYTES,
    MAX_TOTAL_BYTES,
    NOT_KEPT,
    BoundedUploads,
)


@pytest.fixture
def runtime() -> FakeRuntime:
    return FakeRuntime()


def test_a_session_keeps_so_much_and_the_rest_is_explained(runtime: FakeRuntime) -> None:
    fitting = MAX_SESSION_BYTES // MAX_BYTES
    for number in range(fitting + 3):
        runtime.receive("a", str(number), MAX_BYTES)
    kept = list(runtime.kept("a").values())
    assert kept[:fitting] == [MAX_BYTES] * fitting
    assert all(
        f"more than {MAX_SESSION_BYTES // 1024**2} MB together" in str(words)
        for words in kept[fitting:]
    )
    runtime.uploaded_file_mgr.remove_file("a", "0")
    runtime.receive("a", "again", MAX_BYTES)
    assert runtime.kept("a")["again"] == MAX_BYTES


def test_nobody_takes_the_place_of_others(runtime: FakeRuntime) -> None:
    for session in "ab":
        for number in range(MAX_SESSION_BYTES // MAX_BYTES):
            runtime.receive(session, str(number), MAX_BYTES)
    runtime.receive("c", "mine", MAX_BYTES)
    assert runtime.kept("c") == {"mine": MAX_BYTES}
    kept = [size for session in "abc" for size in runtime.kept(session).values()]
    assert sum(size for size in kept if isinstance(size, int)) <= MAX_TOTAL_BYTES
    assert "forgotten" in str(runtime.kept("a")["0"])


def test_of_countless_small_files_few_are_kept(runtime: FakeRuntime) -> None:
    for number in range(MAX_FILES + 20):
        runtime.receive("a", str(number), 1)
    assert list(runtime.kept("a")) == [str(number) for number in range(MAX_FILES)]


def test_an_upload_to_a_session_that_ended_meanwhile_is_not_kept(runtime: FakeRuntime) -> None:
    runtime.active.clear()
    runtime.receive("a", "late", 1_000)
    assert "a" not in runtime.uploaded_file_mgr.file_storage


def test_the_page_says_what_is_not_kept() -> None:
    for content, words in NOT_KEPT.items():
        at = page_test("try_it")
        at.query_params["source"] = "Upload"
        at.run()
        at.file_uploader[0].upload("hand.jpg", content, "image/jpeg")
        at.run()
        assert words in " ".join([texts_of(at), *(error.value for error in at.error)])


class Reception:
    """An application that receives uploads until it is told to go on."""

    def __init__(self) -> None:
        self.at_once: dict[str, int] = {}
        self.most = self.most_of_one = 0
        self.go_on = asyncio.Event()

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        session = scope["path"].split("/")[3]
        self.at_once[session] = self.at_once.get(session, 0) + 1
        self.most = max(self.most, sum(self.at_once.values()))
        self.most_of_one = max(self.most_of_one, self.at_once[session])
        await self.go_on.wait()
        self.at_once[session] -= 1
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def put(path: str) -> Scope:
    return {"type": "http", "method": "PUT", "path": path}


async def _nothing() -> Message:
    return {"type": "http.disconnect"}


def test_few_are_received_at_once_and_one_of_a_session(
    runtime: FakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "get_runtime", lambda: runtime)

    async def receive_many() -> tuple[Reception, list[int]]:
        reception, statuses = Reception(), []

        async def note(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        bounded = BoundedUploads(reception)
        sent = [
            bounded(put(f"/_stcore/upload_file/{number % 10}/{number}"), _nothing, note)
            for number in range(40)
        ]
        tasks = [asyncio.ensure_future(each) for each in sent]
        await asyncio.sleep(0.05)
        reception.go_on.set()
        await asyncio.gather(*tasks)
        return reception, statuses

    with ThreadPoolExecutor(1) as pool:
        reception, statuses = pool.submit(asyncio.run, receive_many()).result()
    assert statuses == [204] * 40
    assert reception.most == MAX_AT_ONCE
    assert reception.most_of_one == 1


def test_a_slow_upload_ends_in_a_sentence(
    runtime: FakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "get_runtime", lambda: runtime)
    monkeypatch.setattr(uploads, "MAX_SECONDS", 0.05)
    messages: list[Message] = []

    async def note(message: Message) -> None:
        messages.append(message)

    async def receive_slowly() -> None:
        await BoundedUploads(Reception())(put("/_stcore/upload_file/a/1"), _nothing, note)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, receive_slowly()).result()
    assert messages[0]["status"] == 408
    assert b"took too long" in messages[1]["body"]


class Trickle:
    """Receives what comes, part by part, up to the end."""

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["more_body"]:
            pass
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@pytest.mark.parametrize(("part", "status"), [(100, 408), (1_000, 204)])
def test_an_upload_that_trickles_is_cut_off(
    part: int, status: int, runtime: FakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten parts come, one every 20 ms; 10 kB a second are asked for after 50 ms."""
    monkeypatch.setattr(uploads, "get_runtime", lambda: runtime)
    monkeypatch.setattr(uploads, "START_SECONDS", 0.05)
    monkeypatch.setattr(uploads, "MIN_RATE", 10_000)
    messages: list[Message] = []
    parts = iter(range(10))

    async def receive() -> Message:
        await asyncio.sleep(0.02)
        return {"body": bytes(part), "more_body": next(parts, None) is not None}

    async def note(message: Message) -> None:
        messages.append(message)

    async def trickle() -> None:
        await BoundedUploads(Trickle())(put("/_stcore/upload_file/a/1"), receive, note)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, trickle()).result()
    assert messages[0]["status"] == status
    assert (b"took too long" in messages[1]["body"]) == (status == 408)


def test_who_sent_much_waits_before_taking_a_place(
    runtime: FakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session may send 1,000 bytes, then 10,000 a second; another is not kept waiting."""
    monkeypatch.setattr(uploads, "get_runtime", lambda: runtime)
    monkeypatch.setattr(uploads, "MAX_SESSION_BYTES", 1_000)
    monkeypatch.setattr(uploads, "SESSION_RATE", 10_000)
    monkeypatch.setattr(uploads, "MAX_AT_ONCE", 1)
    answered: list[tuple[str, float]] = []

    async def receive() -> Message:
        return {"body": bytes(2_000), "more_body": False}

    async def send_uploads() -> None:
        bounded = BoundedUploads(Trickle())
        started = time.monotonic()

        async def send(session: str, number: int) -> None:
            async def note(message: Message) -> None:
                if message.get("status") == 204:
                    answered.append((session, time.monotonic() - started))

            await bounded(put(f"/_stcore/upload_file/{session}/{number}"), receive, note)

        await asyncio.gather(*(send("a", number) for number in range(3)), send("b", 0))

    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, send_uploads()).result()
    assert [session for session, _ in answered] == ["a", "b", "a", "a"]
    # 1,000 bytes too many after the first, 2,000 further ones after the second.
    assert 0.1 <= answered[2][1] < 0.3
    assert answered[3][1] >= 0.3


@pytest.mark.slow
def test_many_large_uploads_of_one_session_do_not_fill_the_server(
    server: RunningServer,
) -> None:
    with server.visit() as socket:
        session = run_page(socket)
        before = server.metrics()["process_resident_memory_bytes"] or 0
        # A little less than the limit, which counts the form around the file.
        content = bytes(MAX_BYTES - 1_000)
        statuses = [upload(server.address, session, content)[0] for _ in range(12)]
        grown = ((server.metrics()["process_resident_memory_bytes"] or 0) - before) / 1e6
    assert statuses == [204] * 12
    assert grown < MAX_SESSION_BYTES / 1e6 + 60
