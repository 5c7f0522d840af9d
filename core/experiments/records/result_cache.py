"""Saves the finished parts of a long experiment, so that it resumes after an interruption."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from core.common.files import write_text_atomically
from core.common.serialization import decode, encode
from core.training.trainer import RUNS_ROOT

Part = TypeVar("Part")

Settings = Mapping[str, str | int | float | None]
"""Everything the parts depend on besides their keys: the data, the recipe, the versions."""


@dataclass(frozen=True)
class _Entry(Generic[Part]):
    settings: dict[str, str | int | float | None]
    part: Part


class ResultCache(Generic[Part]):
    """One small file per part, under ``runs/experiments/<name>/``; delete it to measure again."""

    def __init__(
        self, name: str, kind: type[Part], settings: Settings, root: Path = RUNS_ROOT
    ) -> None:
        """Open an experiment's cache; parts saved with other settings are ignored."""
        self._folder = root / "experiments" / name
        self._kind = kind
        self._settings = dict(settings)

    def part(self, key: str, measure: Callable[[], Part]) -> Part:
        """The part of that key, from the cache, or else measured and saved now.

        Raises:
            OSError: the disk is full or not writable.
        """
        path = self._folder / f"{key}.json"
        kept = self._kept(path)
        if kept is None:
            kept = measure()
            write_text_atomically(path, encode(_Entry(self._settings, kept)))
        return kept

    def _kept(self, path: Path) -> Part | None:
        try:
            entry: _Entry[Part] = decode(_Entry[self._kind], path.read_bytes())  # type: ignore[name-defined]
        except (OSError, ValueError):
            return None
        return entry.part if entry.settings == self._settings else None
