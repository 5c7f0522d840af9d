"""A new experiment is one file in core/experiments/."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from core import experiments
from core.__main__ import main
from core.datasets.importing import import_dataset
from core.experiments.records.store import record_path, write_record
from tests.helpers.one_file import entry_text, folder_added


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """One more folder of experiments."""
    experiments.all_experiments.cache_clear()
    added = tmp_path / "experiments"
    added.mkdir()
    with folder_added(experiments, added):
        yield added
    experiments.all_experiments.cache_clear()


def test_every_file_is_an_experiment_unless_it_begins_with_an_underscore() -> None:
    files = {path.stem for path in Path(experiments.__path__[0]).glob("[!_]*.py")}
    assert set(experiments.all_experiments()) == files
    assert len(files) >= 7


def test_a_new_experiment_is_listed_and_runs(
    folder: Path,
    tmp_path: Path,
    stores: Path,
    dataset_zip: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (folder / "new_experiment.py").write_text(entry_text("new_experiment"))
    (folder / "_shared.py").write_text("")
    with pytest.raises(SystemExit, match="0"):
        main(["experiment", "--help"])
    assert "new_experiment" in capsys.readouterr().out
    import_dataset(dataset_zip, stores)
    monkeypatch.setattr("core.cli.experiment.write_record", partial(write_record, root=tmp_path))
    assert main(["experiment", "new_experiment"]) == 0
    assert "Counts the images" in capsys.readouterr().out
    assert record_path("new_experiment", tmp_path).read_text() == '{\n "images": 24\n}\n'


@pytest.mark.parametrize("lack", ["EXPERIMENT", "new_experiment"])
def test_a_broken_experiment_fails_loudly(folder: Path, lack: str) -> None:
    text = entry_text("new_experiment", **{lack: "something_else"})
    (folder / "new_experiment.py").write_text(text)
    with pytest.raises(TypeError, match=r"new_experiment.py must end in EXPERIMENT"):
        experiments.all_experiments()
