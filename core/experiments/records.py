"""The one reader and writer of ``models/experiments/<name>/results.json``.

A record is a frozen dataclass of numbers, texts and further dataclasses. What is read is checked
against the types of its fields, and then by the dataclasses themselves.
"""

import json
import math
import platform
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from core.artifacts import MODELS_ROOT
from core.cards import TrainingData
from core.dataset.store import Dataset
from core.errors import UserError
from core.files import write_text_atomically

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

EXPERIMENTS_ROOT = MODELS_ROOT / "experiments"

Record = TypeVar("Record", bound="DataclassInstance")


class RecordError(UserError):
    """The results of an experiment are missing or damaged."""


class MissingRecordError(RecordError):
    """The experiment was not run yet."""


@dataclass(frozen=True)
class Provenance:
    """Where the figures of a record come from.

    Attributes:
        data: the dataset.
        seed: of all that is random.
        versions: of Python and of the packages that were used.
        machine: on which the times were taken.
        created: UTC, as in ISO 8601.
    """

    data: TrainingData
    seed: int
    versions: dict[str, str]
    machine: str
    created: str


def provenance_of(dataset: Dataset, seed: int, packages: Sequence[str]) -> Provenance:
    """The provenance of what is measured now, here, on a dataset."""
    facts = dataset.facts
    return Provenance(
        data=TrainingData(
            name=facts.name,
            origin=facts.origin,
            rendered=facts.rendered,
            fingerprint=facts.fingerprint,
            train_images=len(dataset.indices("train")),
            test_images=len(dataset.indices("test")),
        ),
        seed=seed,
        versions={"python": platform.python_version()}
        | {package: metadata.version(package) for package in packages},
        machine=f"{platform.machine()}, {platform.system()}, CPU",
        created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    )


def record_path(name: str, root: Path = EXPERIMENTS_ROOT) -> Path:
    """Where the results of an experiment are."""
    return root / name / "results.json"


def write_record(name: str, record: "DataclassInstance", root: Path = EXPERIMENTS_ROOT) -> Path:
    """Replace the results of an experiment; returns their file.

    Raises:
        OSError: the disk is full or not writable; what was there before stays.
        ValueError: the record holds a number that is not finite.
    """
    path = record_path(name, root)
    text = json.dumps(asdict(record), indent=1, ensure_ascii=False, allow_nan=False)
    write_text_atomically(path, text + "\n")
    return path


def read_record(name: str, kind: type[Record], root: Path = EXPERIMENTS_ROOT) -> Record:
    """The results of an experiment, read once a process: for what pages show.

    Args:
        name: of the experiment.
        kind: the dataclass of its record.

    Raises:
        MissingRecordError: there are none.
        RecordError: they are damaged.
    """
    record = _read_once(name, kind, root)
    assert isinstance(record, kind)
    return record


@cache
def _read_once(name: str, kind: type, root: Path) -> object:
    path = record_path(name, root)
    try:
        return _checked(kind, json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise MissingRecordError(
            f"The experiment '{name}' has no results yet. Run it: python -m core experiment {name}"
        ) from error
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise RecordError(
            f"The results {path} are damaged ({error}). Restore them with git, or measure again: "
            f"python -m core experiment {name}"
        ) from error


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
