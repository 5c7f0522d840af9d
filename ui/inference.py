"""The one place where pages have pictures read: in turns, bounded and counted for the process."""

import os
import time
from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from core.images.decoding import PhotoError
from core.serving.logging import log_event
from core.serving.metrics import COUNTERS, Event
from core.serving.scheduler import BusyError, Client, InferencePool

Answer = TypeVar("Answer")

LOGGED_EVERY = 1000
"""Answers after which the counts are written to the log."""

_CLIENT = "visitor of the inference pool"
_POOL = InferencePool(slots=min(2, os.cpu_count() or 1))


def read_frame(read: Callable[[], Answer]) -> Answer:
    """Read a live frame when it is this session's turn.

    Raises:
        BusyError: its turn did not come in time.
    """
    return _counted(Event.FRAME, lambda: _POOL.read_frame(_client(), read))


def read_photo(read: Callable[[], Answer]) -> Answer:
    """Read a photo when it is this session's turn.

    Raises:
        BusyError: its turn did not come in time.
    """
    return _counted(Event.PHOTO, lambda: _POOL.read_photo(_client(), read))


def waiting() -> int:
    """How many pictures wait to be read."""
    return _POOL.waiting


def _client() -> Client:
    client: Client = st.session_state.setdefault(_CLIENT, Client())
    return client


def _counted(event: Event, answer: Callable[[], Answer]) -> Answer:
    started = time.perf_counter()
    try:
        answered = answer()
    except BusyError:
        COUNTERS.count(Event.BUSY)
        raise
    except PhotoError:
        COUNTERS.count(Event.UNREADABLE)
        raise
    except Exception:
        COUNTERS.count(Event.ERROR)
        raise
    answers = COUNTERS.count(event, (time.perf_counter() - started) * 1e3)
    if answers % LOGGED_EVERY == 0:
        log_event("answers", waiting=waiting(), **COUNTERS.snapshot())
    return answered
