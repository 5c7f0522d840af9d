"""Lets a bounded number of threads process pictures at once, each client in turn.

Each session of a server runs in its own thread. It asks here before it processes a picture, and
does the work itself once it is admitted, so that no picture or answer passes between threads.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from core.common.errors import UserError

Answer = TypeVar("Answer")

FRAME_TIMEOUT = 0.35
"""Seconds that a live frame waits at most; an older frame is out of date."""

PHOTO_TIMEOUT = 30.0
"""Seconds that a photo waits at most."""

MAX_WAITING = 64
"""Waiting requests; beyond this, the oldest live frame is rejected."""

MAX_PHOTOS = 1
"""Processed at once; one photo can take hundreds of megabytes while it is decoded."""

COST_WEIGHT = 10.0
"""Seconds by which a client falls behind for each one that its photos take; frames cost alike.
So a dozen who send what costs most keep nobody waiting who sends little."""

_NEVER = float("-inf")


class BusyError(UserError):
    """The server is overloaded; the same request may succeed later."""

    def __init__(self) -> None:
        super().__init__(
            "Many people are using this at the moment. Please wait a little and try again."
        )


@dataclass(eq=False)
class Client:
    """One session, kept by the code that makes its requests.

    Attributes:
        admitted: when it last was, in seconds of the pool's clock.
        rank: the same, but later by what its photos cost; the lowest comes first.
    """

    admitted: float = _NEVER
    rank: float = _NEVER

    def rank_at(self, now: float) -> float:
        """Its rank if it ends now what it was admitted for."""
        return self.rank + COST_WEIGHT * (now - self.admitted)


@dataclass(eq=False)
class _Ticket:
    client: Client
    is_photo: bool
    arrived: float
    decided: threading.Event = field(default_factory=threading.Event)
    is_admitted: bool = False


class InferencePool:
    """Admits threads in turn: the client whose last answer is oldest and cost least comes first.

    Each client has at most one live frame waiting, the newest. If too many requests wait, the
    oldest live frame is rejected; photos are never rejected for frames, and run one at a time.
    """

    def __init__(
        self,
        slots: int,
        most_waiting: int = MAX_WAITING,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Create an empty pool.

        Args:
            slots: how many threads may run at once.
            most_waiting: how many requests may wait.
            clock: a monotonic clock, in seconds.
        """
        if slots < 1 or most_waiting < 1:
            raise ValueError(f"a pool of {slots} slots for {most_waiting} waiting")
        self._free = slots
        self._photos = 0
        self._most_waiting = most_waiting
        self._clock = clock
        self._waiting: list[_Ticket] = []
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:
        """Number of waiting requests."""
        return len(self._waiting)

    def is_to_yield(self, client: Client) -> bool:
        """Whether one waits who comes before this client, which is being answered."""
        with self._lock:
            rank = client.rank_at(self._clock())
            return any(each.client.rank < rank for each in self._waiting)

    def read_frame(
        self, client: Client, read: Callable[[], Answer], timeout: float = FRAME_TIMEOUT
    ) -> Answer:
        """Process one live frame when it is the client's turn.

        Args:
            client: who asks.
            read: does it; called in this thread.
            timeout: seconds to wait at most.

        Raises:
            BusyError: the turn did not come in time, or a newer frame replaced this one.
        """
        return self._read(_Ticket(client, False, self._clock()), read, timeout)

    def read_photo(
        self, client: Client, read: Callable[[], Answer], timeout: float = PHOTO_TIMEOUT
    ) -> Answer:
        """Process one photo when it is the client's turn.

        Args:
            client: who asks.
            read: does it; called in this thread.
            timeout: seconds to wait at most.

        Raises:
            BusyError: the turn did not come in time.
        """
        return self._read(_Ticket(client, True, self._clock()), read, timeout)

    def _read(self, ticket: _Ticket, read: Callable[[], Answer], timeout: float) -> Answer:
        with self._lock:
            self._join(ticket)
            self._admit()
        try:
            ticket.decided.wait(timeout)
            with self._lock:
                if ticket in self._waiting:
                    self._waiting.remove(ticket)
            if not ticket.is_admitted:
                raise BusyError
            return read()
        finally:
            self._leave(ticket)

    def _leave(self, ticket: _Ticket) -> None:
        with self._lock:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
            if ticket.is_admitted:
                self._free += 1
                self._photos -= ticket.is_photo
                if ticket.is_photo:
                    ticket.client.rank = ticket.client.rank_at(self._clock())
            self._admit()

    def _join(self, ticket: _Ticket) -> None:
        older = [each for each in self._waiting if not each.is_photo]
        if not ticket.is_photo:
            for each in older:
                if each.client is ticket.client:
                    self._reject(each)
        if len(self._waiting) < self._most_waiting:
            self._waiting.append(ticket)
        elif older:
            self._reject(older[0])
            self._waiting.append(ticket)
        else:
            ticket.decided.set()

    def _reject(self, ticket: _Ticket) -> None:
        self._waiting.remove(ticket)
        ticket.decided.set()

    def _admit(self) -> None:
        while self._free:
            ready = [
                each for each in self._waiting if not each.is_photo or self._photos < MAX_PHOTOS
            ]
            if not ready:
                return
            ticket = min(ready, key=lambda each: (each.client.rank, each.arrived))
            self._waiting.remove(ticket)
            self._free -= 1
            self._photos += ticket.is_photo
            ticket.client.admitted = self._clock()
            ticket.client.rank = max(ticket.client.rank, ticket.client.admitted)
            ticket.is_admitted = True
            ticket.decided.set()
