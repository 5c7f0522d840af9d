"""Progress on standard error."""

import pytest

from core.common.progress import ProgressLine, with_progress


def test_finished_work_is_reported(capfd: pytest.CaptureFixture[str]) -> None:
    show = ProgressLine("Importing")
    for done in (256, 512, 600):
        show(done, 600)
    assert "Importing: 100%" in capfd.readouterr().err


def test_items_are_done_one_by_one(capfd: pytest.CaptureFixture[str]) -> None:
    assert list(with_progress("abc", "Fitting")) == ["a", "b", "c"]
    assert "3/3" in capfd.readouterr().err


def test_work_that_never_starts_shows_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    ProgressLine("Drawing a dataset")
    assert capfd.readouterr().err == ""


def test_the_next_task_reuses_the_line(capfd: pytest.CaptureFixture[str]) -> None:
    show = ProgressLine("Drawing frames")
    show(3, 3)
    show(5, 5)
    shown = capfd.readouterr().err
    assert "3/3" in shown
    assert "5/5" in shown
