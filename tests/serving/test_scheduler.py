"""The scheduler: bounded, the newest frame per session, fair to every client."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest

from core.images.decode_worker import MAX_SECONDS as MAX_DECODE_SECONDS
from core.serving.scheduler import COST_WEIGHT, BusyError, Client, InferencePool
from tests.helpers.waiting import PATIENCE as LONG
from tests.helpers.waiting import until
from ui.server.readiness import uploader_after_one_photo


class Blocked:
    """A task that runs until it is released."""

    def __init__(self, pool: InferencePool, photo: bool = False) -> None:
        self.begun, self._end = threading.Event(), threading.Event()
        read = pool.read_photo if photo else pool.read_frame
        self._thread = threading.Thread(target=read, args=(Client(), self._read, LONG))
        self._thread.start()
        assert self.begun.wait(LONG)

    def _read(self) -> None:
        self.begun.set()
        assert self._end.wait(LONG)

    def end(self) -> None:
        self._end.set()
        self._thread.join(LONG)


class Asking:
    """A thread that requests a task, and the outcome."""

    def __init__(self, ask: Callable[[], str]) -> None:
        self.answer = ""
        self._thread = threading.Thread(target=self._run, args=(ask,))
        self._thread.start()

    def _run(self, ask: Callable[[], str]) -> None:
        try:
            self.answer = ask()
        except BusyError:
            self.answer = "busy"

    def end(self) -> str:
        self._thread.join(LONG)
        return self.answer


def waiting_frame(pool: InferencePool, client: Client, name: str = "read") -> Asking:
    before = pool.waiting
    asking = Asking(lambda: pool.read_frame(client, lambda: name, LONG))
    until(lambda: pool.waiting != before)
    return asking


def test_an_empty_scheduler_reads_immediately() -> None:
    pool = InferencePool(slots=1)
    assert pool.read_frame(Client(), lambda: "read") == "read"
    assert pool.read_photo(Client(), lambda: "read") == "read"


def test_no_more_run_at_once_than_there_are_slots() -> None:
    pool = InferencePool(slots=2)
    lock, now, most = threading.Lock(), 0, 0

    def read() -> str:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.002)
        with lock:
            now -= 1
        return "read"

    asking = [Asking(lambda: pool.read_frame(Client(), read, LONG)) for _ in range(30)]
    assert [each.end() for each in asking] == ["read"] * 30
    assert most == 2
    assert pool.waiting == 0


def test_a_frame_that_waits_too_long_is_answered_as_busy() -> None:
    pool = InferencePool(slots=1)
    blocked = Blocked(pool)
    with pytest.raises(BusyError, match="Many people"):
        pool.read_frame(Client(), lambda: "read", timeout=0.01)
    with pytest.raises(BusyError):
        pool.read_photo(Client(), lambda: "read", timeout=0.01)
    assert pool.waiting == 0
    blocked.end()
    assert pool.read_frame(Client(), lambda: "read") == "read"


def test_a_newer_frame_takes_the_place_of_the_same_visitor_s_older_one() -> None:
    pool, client = InferencePool(slots=1), Client()
    blocked = Blocked(pool)
    older = waiting_frame(pool, client, "older")
    newer = Asking(lambda: pool.read_frame(client, lambda: "newer", LONG))
    assert older.end() == "busy"
    assert pool.waiting == 1
    blocked.end()
    assert newer.end() == "newer"


def test_the_oldest_frame_goes_where_too_many_wait() -> None:
    pool = InferencePool(slots=1, most_waiting=2)
    blocked = Blocked(pool)
    first, second = waiting_frame(pool, Client()), waiting_frame(pool, Client())
    third = Asking(lambda: pool.read_frame(Client(), lambda: "read", LONG))
    assert first.end() == "busy"
    assert pool.waiting == 2
    blocked.end()
    assert (second.end(), third.end()) == ("read", "read")


def test_photos_are_not_rejected_for_frames() -> None:
    pool = InferencePool(slots=1, most_waiting=1)
    blocked = Blocked(pool)
    photo = Asking(lambda: pool.read_photo(Client(), lambda: "photo", LONG))
    until(lambda: pool.waiting == 1)
    with pytest.raises(BusyError):
        pool.read_frame(Client(), lambda: "frame", LONG)
    blocked.end()
    assert photo.end() == "photo"


def test_one_photo_at_a_time_leaves_room_for_frames() -> None:
    pool = InferencePool(slots=2)
    blocked = Blocked(pool, photo=True)
    assert pool.read_frame(Client(), lambda: "frame", timeout=LONG) == "frame"
    with pytest.raises(BusyError):
        pool.read_photo(Client(), lambda: "photo", timeout=0.01)
    blocked.end()
    assert pool.read_photo(Client(), lambda: "photo") == "photo"


def test_the_client_served_longest_ago_comes_first() -> None:
    ticks = iter(range(10_000))
    pool = InferencePool(slots=1, clock=lambda: float(next(ticks)))
    lately, long_ago, never = Client(), Client(), Client()
    pool.read_frame(long_ago, lambda: "")
    pool.read_frame(lately, lambda: "")
    blocked = Blocked(pool)
    order: list[str] = []
    asking = []
    for name, client in (("lately", lately), ("long ago", long_ago), ("never", never)):

        def read(name: str = name) -> str:
            order.append(name)
            return name

        before = pool.waiting
        asking.append(Asking(lambda v=client, r=read: pool.read_frame(v, r, LONG)))  # type: ignore[misc]
        until(lambda before=before: pool.waiting > before)  # type: ignore[misc]
    blocked.end()
    for each in asking:
        each.end()
    assert order == ["never", "long ago", "lately"]


class Clock:
    """Shows the time that it is set to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_who_costs_much_falls_behind() -> None:
    clock = Clock()
    pool = InferencePool(slots=1, clock=clock)
    cheap, costly = Client(), Client()

    def pass_time() -> str:
        clock.now += 1
        return ""

    pool.read_photo(costly, pass_time)
    clock.now += COST_WEIGHT - 2
    pool.read_photo(cheap, lambda: "")
    blocked = Blocked(pool)
    order: list[str] = []
    asking = []
    for name, client in (("costly", costly), ("cheap", cheap)):
        before = pool.waiting
        read = partial(order.append, name)
        asking.append(Asking(lambda v=client, r=read: pool.read_photo(v, r, LONG)))  # type: ignore[misc]
        until(lambda before=before: pool.waiting > before)  # type: ignore[misc]
    blocked.end()
    for each in asking:
        each.end()
    assert order == ["cheap", "costly"]


