"""The parts of an experiment that are finished are not measured again."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from core.experiments.records.store import ResultCache


@dataclass(frozen=True)
class Part:
    number: int

    def __post_init__(self) -> None:
        if self.number < 0:
            raise ValueError("negative")


def test_a_finished_part_is_not_measured_again(tmp_path: Path) -> None:
    measured: list[int] = []

    def measure() -> Part:
        measured.append(1)
        return Part(len(measured))

    first = ResultCache("name", Part, {"data": "a"}, tmp_path)
    assert first.part("key", measure) == first.part("key", measure) == Part(1)
    assert ResultCache("name", Part, {"data": "a"}, tmp_path).part("key", measure) == Part(1)
    assert first.part("other", measure) == Part(2)
    assert ResultCache("name", Part, {"data": "b"}, tmp_path).part("key", measure) == Part(3)


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", "null", '{"settings": {"data": "a"}, "part": {"number": -1}}']
)
def test_a_damaged_part_is_measured_again(tmp_path: Path, damage: str) -> None:
    parts = ResultCache("name", Part, {"data": "a"}, tmp_path)
    parts.part("key", lambda: Part(1))
    (tmp_path / "experiments" / "name" / "key.json").write_text(damage)
    assert parts.part("key", lambda: Part(2)) == Part(2)
