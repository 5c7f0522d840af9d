"""The one place where pages have pictures read: in turns, bounded and counted for the process."""

import os
import time
from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from core.counting import COUNTERS, Event
from core.event_log import log_event
from core.inference_pool import BusyError, InferencePool, Visitor
from core.photos import PhotoError

Answer = TypeVar("Answer")

LOGGED_EVERY = 1000
"""Answers after which the counts are written to the log."""

_VISITOR = "visitor of the inference pool"
_POOL = InferencePool(slots=min(2, os.cpu_count() or 1))


def read_frame(read: Callable[[], Answer]) -> Answer:
    """Read a live frame when it is this session's turn.

    Raises:
        BusyError: its turn did not come in time.
    """
    return _counted(Event.FRAME, lambda: _POOL.read_frame(_visitor(), read))


def read_photo(read: Callable[[], Answer]) -> Answer:
    """Read a photo when it is this session's turn.

    Raises:
        BusyError: its turn did not come in time.
    """
    return _counted(Event.PHOTO, lambda: _POOL.read_photo(_visitor(), read))


def waiting() -> int:
    """How many pictures wait to be read."""
    return _POOL.waiting


def _visitor() -> Visitor:
    visitor: Visitor = st.session_state.setdefault(_VISITOR, Visitor())
    return visitor


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
