"""The one place where pages have pictures read: in turns, bounded and counted for the process."""

import itertools
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import streamlit as st

from core.common.types import Photo
from core.images.decoding import PhotoError
from core.images.isolated_decoding import decode_isolated
from core.serving.logging import log_event
from core.serving.metrics import METRICS, Outcome, Refusal, RequestType, summarise
from core.serving.scheduler import BusyError, Client, InferencePool

Answer = TypeVar("Answer")

LOGGED_EVERY = 1000
"""Answers after which the metrics are written to the log."""

GIVEN_UP_SECONDS = 20.0
"""By which the sender of a photo that was given up falls behind."""

_READER, _UPLOADER = "visitor of the inference pool", "visitor of the decoder"
_POOL = InferencePool(slots=min(2, os.cpu_count() or 1))
_DECODER = InferencePool(slots=1)
METRICS.queue_length.set_function(lambda: _POOL.waiting + _DECODER.waiting)
_answer_numbers = itertools.count(1)


@dataclass
class Request:
    """A photo or frame on its way through the queues.

    Attributes:
        reader: who asks for a place in the inference pool.
        uploader: who asks for a place with the decoders.
        waited: seconds in which it waited for its turn.
    """

    reader: Client = field(default_factory=Client)
    uploader: Client = field(default_factory=Client)
    waited: float = 0.0

    def read_frame(self, read: Callable[[], Answer]) -> Answer:
        """Read a live frame when it is this client's turn.

        Raises:
            BusyError: its turn did not come in time.
        """
        return self._in_turn(_POOL.read_frame, self.reader, read)

    def read_photo(self, source: bytes | Photo, read: Callable[[Photo, float], Answer]) -> Answer:
        """Decode a photo and read it, each when it is this client's turn.

        Args:
            source: the file's content, or a photo that the program drew.
            read: takes the photo, and the seconds in which it was decoded.

        Raises:
            BusyError: its turn did not come in time, or it took too long while others waited.
            PhotoError: it cannot be decoded.
        """

        def decode_and_read(content: bytes) -> Answer:
            started = time.perf_counter()
            try:
                photo = decode_isolated(content, lambda: _DECODER.is_to_yield(self.uploader))
            except BusyError:
                # It would have gone on, so its sender falls behind by more than it took.
                self.uploader.rank += GIVEN_UP_SECONDS
                raise
            seconds = time.perf_counter() - started
            return self._in_turn(_POOL.read_photo, self.reader, lambda: read(photo, seconds))

        if isinstance(source, Photo):
            return self._in_turn(_POOL.read_photo, self.reader, lambda: read(source, 0.0))
        # The decoder is kept until the photo is read: few are in memory at any time.
        return self._in_turn(_DECODER.read_photo, self.uploader, lambda: decode_and_read(source))

    def _in_turn(
        self,
        queue: Callable[[Client, Callable[[], Answer]], Answer],
        client: Client,
        read: Callable[[], Answer],
    ) -> Answer:
        asked = time.perf_counter()

        def admitted() -> Answer:
            self.waited += time.perf_counter() - asked
            return read()

        return queue(client, admitted)


def read_frame(read: Callable[[], Answer]) -> Answer:
    """Read a live frame of this session, as ``Request`` does, and count it."""
    return _measured(RequestType.FRAME, lambda request: request.read_frame(read))


def read_photo(source: bytes | Photo, read: Callable[[Photo, float], Answer]) -> Answer:
    """Decode and read a photo of this session, as ``Request`` does, and count it."""
    return _measured(RequestType.PHOTO, lambda request: request.read_photo(source, read))


def _client(key: str) -> Client:
    client: Client = st.session_state.setdefault(key, Client())
    return client


def _measured(request_type: RequestType, answer: Callable[[Request], Answer]) -> Answer:
    started = time.perf_counter()
    request = Request(_client(_READER), _client(_UPLOADER))
    outcome = Outcome.ERROR
    try:
        answered = answer(request)
        outcome = Outcome.ANSWERED
    except (BusyError, PhotoError) as error:
        outcome = Outcome.REFUSED
        reason = Refusal.BUSY if isinstance(error, BusyError) else Refusal.UNREADABLE
        METRICS.refusals.labels(reason).inc()
        raise
    finally:
        METRICS.requests.labels(outcome, request_type).inc()
    METRICS.durations.labels(request_type).observe(time.perf_counter() - started)
    METRICS.waits.labels(request_type).observe(request.waited)
    if next(_answer_numbers) % LOGGED_EVERY == 0:
        log_event("answers", **summarise(METRICS.registry.collect()))
    return answered
