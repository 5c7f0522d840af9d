"""The zoo finds its models, and fails loudly on a broken one."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import zoo
from core.common.errors import UserError
from core.zoo import ModelSpec, Recipe


def test_every_file_of_the_zoo_is_a_model() -> None:
    files = {path.stem for path in Path(zoo.__path__[0]).glob("[!_]*.py")}
    assert set(zoo.zoo()) == set(zoo.article_specs()) | set(zoo.hand_specs()) == files
    assert {"cnn_batch_norm", "hand_side"} <= set(zoo.article_specs())
    assert set(zoo.hand_specs()) == {"hand_detector", "hand_classifier"}
    assert all(each.title and each.summary for each in zoo.zoo().values())


def test_an_unknown_model_is_reported_with_the_known_ones() -> None:
    with pytest.raises(UserError, match=r"no model 'resnet'.*cnn_batch_norm"):
        zoo.get_spec("resnet")


@pytest.fixture
def extra_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(zoo, "__path__", [*zoo.__path__, str(tmp_path)])
    zoo.zoo.cache_clear()
    importlib.invalidate_caches()
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]
    zoo.zoo.cache_clear()


def test_a_new_file_is_a_new_model(extra_folder: Path) -> None:
    (extra_folder / "another.py").write_text(
        "from core.zoo import ModelSpec, Recipe\n"
        "SPEC = ModelSpec('another', 'Another', 'One more.', 'fingers', Recipe(1, 8), print)\n"
    )
    assert zoo.get_spec("another").title == "Another"


def test_a_file_without_a_model_fails_loudly(extra_folder: Path) -> None:
    (extra_folder / "broken.py").write_text("spec = 1\n")
    with pytest.raises(TypeError, match=r"core/zoo/broken.py must end in SPEC"):
        zoo.article_specs()


def test_a_missing_backbone_fails_loudly(extra_folder: Path) -> None:
    (extra_folder / "rootless.py").write_text(
        "from core.zoo.hand_side import build\n"
        "from core.zoo import ModelSpec, Recipe\n"
        "SPEC = ModelSpec('rootless', 'R', 'S', 'side', Recipe(1, 8), build, 'nowhere')\n"
    )
    with pytest.raises(ValueError, match="backbone 'nowhere' of 'rootless'"):
        zoo.article_specs()


@pytest.mark.parametrize("name", ["Upper", "a-b", "../x", "", "1st"])
def test_names_are_safe_folder_names(name: str) -> None:
    with pytest.raises(ValueError, match="may only contain"):
        ModelSpec(name, "Title", "Summary", "fingers", Recipe(1, 1), lambda: None)


@pytest.mark.parametrize("values", [(0, 32, 0.001), (5, 0, 0.001), (5, 32, 0.0)])
def test_recipes_are_positive(values: tuple[int, int, float]) -> None:
    with pytest.raises(ValueError, match="positive"):
        Recipe(*values)


def test_side_classifiers_are_not_trained_on_mirrored_images() -> None:
    horizontal_flip = Recipe(1, 1, horizontal_flip=True)
    with pytest.raises(ValueError, match="a mirrored right hand is a left one"):
        ModelSpec("side", "Title", "Summary", "side", horizontal_flip, lambda: None)
    with pytest.raises(ValueError, match="a mirrored right hand is a left one"):
        ModelSpec(
            "side",
            "Title",
            "Summary",
            "side",
            Recipe(1, 1),
            lambda: None,
            fast=horizontal_flip,
        )
    ModelSpec("count", "Title", "Summary", "fingers", horizontal_flip, lambda: None)
