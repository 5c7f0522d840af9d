"""The one place where pages have pictures read: in turns, bounded and counted for the process."""

import itertools
import os
import time
from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from core.images.decoding import PhotoError
from core.serving.logging import log_event
from core.serving.metrics import METRICS, Outcome, RequestType, summarise
from core.serving.scheduler import BusyError, Client, InferencePool

Answer = TypeVar("Answer")

LOGGED_EVERY = 1000
"""Answers after which the metrics are written to the log."""

_CLIENT = "visitor of the inference pool"
_POOL = InferencePool(slots=min(2, os.cpu_count() or 1))
METRICS.queue_length.set_function(lambda: _POOL.waiting)
_answer_numbers = itertools.count(1)


def read_frame(read: Callable[[], Answer]) -> Answer:
    """Read a live frame when it is this session's turn.

    Raises:
        BusyError: its turn did not come in time.
    """
    return _measured(RequestType.FRAME, lambda: _POOL.read_frame(_client(), read))


def read_photo(read: Callable[[], Answer]) -> Answer:
    """Read a photo when it is this session's turn.

    Raises:
        BusyError: its turn did not come in time.
    """
    return _measured(RequestType.PHOTO, lambda: _POOL.read_photo(_client(), read))


def _client() -> Client:
    client: Client = st.session_state.setdefault(_CLIENT, Client())
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
