"""Finished parts of a long experiment, kept so that it goes on where it was interrupted."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from core.common.files import write_text_atomically
from core.common.serialization import parsed
from core.training.trainer import RUNS_ROOT

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Part = TypeVar("Part", bound="DataclassInstance")

Settings = Mapping[str, str | int | float | None]
"""All that the parts depend on beside their keys: the data, the recipe, the versions."""


class ResultCache(Generic[Part]):
    """One small file a part, under ``runs/experiments/<name>/``; removing it measures anew."""

    def __init__(
        self, name: str, kind: type[Part], settings: Settings, root: Path = RUNS_ROOT
    ) -> None:
        """Remember where parts are kept; parts of other settings do not count.

        Args:
            name: of the experiment.
            kind: the dataclass of a part.
            settings: what every part depends on.
            root: the folder of all runs.
        """
        self._folder = root / "experiments" / name
        self._kind = kind
        self._settings = dict(settings)

    def part(self, key: str, measure: Callable[[], Part]) -> Part:
        """The part of that key as it was kept, or measured and kept now.

        Raises:
            OSError: the disk is full or not writable.
        """
        path = self._folder / f"{key}.json"
        kept = self._kept(path)
        if kept is None:
            kept = measure()
            content = {"settings": self._settings, "part": asdict(kept)}
            write_text_atomically(path, json.dumps(content, indent=1) + "\n")
        return kept

    def _kept(self, path: Path) -> Part | None:
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["settings"] != self._settings:
                return None
            return parsed(self._kind, content["part"])
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None
