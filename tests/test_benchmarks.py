"""The benchmark runs and names its figures; how fast it is, no test asserts."""

import json

import pytest

from core import benchmarks
from core.__main__ import main


def test_every_step_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(benchmarks, "REPETITIONS", 2)
    monkeypatch.setattr(benchmarks, "PROCESSES", 1)
    assert main(["bench", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert {"find the hand", "prepare it", "photo to answer"} <= set(rows)
    assert all(row["value"] > 0 for row in rows.values())
    assert rows["count and side of a prepared image"]["goal"] == "at most 3 ms"
