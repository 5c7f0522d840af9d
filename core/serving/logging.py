"""The server's log: one JSON object per line, of fixed words and numbers.

What people send never appears in it: no picture, no file name, no address. Of an error it has only
the type and the traceback's lines of code, since messages may repeat what was sent.
"""

import json
import logging
import sys
import threading
import time
import traceback
from collections import Counter
from types import TracebackType

LOGGER_NAME = "fingers"
"""Name of the logger that ``log_event`` writes to."""

MAX_A_MINUTE = 10
"""Lines about the same event; nobody fills the log by repeating what it tells."""

_MAX_EVENTS = 200
"""Different events a minute, in case that the words of a library repeat what someone sent."""

_MAX_PLACES = 12

_ExceptionFacts = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)


def log_event(event: str, **facts: float | str | bool | None) -> None:
    """Log one event.

    Args:
        event: a fixed word for what happened.
        facts: numbers and fixed words.
    """
    logging.getLogger(LOGGER_NAME).info(event, extra={"facts": facts})


def log_error(event: str, error: BaseException, **facts: float | str | bool | None) -> None:
    """Log an error of the server with its place in the code.

    Args:
        event: a fixed word for what happened.
        error: what was raised.
        facts: numbers and fixed words.
    """
    logging.getLogger(LOGGER_NAME).error(event, extra={"facts": facts}, exc_info=error)


class JsonLines(logging.Formatter):
    """Formats log records, also of libraries, as JSON without anything that people sent."""

    def format(self, record: logging.LogRecord) -> str:
        """Format one record as one line."""
        line: dict[str, object] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + "Z",
            "level": record.levelname.lower(),
            "from": record.name,
            "event": _event(record),
        }
        line |= getattr(record, "facts", {})
        if left_out := getattr(record, "left_out", 0):
            line["left_out"] = left_out
        if record.exc_info:
            line |= _error_facts(record.exc_info)
        return json.dumps(line, allow_nan=False, default=str)


class RateLimit(logging.Filter):
    """Lets the same event pass a few times a minute; the next minute's first line tells the rest.

    The same are events of the same words, and of errors those of the same type and place.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._minute = 0
        self._times: Counter[tuple[str, ...]] = Counter()
        self._left_out = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to log it."""
        facts = _error_facts(record.exc_info) if record.exc_info else {}
        event: tuple[str, ...] = (record.name, _event(record), str(facts))
        with self._lock:
            minute = int(record.created // 60)
            if minute != self._minute:
                record.left_out, self._left_out = self._left_out, 0
                self._minute, self._times = minute, Counter()
            if event not in self._times and len(self._times) >= _MAX_EVENTS:
                event = ()
            self._times[event] += 1
            passes = self._times[event] <= MAX_A_MINUTE
            self._left_out += not passes
        return passes


def _event(record: logging.LogRecord) -> str:
    """Only the program's own words: the arguments for %s may be what someone sent."""
    return str(record.msg).splitlines()[0][:200] if record.msg else ""


def _error_facts(exc_info: _ExceptionFacts) -> dict[str, object]:
    kind, _, places = exc_info
    if kind is None:
        return {}
    lines = traceback.extract_tb(places)[-_MAX_PLACES:]
    return {
        "error": kind.__name__,
        "places": [f"{line.filename.rpartition('/')[2]}:{line.lineno}" for line in lines],
    }


def start_logging(*library_loggers: str) -> None:
    """Write the logs of this program and of libraries to standard error as JSON lines.

    Args:
        library_loggers: names of loggers whose own handlers are replaced.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    handler.addFilter(RateLimit())
    for name in (LOGGER_NAME, *library_loggers):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
    logging.getLogger(LOGGER_NAME).setLevel(logging.INFO)
