"""``python -m core data``, the rendered dataset, and the choice between datasets."""

import json
import threading
import zipfile
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.__main__ import main
from core.common.progress import Progress
from core.common.types import SIDES, Side, Uint8Array
from core.datasets import rendering
from core.datasets.importing import import_dataset
from core.datasets.rendering import best_dataset, chosen_name, render_store
from core.datasets.store import Facts, open_store, verify_fingerprint
from core.synthetic import dataset_look


def render_quickly(fingers: int, side: Side, seed: int) -> Uint8Array:
    """Stands for the renderer, which takes 25 ms an image."""
    image = np.random.default_rng(seed).integers(0, 256, (128, 128), dtype=np.uint8)
    image[0, :2] = fingers, side == "R"
    return image


@pytest.fixture(autouse=True)
def quick_renderer(stores: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder of the stores is empty at first, and the renderer is replaced by a quick one."""
    monkeypatch.setattr(dataset_look, "draw_dataset_image", render_quickly)


Output = pytest.CaptureFixture[str]


class TestImport:
    def test_imports_and_reports(self, dataset_zip: Path, root: Path, capsys: Output) -> None:
        assert main(["data", "import", str(dataset_zip)]) == 0
        shown = capsys.readouterr()
        fingerprint = open_store("fingers").facts.fingerprint
        assert "Imported 24 images" in shown.out
        assert str(root / "fingers.npy") in shown.out
        assert fingerprint in shown.out
        assert "24" in shown.err

    def test_left_out_and_ignored_files(self, dataset_zip: Path, capsys: Output) -> None:
        with zipfile.ZipFile(dataset_zip, "a") as archive:
            archive.writestr("readme.txt", "hello")
            for index in range(25):
                archive.writestr(f"train/bad{index:02}_1L.png", "no image")
        assert main(["data", "import", str(dataset_zip)]) == 1
        assert "error: Nothing was imported" in capsys.readouterr().err
        assert main(["data", "import", str(dataset_zip), "--skip-broken"]) == 0
        shown = capsys.readouterr().err
        assert "left out: train/bad00_1L.png" in shown
        assert "left out: 5 more" in shown
        assert "ignored: 1 other files" in shown

    def test_no_such_file(self, capsys: Output) -> None:
        assert main(["data", "import", "/nowhere/at/all.zip"]) == 1
        assert "error: There is no zip file or folder /nowhere" in capsys.readouterr().err


class TestRender:
    def test_renders_and_reports(self, capsys: Output) -> None:
        assert main(["data", "render", "--count", "24", "--seed", "7"]) == 0
        shown = capsys.readouterr()
        assert "Drew 24 images" in shown.out
        dataset = open_store("rendered")
        assert dataset.facts.rendered
        assert "seed 7" in dataset.facts.origin

    def test_examples_are_drawn_into_a_picture_alone(self, tmp_path: Path, root: Path) -> None:
        path = tmp_path / "hands.png"
        assert main(["data", "render", "--picture", str(path)]) == 0
        picture = cv2.imread(str(path))
        assert picture is not None
        assert picture.shape == (4 * 128, 6 * 128, 3)
        assert not root.exists()

    @pytest.mark.parametrize(
        "arguments",
        [
            ["--count", "many"],
            ["--count", "1e3"],
        ],
    )
    def test_arguments_are_checked(self, arguments: list[str], capsys: Output) -> None:
        with pytest.raises(SystemExit) as caught:
            main(["data", "render", *arguments])
        assert caught.value.code == 2
        assert len(capsys.readouterr().err) < 500

    @pytest.mark.parametrize(
        ("count", "seed"), [(-12, 0), (11, 0), (100_001, 0), (10**400, 0), (12, -1), (12, 2**32)]
    )
    def test_numbers_are_bounded(self, count: int, seed: int, capsys: Output) -> None:
        assert main(["data", "render", "--count", f"{count}", "--seed", f"{seed}"]) == 1
        assert "error: The " in (shown := capsys.readouterr().err)
        assert " must be " in shown

    @pytest.mark.parametrize("count", [12, 13, 72, 100])
    def test_both_splits_and_all_hands(self, count: int) -> None:
        render_store(count, 0)
        dataset = open_store("rendered")
        assert len(dataset.images) == count
        assert len(dataset.indices("train")) > len(dataset.indices("test")) > 0
        classes = np.bincount(dataset.fingers.astype(int) + 6 * dataset.sides, minlength=12)
        assert classes.max() - classes.min() <= 1
        for index in range(count):
            assert dataset.images[index, 0, 0] == dataset.fingers[index]
            assert dataset.images[index, 0, 1] == dataset.sides[index]
            assert dataset.file_name(index).endswith(
                f"_{dataset.fingers[index]}{SIDES[dataset.sides[index]]}.png"
            )

    def test_five_to_one_in_every_class(self) -> None:
        render_store(144, 0)
        dataset = open_store("rendered")
        classes = dataset.fingers.astype(int) + 6 * dataset.sides
        assert np.bincount(classes[dataset.indices("train")]).tolist() == [10] * 12
        assert np.bincount(classes[dataset.indices("test")]).tolist() == [2] * 12

    def test_the_seed_decides(self) -> None:
        first = render_store(24, 1).fingerprint
        assert render_store(24, 1).fingerprint == first
        assert render_store(24, 2).fingerprint != first

    def test_the_renderer_itself(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.undo()
        image = dataset_look.draw_dataset_image(3, "L", 5)
        assert image.shape == (128, 128)
        assert image.dtype == np.uint8


class TestInfo:
    def test_no_dataset(self, root: Path, capsys: Output) -> None:
        assert main(["data", "info"]) == 0
        shown = capsys.readouterr().out
        assert f"There is no dataset in {root}" in shown
        assert "data import PATH" in shown

    def test_reports_both_and_which_is_used(self, dataset_zip: Path, capsys: Output) -> None:
        main(["data", "render", "--count", "24"])
        main(["data", "import", str(dataset_zip)])
        capsys.readouterr()
        assert main(["data", "info"]) == 0
        shown = capsys.readouterr().out
        assert "fingers (used by commands and pages)" in shown
        assert "rendered (not used)" in shown
        assert "archive.zip (real hands)" in shown
        assert open_store("fingers").facts.fingerprint in shown

    def test_json(self, dataset_zip: Path, root: Path, capsys: Output) -> None:
        import_dataset(dataset_zip)
        assert main(["data", "info", "--json", "--verify"]) == 0
        printed = json.loads(capsys.readouterr().out)
        (entry,) = printed["datasets"]
        assert printed["root"] == str(root)
        assert entry["file"] == str(root / "fingers.npy")
        assert entry["in_use"] is True
        assert entry["verified"] is True
        assert entry["images"] == 24
        assert entry["splits"]["test"] == {"L": [1] * 6, "R": [1] * 6}

    def test_json_without_a_dataset(self, capsys: Output) -> None:
        assert main(["data", "info", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["datasets"] == []

    def test_a_damaged_dataset_is_reported(
        self, dataset_zip: Path, root: Path, capsys: Output
    ) -> None:
        import_dataset(dataset_zip)
        path = root / "fingers.npy"
        content = bytearray(path.read_bytes())
        content[1_000] ^= 1
        path.write_bytes(content)
        assert main(["data", "info"]) == 0
        assert main(["data", "info", "--verify"]) == 1
        assert "WRONG" in capsys.readouterr().out
        path.write_bytes(b"")
        assert main(["data", "info"]) == 1
        assert "damaged" in capsys.readouterr().out


class TestChoosing:
    def test_a_default_dataset_is_rendered_if_there_is_none(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rendering, "render_store", partial(render_store, 24, 0))
        assert chosen_name() is None
        seen: list[int] = []
        dataset = best_dataset(progress=lambda done, _: seen.append(done))
        assert (dataset.facts.name, dataset.facts.rendered) == ("rendered", True)
        assert seen[-1] == 24
        assert best_dataset().facts == dataset.facts

    def test_an_imported_dataset_is_preferred(self, dataset_zip: Path) -> None:
        render_store(12, 0)
        assert best_dataset().facts.name == "rendered"
        import_dataset(dataset_zip)
        assert best_dataset().facts.name == "fingers"

    def test_sessions_that_start_at_once_render_only_once(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        calls: list[int] = []

        def count_calls(progress: Progress | None) -> Facts:
            calls.append(1)
            return render_store(24, 0, progress=progress)

        monkeypatch.setattr(rendering, "render_store", count_calls)
        threads = [threading.Thread(target=best_dataset) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(calls) == 1
        assert verify_fingerprint(open_store("rendered"))
