"""The one reader and writer of what experiments leave: records, and parts of unfinished ones.

A record, ``models/experiments/<name>/results.json``, is a frozen dataclass of numbers, texts and
further dataclasses. On reading, values are checked against the types of its fields, and then by the
dataclasses themselves. A long experiment saves its finished parts, so that it resumes after an
interruption.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from core.artifacts.cards import TrainingData
from core.artifacts.store import MODELS_ROOT
from core.common.environment import machine, now, versions
from core.common.errors import UserError
from core.common.files import write_text_atomically
from core.common.parallel import all_parts
from core.common.paths import RUNS_ROOT
from core.common.serialization import decode, encode
from core.datasets.store import Dataset

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

EXPERIMENTS_ROOT = MODELS_ROOT / "experiments"

Record = TypeVar("Record", bound="DataclassInstance")
Part = TypeVar("Part")
Case = TypeVar("Case")

Settings = Mapping[str, str | int | float | None]
"""Everything the parts depend on besides their keys: the data, the recipe, the versions."""


class RecordError(UserError):
    """The results of an experiment are missing or damaged."""


class MissingRecordError(RecordError):
    """The experiment has not been run yet."""


@dataclass(frozen=True)
class Provenance:
    """Where the figures of a record come from; created in UTC, as in ISO 8601."""

    data: TrainingData
    seed: int
    versions: dict[str, str]
    machine: str
    created: str


def provenance_of(dataset: Dataset, seed: int, packages: Sequence[str]) -> Provenance:
    """The provenance of a measurement made now on this machine, on a dataset."""
    return Provenance(
        data=TrainingData.of(dataset),
        seed=seed,
        versions=versions(packages),
        machine=machine(),
        created=now(),
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
    write_text_atomically(path, encode(record))
    return path


def read_record(name: str, kind: type[Record], root: Path = EXPERIMENTS_ROOT) -> Record:
    """The results of an experiment, for pages; each file is read once per process.

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
        return decode(kind, path.read_bytes())
    except FileNotFoundError as error:
        raise MissingRecordError(
            f"The experiment '{name}' has no results yet. Run it: python -m core experiment {name}"
        ) from error
    except (OSError, ValueError) as error:
        raise RecordError(
            f"The results {path} are damaged ({error}). Restore them with git, or measure again: "
            f"python -m core experiment {name}"
        ) from error


@dataclass(frozen=True)
class _Entry(Generic[Part]):
    settings: Settings
    part: Part


@dataclass(frozen=True)
class ResultCache(Generic[Part]):
    """The parts of one kind of an experiment; any saved with other settings are ignored.

    There is a small file for each, under ``runs/experiments/<name>/``; delete it to measure again.
    """

    name: str
    kind: type[Part]
    settings: Settings
    root: Path = RUNS_ROOT

    def part(self, key: str, measure: Callable[[], Part]) -> Part:
        """The part of that key, from the cache, or else measured and saved now.

        Raises:
            OSError: the disk is full or not writable.
        """
        path = self.root / "experiments" / self.name / f"{key}.json"
        kept = self._kept(path)
        if kept is None:
            kept = measure()
            write_text_atomically(path, encode(_Entry(self.settings, kept)))
        return kept

    def all_parts(
        self, measure: Callable[[Case], Part], cases: Mapping[str, Case], label: str
    ) -> tuple[Part, ...]:
        """The parts of all cases, in their order; each process saves those that it measures."""
        return all_parts(partial(self._part_of, measure), list(cases.items()), label)

    def _part_of(self, measure: Callable[[Case], Part], case: tuple[str, Case]) -> Part:
        return self.part(case[0], partial(measure, case[1]))

    def _kept(self, path: Path) -> Part | None:
        try:
            entry: _Entry[Part] = decode(_Entry[self.kind], path.read_bytes())  # type: ignore[name-defined]
        except (OSError, ValueError):
            return None
        return entry.part if entry.settings == self.settings else None
