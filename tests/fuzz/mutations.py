"""Makes harmless input hostile: mutates bytes, and replaces parts of JSON."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

Mutation = tuple[float, str, bytes]

_PIECES = st.one_of(
    st.binary(max_size=6),
    st.sampled_from([bytes(4), b"\xff" * 4, b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00", b"\x00\x01"]),
)
MUTATIONS: SearchStrategy[list[Mutation]] = st.lists(
    st.tuples(st.floats(0, 1), st.sampled_from(["put", "insert", "cut", "twice"]), _PIECES),
    min_size=1,
    max_size=5,
)
JSON: SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from([2**63, -1, 1e400, "../../etc/passwd", "\x00", [], {}]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
DAMAGE: SearchStrategy[tuple[float, Any]] = st.tuples(st.floats(0, 1), JSON)


def mutated(content: bytes, mutations: list[Mutation]) -> bytes:
    """The content with a few bytes overwritten, inserted, cut off or duplicated."""
    for place, kind, piece in mutations:
        at = round(place * len(content))
        if kind == "put":
            content = content[:at] + piece + content[at + len(piece) :]
        elif kind == "insert":
            content = content[:at] + piece + content[at:]
        elif kind == "cut":
            content = content[:at]
        else:
            content = content[:at] + content[at : at + 64] + content[at:]
    return content


def damaged(value: Any, place: float, replacement: Any) -> Any:
    """A JSON value with one part replaced, chosen by ``place`` from 0 to 1."""
    if isinstance(value, dict | list) and value:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        position = min(int(place * len(keys)), len(keys) - 1)
        key, copy = keys[position], value.copy()
        rest = place * len(keys) - position
        if rest < 0.05 and isinstance(copy, dict):
            del copy[key]
        elif rest < 0.1:
            copy[key] = replacement
        else:
            copy[key] = damaged(copy[key], (rest - 0.1) / 0.9, replacement)
        return copy
    return replacement
