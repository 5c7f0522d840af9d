"""A server's log: one JSON object a line, of fixed words and numbers.

What people send never gets there: no picture, no file name, no address, and of an error only its
type and the lines of code that it passed, since messages may repeat what was sent.
"""

import json
import logging
import sys
import time
import traceback
from types import TracebackType

LOGGER_NAME = "fingers"
"""Of the logger that ``log_event`` writes to."""

_MAX_PLACES = 12

_ExceptionFacts = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)


def log_event(event: str, **facts: float | str | bool | None) -> None:
    """Write one line.

    Args:
        event: a fixed word for what happened.
        facts: numbers and fixed words.
    """
    logging.getLogger(LOGGER_NAME).info(event, extra={"facts": facts})


class JsonLines(logging.Formatter):
    """Formats records, those of libraries too, as JSON objects without what people sent."""

    def format(self, record: logging.LogRecord) -> str:
        """One line for one record."""
        line: dict[str, object] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + "Z",
            "level": record.levelname.lower(),
            "from": record.name,
            # The words of the program alone: what is put in for %s may be what someone sent.
            "event": str(record.msg).splitlines()[0][:200] if record.msg else "",
        }
        line |= getattr(record, "facts", {})
        if record.exc_info:
            line |= _error_facts(record.exc_info)
        return json.dumps(line, allow_nan=False, default=str)


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
    """Write this program's log, and that of libraries, to standard error as JSON lines.

    Args:
        library_loggers: names of loggers whose own handlers are replaced.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name in (LOGGER_NAME, *library_loggers):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
    logging.getLogger(LOGGER_NAME).setLevel(logging.INFO)
