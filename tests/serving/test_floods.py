"""Whatever visitors send in whatever order, the server holds no more of it than its bounds."""

import threading
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.serving.scheduler import MAX_PHOTOS, BusyError, Client, InferencePool
from tests.helpers.fake_runtime import FakeRuntime
from tests.helpers.waiting import PATIENCE, until
from ui.server import uploads

SLOTS, MOST_WAITING, VISITORS = 2, 3, 3
FEW = settings(max_examples=40, stateful_step_count=30, deadline=None, derandomize=True)


class Request:
    """A request to a pool in a thread of its own, which runs until it is told to end."""

    def __init__(self, pool: InferencePool, client: Client, is_photo: bool) -> None:
        self.client, self.is_photo = client, is_photo
        self.is_running = self.is_over = False
        self.end = threading.Event()
        read = pool.read_photo if is_photo else pool.read_frame
        self.thread = threading.Thread(target=self._run, args=(read,))
        self.thread.start()

    def _run(self, read: Callable[[Client, Callable[[], object], float], object]) -> None:
        with suppress(BusyError, ZeroDivisionError):
            read(self.client, self._read, PATIENCE)
        self.is_running, self.is_over = False, True

    def _read(self) -> float:
        self.is_running = True
        assert self.end.wait(PATIENCE)
        # A photo may be damaged.
        return 1 / (not self.is_photo)


class Visitors(RuleBasedStateMachine):
    """Visitors who ask for frames and photos to be read, and leave before they have an answer."""

    def __init__(self) -> None:
        super().__init__()
        # Of a real clock, who comes first would depend on how busy the machine is.
        self.steps = 0
        self.pool = InferencePool(SLOTS, MOST_WAITING, clock=lambda: self.steps)
        self.clients = [Client() for _ in range(VISITORS)]
        self.requests: list[Request] = []

    @rule(visitor=st.integers(0, VISITORS - 1), is_photo=st.booleans())
    def ask(self, visitor: int, is_photo: bool) -> None:
        self.steps += 1
        self.requests.append(Request(self.pool, self.clients[visitor], is_photo))
        self._settle()

    @precondition(lambda self: self._running())
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        self.steps += 1
        request = data.draw(st.sampled_from(self._running()))
        request.end.set()
        request.thread.join(PATIENCE)
        self._settle()

    @invariant()
    def bounds_hold(self) -> None:
        running, waiting = self._running(), self.pool._waiting
        assert len(running) <= SLOTS
        assert sum(each.is_photo for each in running) <= MAX_PHOTOS
        assert len(waiting) <= MOST_WAITING
        frames = [each.client for each in waiting if not each.is_photo]
        assert all(frames.count(client) == 1 for client in frames)
        # Nobody waits for a place that is free.
        if len(running) < SLOTS:
            assert all(each.is_photo for each in waiting)
        if not running:
            assert not waiting

    def teardown(self) -> None:
        for each in self.requests:
            each.end.set()
        for each in self.requests:
            each.thread.join(PATIENCE)
        assert self.pool.waiting == 0
        assert self.pool._free == SLOTS

    def _running(self) -> list[Request]:
        return [each for each in self.requests if each.is_running]

    def _settle(self) -> None:
        """Wait until each request runs, waits or is over."""

        def is_settled() -> bool:
            self.requests = [each for each in self.requests if not each.is_over]
            waiting = self.pool.waiting
            return len(self._running()) + waiting == len(self.requests)

        until(is_settled)


class Uploaders(RuleBasedStateMachine):
    """Visitors who upload files of any size, remove some, and leave; sizes are in units."""

    files = Bundle("files")

    def __init__(self) -> None:
        super().__init__()
        self.runtime = FakeRuntime()
        self.sent = 0

    @rule(
        target=files,
        session=st.sampled_from("abc"),
        size=st.integers(0, 12),
        count=st.sampled_from([1, 1, 8]),
    )
    def upload(self, session: str, size: int, count: int) -> object:
        names = []
        for _ in range(count):
            self.sent += 1
            names.append((session, str(self.sent)))
            self.runtime.receive(*names[-1], size)
        return multiple(*names)

    @rule(file=consumes(files))
    def remove(self, file: tuple[str, str]) -> None:
        self.runtime.uploaded_file_mgr.remove_file(*file)

    @rule(session=st.sampled_from("abc"))
    def leave(self, session: str) -> None:
        self.runtime.active.discard(session)
        self.runtime.uploaded_file_mgr.remove_session_files(session)

    @rule(session=st.sampled_from("abc"))
    def come(self, session: str) -> None:
        self.runtime.active.add(session)

    @invariant()
    def bounds_hold(self) -> None:
        storage = self.runtime.uploaded_file_mgr.file_storage
        sizes = {
            session: sum(
                len(file.data) for file in files.values() if file.data not in uploads.NOT_KEPT
            )
            for session, files in storage.items()
        }
        assert all(size <= uploads.MAX_SESSION_BYTES for size in sizes.values())
        assert sum(sizes.values()) <= uploads.MAX_TOTAL_BYTES
        assert all(len(files) <= uploads.MAX_FILES for files in storage.values())
        assert sizes.keys() <= self.runtime.active


def test_a_flood_of_frames_and_photos_is_bounded_and_ends() -> None:
    run_state_machine_as_test(Visitors, settings=FEW)


def test_a_flood_of_uploads_is_bounded_and_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_SESSION_BYTES", 100)
    monkeypatch.setattr(uploads, "MAX_TOTAL_BYTES", 200)
    monkeypatch.setattr(uploads, "MAX_FILES", 20)
    run_state_machine_as_test(Uploaders, settings=FEW)
