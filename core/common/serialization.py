"""Plain data from outside (cards, records, messages, settings) read as typed dataclasses."""

import json
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

T = TypeVar("T")

# What a field may hold besides its type: ``decode``, ``convert`` and ``encode`` check it, a
# constructor does not.
Count = Annotated[int, Meta(ge=0, le=2**53)]
AtLeastOne = Annotated[int, Meta(ge=1, le=2**53)]
Share = Annotated[float, Meta(ge=0, le=1)]
NotNegative = Annotated[float, Meta(ge=0)]
Positive = Annotated[float, Meta(gt=0)]
Text = Annotated[str, Meta(min_length=1, max_length=500)]
Sha256 = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
Timestamp = Annotated[str, Meta(pattern=r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")]
"""UTC, as in ISO 8601."""


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
        ValueError: a number in it is not finite or outside its bounds.
    """
    value = msgspec.to_builtins(record)
    msgspec.convert(value, type(record))
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
