"""Dataclasses read back from JSON: every field of its type, none missing and none too many."""

import math
from dataclasses import fields, is_dataclass
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Record = TypeVar("Record", bound="DataclassInstance")


def parsed(kind: type[Record], value: object) -> Record:
    """A dataclass from what JSON holds of it.

    Raises:
        TypeError, ValueError: it is of another type, or a dataclass refuses it.
    """
    record = _checked(kind, value)
    assert isinstance(record, kind)
    return record


def _checked(kind: Any, value: Any) -> Any:
    """A value of JSON as the type that a field asks for.

    Raises:
        TypeError, ValueError: it is of another type, or a dataclass refuses it.
    """
    origin, arguments = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        checked = _checked_dataclass(kind, value)
    elif origin in (Union, UnionType):
        present = next(each for each in arguments if each is not type(None))
        checked = None if value is None else _checked(present, value)
    elif origin is tuple and isinstance(value, list):
        members = arguments[:1] * len(value) if arguments[-1] is Ellipsis else arguments
        checked = tuple(_checked(*pair) for pair in zip(members, value, strict=True))
    elif origin is dict and isinstance(value, dict):
        checked = {key: _checked(arguments[1], each) for key, each in value.items()}
    else:
        checked = _checked_leaf(kind, value)
    return checked


def _checked_leaf(kind: Any, value: Any) -> Any:
    if get_origin(kind) is Literal and value in get_args(kind):
        return value
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind or (kind is float and not math.isfinite(value)):
        raise TypeError(f"{str(value)[:40]!r} is not {getattr(kind, '__name__', kind)}")
    return value


def _checked_dataclass(kind: Any, value: Any) -> Any:
    names = {field.name for field in fields(kind)}
    if not isinstance(value, dict) or set(value) != names:
        raise TypeError(f"the fields of {kind.__name__} are {', '.join(sorted(names))}")
    hints = get_type_hints(kind)
    return kind(**{name: _checked(hints[name], each) for name, each in value.items()})
