"""The one place where pages have pictures read: in turns, bounded and counted for the process."""

import itertools
import os
import time
from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from core.common.types import Photo
from core.images.decoding import PhotoError
from core.images.isolated_decoding import decode_isolated
from core.serving.logging import log_event
from core.serving.metrics import METRICS, Outcome, RequestType, summarise
from core.serving.scheduler import BusyError, Client, InferencePool

Answer = TypeVar("Answer")

LOGGED_EVERY = 1000
"""Answers after which the metrics are written to the log."""

DECODERS = 2
"""Uploaded photos that are decoded at once, or wait decoded for their turn."""

_READER, _UPLOADER = "visitor of the inference pool", "visitor of the decoders"
_POOL = InferencePool(slots=min(2, os.cpu_count() or 1))
_DECODERS = InferencePool(slots=DECODERS, most_photos=DECODERS)
METRICS.queue_length.set_function(lambda: _POOL.waiting + _DECODERS.waiting)
_answer_numbers = itertools.count(1)


def read_frame(read: Callable[[], Answer]) -> Answer:
    """Read a live frame when it is this session's turn.

    Raises:
        BusyError: its turn did not come in time.
    """
    return _measured(RequestType.FRAME, lambda: _POOL.read_frame(_client(_READER), read))


def read_photo(source: bytes | Photo, read: Callable[[Photo, float], Answer]) -> Answer:
    """Decode a photo and read it, each when it is this session's turn.

    Args:
        source: the file's content, or a photo that the program drew.
        read: takes the photo, and the seconds in which it was decoded.

    Raises:
        BusyError: its turn did not come in time, or it took too long while others waited.
        PhotoError: it cannot be decoded.
    """

    def decode_and_read(content: bytes) -> Answer:
        started = time.perf_counter()
        photo = decode_isolated(content, lambda: _DECODERS.waiting > 0)
        seconds = time.perf_counter() - started
        return _POOL.read_photo(_client(_READER), lambda: read(photo, seconds))

    def answer() -> Answer:
        if isinstance(source, Photo):
            return _POOL.read_photo(_client(_READER), lambda: read(source, 0.0))
        # The decoder's place is kept until the photo is read: few are in memory at any time.
        return _DECODERS.read_photo(_client(_UPLOADER), lambda: decode_and_read(source))

    return _measured(RequestType.PHOTO, answer)


def _client(key: str) -> Client:
    client: Client = st.session_state.setdefault(key, Client())
    return client


def _measured(request_type: RequestType, answer: Callable[[], Answer]) -> Answer:
    started = time.perf_counter()
    outcome = Outcome.ERROR
    try:
        answered = answer()
        outcome = Outcome.ANSWERED
    except BusyError:
        outcome = Outcome.BUSY
        raise
    except PhotoError:
        outcome = Outcome.UNREADABLE
        raise
    finally:
        METRICS.requests.labels(outcome, request_type).inc()
    METRICS.durations.labels(request_type).observe(time.perf_counter() - started)
    if next(_answer_numbers) % LOGGED_EVERY == 0:
        log_event("answers", **summarise(METRICS.registry.collect()))
    return answered
