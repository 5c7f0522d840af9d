"""Checkpoints, from which an interrupted training resumes."""

import fcntl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Generic, TypeVar

from core.artifacts.store import history_csv, parse_history
from core.common.files import write_bytes_atomically, write_text_atomically
from core.common.serialization import encode

if TYPE_CHECKING:
    import keras
    from _typeshed import DataclassInstance

EpochT = TypeVar("EpochT", bound="DataclassInstance")

_SETTINGS = "settings.json"
_HISTORY = "history.csv"


@dataclass(frozen=True)
class Checkpoints(Generic[EpochT]):
    """The saved state of one training, whose epochs are of some dataclass.

    The settings are everything an epoch depends on; if any value changes, training starts over.
    """

    folder: Path
    kind: type[EpochT]
    settings: object

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Wait while another process trains in this folder.

        A part of a cluster may still run on one worker when it is begun again on another.

        Raises:
            OSError: the disk is full or not writable.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def history(self) -> list[EpochT]:
        """The epochs finished with exactly the same settings; empty if training must start over."""
        try:
            settings = (self.folder / _SETTINGS).read_text(encoding="utf-8")
            history = parse_history(self.kind, (self.folder / _HISTORY).read_bytes())
        except (OSError, ValueError):
            return []
        same = settings == encode(self.settings)
        return history if same and self.path(len(history)).is_file() else []

    def path(self, epochs: int) -> Path:
        """The file with the model as it was after so many epochs."""
        return self.folder / f"epoch-{epochs:03d}.keras"

    def start_over(self) -> None:
        """Begin a training and delete what was saved with other settings.

        Raises:
            OSError: the disk is full or not writable.
        """
        (self.folder / _HISTORY).unlink(missing_ok=True)
        for left in self.folder.glob("epoch-*.keras"):
            left.unlink()
        write_text_atomically(self.folder / _SETTINGS, encode(self.settings))

    def save(
        self,
        model: "keras.Model",
        history: Sequence[EpochT],
        files: Mapping[str, bytes] = MappingProxyType({}),
    ) -> None:
        """Save a training after its last epoch; it only counts once the history is written, last.

        The model is saved with its optimizer, further files by their names.

        Raises:
            OSError: the disk is full or not writable.
        """
        # Writing the weights in place is not safe, so they are written elsewhere and moved.
        partial = self.folder / "partial.keras"
        model.save(partial)
        partial.replace(self.path(len(history)))
        for name, content in files.items():
            write_bytes_atomically(self.folder / name, content)
        write_bytes_atomically(self.folder / _HISTORY, history_csv(history))
        self.path(len(history) - 1).unlink(missing_ok=True)
