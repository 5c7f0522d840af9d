"""The one reader and writer of ``models/experiments/<name>/results.json``.

A record is a frozen dataclass of numbers, texts and further dataclasses. What is read is checked
against the types of its fields, and then by the dataclasses themselves.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from core.artifacts.cards import TrainingData
from core.artifacts.store import MODELS_ROOT
from core.common.environment import machine, now, versions
from core.common.errors import UserError
from core.common.files import write_text_atomically
from core.common.serialization import parsed
from core.datasets.store import Dataset

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
        return parsed(kind, json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise MissingRecordError(
            f"The experiment '{name}' has no results yet. Run it: python -m core experiment {name}"
        ) from error
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise RecordError(
            f"The results {path} are damaged ({error}). Restore them with git, or measure again: "
            f"python -m core experiment {name}"
        ) from error
