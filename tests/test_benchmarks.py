"""The benchmark runs and names its figures; how fast it is, no test asserts."""

import json

import pytest

from core import benchmarks, field_benchmarks, measuring
from core.__main__ import main


def test_every_step_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(measuring, "REPETITIONS", 2)
    monkeypatch.setattr(benchmarks, "REPETITIONS", 2)
    monkeypatch.setattr(benchmarks, "PROCESSES", 1)
    monkeypatch.setattr(field_benchmarks, "ROUNDS", 1)
    assert main(["bench", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert {"find it by the background", "photo to answer", "640×480 frame to answer"} <= set(rows)
    assert all(row["value"] > 0 for row in rows.values())
    assert rows["the article's two networks on it"]["goal"] == "at most 3 ms"
