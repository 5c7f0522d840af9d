"""The server's log: one JSON object per line, of fixed words and numbers.

What people send never appears in it: no picture, no file name, no address. Of an error it has only
the type and the traceback's lines of code, since messages may repeat what was sent.
"""

import json
import logging
import sys
import time
import traceback
from types import TracebackType

LOGGER_NAME = "fingers"
"""Name of the logger that ``log_event`` writes to."""

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


class JsonLines(logging.Formatter):
    """Formats log records, also of libraries, as JSON without anything that people sent."""

    def format(self, record: logging.LogRecord) -> str:
        """Format one record as one line."""
        line: dict[str, object] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + "Z",
            "level": record.levelname.lower(),
            "from": record.name,
            # Only the program's own words: the arguments for %s may be what someone sent.
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
    """Write the logs of this program and of libraries to standard error as JSON lines.

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
