"""Plain data from outside (cards, records, messages, settings) read as typed dataclasses."""

import json
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


def decode(kind: type[T], content: bytes) -> T:
    """Parse JSON into ``kind``.

    Raises:
        ValueError: it is not valid JSON, or ``convert`` rejects it.
    """
    try:
        value = msgspec.json.decode(content)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    return convert(kind, value)


def convert(kind: type[T], value: Any) -> T:
    """Convert a JSON value to ``kind``, strictly.

    That is a dataclass, or a tuple, dict or other collection of dataclasses. Fields without a
    default must be present, with the right type, and no other fields are allowed.

    Raises:
        ValueError: its type is wrong, a number is not finite, or a dataclass rejects it.
    """
    try:
        record = msgspec.convert(value, kind)
        # Unknown fields are dropped silently, so the result is compared with the input.
        if msgspec.json.decode(msgspec.json.encode(record)) != value:
            name = getattr(kind, "__name__", kind)
            raise ValueError(f"it has other fields than {name}, or numbers that are not finite")
    except (TypeError, OverflowError, RecursionError) as error:
        raise ValueError(str(error)) from error
    return record


def encode(record: object) -> str:
    """A dataclass, or a collection of them, as indented JSON with a final line break.

    Raises:
        ValueError: a number in it is not finite.
    """
    value = msgspec.to_builtins(record)
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
