"""The one reader and writer of ``models/experiments/<name>/results.json``.

A record is a frozen dataclass of numbers, texts and further dataclasses. On reading, values are
checked against the types of its fields, and then by the dataclasses themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from core.artifacts.cards import TrainingData
from core.artifacts.store import MODELS_ROOT
from core.common.environment import machine, now, versions
from core.common.errors import UserError
from core.common.files import write_text_atomically
from core.common.metrics import accuracy
from core.common.serialization import decode, encode
from core.datasets.store import Dataset

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

EXPERIMENTS_ROOT = MODELS_ROOT / "experiments"

Record = TypeVar("Record", bound="DataclassInstance")


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


class Tested:
    """A model that misclassified ``errors`` of its ``test_images``."""

    test_images: int
    errors: int

    def __post_init__(self) -> None:
        if not 0 <= self.errors <= self.test_images or self.test_images < 1:
            raise ValueError(f"impossible counts: {self}")

    @property
    def accuracy(self) -> float:
        """Share of test images classified correctly, 0 to 1."""
        return accuracy(self.errors, self.test_images)


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
