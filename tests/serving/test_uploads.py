"""What uploads take of the server's memory, whoever sends how many."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.types import Message, Receive, Scope, Send
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from core.images.decoding import MAX_BYTES
from tests.helpers.page_texts import texts_of
from tests.helpers.running_server import RunningServer
from tests.helpers.sessions import run_page
from tests.helpers.single_page import page_test
from tests.helpers.uploads import upload
from ui.server import uploads
from ui.server.uploads import (
    MAX_AT_ONCE,
    MAX_SESSION_BYTES,
    MAX_TOTAL_BYTES,
    NOT_KEPT,
    BoundedUploads,
    keep_within_limits,
)


class FakeRuntime:
    """Streamlit's runtime, as far as uploads ask it."""

    def __init__(self) -> None:
        self.uploaded_file_mgr = MemoryUploadedFileManager("/upload")
        self.active = {"a", "b", "c"}

    def is_active_session(self, session: str) -> bool:
        return session in self.active

    def receive(self, session: str, name: str, size: int) -> None:
        file = UploadedFileRec(name, name, "image/jpeg", bytes(size))
        self.uploaded_file_mgr.add_file(session, file)
        keep_within_limits(self, session)  # type: ignore[arg-type]

    def kept(self, session: str) -> dict[str, int | str]:
        """The bytes of each file of a session, or what its page says of it."""
        files = self.uploaded_file_mgr.file_storage[session].values()
        return {file.name: NOT_KEPT.get(file.data, len(file.data)) for file in files}


@pytest.fixture
def runtime() -> FakeRuntime:
    return FakeRuntime()


def test_a_session_keeps_so_much_and_the_rest_is_explained(runtime: FakeRuntime) -> None:
    fitting = MAX_SESSION_BYTES // MAX_BYTES
    for number in range(fitting + 3):
        runtime.receive("a", str(number), MAX_BYTES)
    kept = list(runtime.kept("a").values())
    assert kept[:fitting] == [MAX_BYTES] * fitting
    assert all("more than 64 MB together" in str(words) for words in kept[fitting:])
    runtime.uploaded_file_mgr.remove_file("a", "0")
    runtime.receive("a", "again", MAX_BYTES)
    assert runtime.kept("a")["again"] == MAX_BYTES


def test_nobody_takes_the_place_of_others(runtime: FakeRuntime) -> None:
    for session in "ab":
        for number in range(MAX_SESSION_BYTES // MAX_BYTES):
            runtime.receive(session, str(number), MAX_BYTES)
    runtime.receive("c", "mine", MAX_BYTES)
    runtime.receive("c", "mine too", MAX_BYTES)
    assert runtime.kept("c") == {"mine": MAX_BYTES, "mine too": MAX_BYTES}
    total = sum(
        size
        for session in "abc"
        for size in runtime.kept(session).values()
        if isinstance(size, int)
    )
    assert total <= MAX_TOTAL_BYTES
    assert "forgotten" in str(runtime.kept("a")["0"])


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


def test_a_slow_upload_ends_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
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


@pytest.mark.slow
def test_fifty_six_large_uploads_of_one_session_do_not_fill_the_server(
    server: RunningServer,
) -> None:
    with server.visit() as socket:
        session = run_page(socket)
        before = server.metrics()["process_resident_memory_bytes"] or 0
        # A little less than the limit, which counts the form around the file.
        content = bytes(MAX_BYTES - 1_000)
        statuses = [upload(server.address, session, content)[0] for _ in range(56)]
        grown = ((server.metrics()["process_resident_memory_bytes"] or 0) - before) / 1e6
    assert statuses == [204] * 56
    assert grown < MAX_SESSION_BYTES / 1e6 + 60
