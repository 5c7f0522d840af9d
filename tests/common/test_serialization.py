"""Plain data from outside: what a dataclass takes, and what it refuses in plain words."""

import math
from dataclasses import dataclass
from typing import Any, Literal

import pytest

from core.common.serialization import convert, decode, encode


@dataclass(frozen=True)
class Part:
    kind: Literal["one", "two"]
    share: float

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise ValueError("a share is 0 to 1")


@dataclass(frozen=True)
class Whole:
    name: str
    number: int
    parts: tuple[Part, ...]
    shares: dict[str, float]
    note: str | None


WHOLE = Whole("w", 3, (Part("one", 0.25), Part("two", 1.0)), {"a": 0.1}, None)


def plain(**changes: Any) -> dict[str, Any]:
    values = {
        "name": "w",
        "number": 3,
        "parts": [{"kind": "one", "share": 0.25}, {"kind": "two", "share": 1}],
        "shares": {"a": 0.1},
        "note": None,
    }
    return values | changes


def test_what_is_written_is_read_back() -> None:
    assert decode(Whole, encode(WHOLE).encode()) == convert(Whole, plain()) == WHOLE
    assert decode(tuple[Part, ...], encode(WHOLE.parts).encode()) == WHOLE.parts


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {name: value for name, value in plain().items() if name != "note"},
        plain(more=1),
        plain(parts=[{"kind": "one", "share": 0.5, "more": 1}]),
        plain(parts=[{"kind": "three", "share": 0.5}]),
        plain(parts=[{"kind": "one", "share": 2.0}]),
        plain(parts="one"),
        plain(number="3"),
        plain(number=3.5),
        plain(number=True),
        plain(name=3),
        plain(shares={"a": math.nan}),
        plain(shares={"a": math.inf}),
        plain(shares={"a": "0.1"}),
    ],
)
def test_anything_else_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        convert(Whole, value)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b"null", b"[" * 100_000, b'{"a":' * 100_000, b'{"number": NaN}'],
    ids=["empty", "cut off", "not text", "null", "deep list", "deep object", "not a number"],
)
def test_other_json_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode(Whole, content)


def test_non_finite_numbers_are_not_written() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode({"a": math.nan})