def test_a_client_yields_to_those_who_cost_less() -> None:
    clock = Clock()
    pool, running, waiting = InferencePool(slots=1, clock=clock), Client(), Client()
    pool.read_frame(waiting, lambda: "")

    def read() -> list[bool]:
        yields = [pool.is_to_yield(running)]
        other = waiting_frame(pool, waiting)
        yields.append(pool.is_to_yield(running))
        clock.now += 1
        yields.append(pool.is_to_yield(running))
        waiting.rank = clock.now + 2 * COST_WEIGHT
        yields.append(pool.is_to_yield(running))
        asking.append(other)
        return yields

    asking: list[Asking] = []
    assert pool.read_photo(running, read) == [False, False, True, False]
    assert asking[0].end() == "read"


def test_under_overload_all_clients_are_served_evenly() -> None:
    pool = InferencePool(slots=1)
    answers: Counter[int] = Counter()
    stop = time.monotonic() + 1.0

    def visit(number: int) -> None:
        client = Client()
        while time.monotonic() < stop:
            try:
                pool.read_frame(client, lambda: time.sleep(0.002), timeout=0.05)
                answers[number] += 1
            except BusyError:
                pass

    threads = [threading.Thread(target=visit, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    assert len(answers) == 12
    assert max(answers.values()) <= 2 * min(answers.values()) + 4


def test_a_reading_that_fails_gives_its_slot_back() -> None:
    pool = InferencePool(slots=1)
    with pytest.raises(ZeroDivisionError):
        pool.read_photo(Client(), lambda: 1 / 0)
    assert pool.read_photo(Client(), lambda: "read") == "read"


@pytest.mark.parametrize(("slots", "waiting"), [(0, 1), (1, 0), (-1, 5)])
def test_a_scheduler_needs_a_slot(slots: int, waiting: int) -> None:
    with pytest.raises(ValueError, match="a pool of"):
        InferencePool(slots, waiting)


def test_a_large_photo_is_given_up_for_a_visitor_and_not_for_the_server_s_own_probe() -> None:
    now = [100.0]
    pool = InferencePool(1, clock=lambda: now[0])
    visitor, attacker = Client(), Client(rank=now[0] + 100)

    def gives_up(reader: Client, waiting: Client) -> bool:
        """Whether a photo that has taken nearly as long as any may is given up for who waits."""
        answers: list[bool] = []

        def read() -> str:
            others = Asking(lambda: pool.read_photo(waiting, lambda: "read", LONG))
            until(lambda: pool.waiting == 1)
            now[0] += MAX_DECODE_SECONDS - 0.1
            answers.append(pool.is_to_yield(reader))
            waiters.append(others)
            return "read"

        waiters: list[Asking] = []
        assert pool.read_photo(reader, read, LONG) == "read"
        assert waiters[0].end() == "read"
        return answers[0]

    assert not gives_up(visitor, uploader_after_one_photo(now[0]))
    assert gives_up(Client(), Client())
    assert gives_up(attacker, uploader_after_one_photo(now[0]))
