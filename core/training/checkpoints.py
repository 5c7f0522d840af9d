"""What an unfinished training keeps, so that it goes on after an interruption."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
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
_PARTIAL = "partial.keras"


@dataclass(frozen=True)
class Checkpoints(Generic[EpochT]):
    """The kept state of one training.

    Attributes:
        folder: where it is kept.
        kind: the dataclass of a line of its history.
        settings: all that an epoch depends on, a dataclass or a mapping; another value of any of it
            starts over.
    """

    folder: Path
    kind: type[EpochT]
    settings: object

    def history(self) -> list[EpochT]:
        """The epochs that a training with the very same settings finished; empty to start over."""
        try:
            settings = json.loads((self.folder / _SETTINGS).read_bytes())
            history = parse_history(self.kind, (self.folder / _HISTORY).read_bytes())
        except (OSError, ValueError):
            return []
        same = settings == json.loads(encode(self.settings))
        return history if same and self.path(len(history)).is_file() else []

    def path(self, epochs: int) -> Path:
        """Of the model as it was after so many epochs."""
        return self.folder / f"epoch-{epochs:03d}.keras"

    def start_over(self) -> None:
        """Begin a training, without what other settings left.

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
        files: Mapping[str, bytes] | None = None,
    ) -> None:
        """Keep a training as it is after its last epoch; the history, written last, makes it count.

        Args:
            model: with its optimizer.
            history: of all epochs.
            files: what else is to be kept, by file name.

        Raises:
            OSError: the disk is full or not writable.
        """
        # An archive of weights cannot be written in place safely, so it is made apart and moved.
        partial = self.folder / _PARTIAL
        model.save(partial)
        partial.replace(self.path(len(history)))
        for name, content in (files or {}).items():
            write_bytes_atomically(self.folder / name, content)
        write_bytes_atomically(self.folder / _HISTORY, history_csv(history))
        self.path(len(history) - 1).unlink(missing_ok=True)
