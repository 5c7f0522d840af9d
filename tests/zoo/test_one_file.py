"""A new model is one file in core/zoo/, of whatever layers Keras has."""

import io
import json
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from core import zoo
from core.__main__ import main
from core.artifacts import store as artifacts
from core.benchmarks.timing import Measurement
from core.benchmarks.training import _with_asked, operations_an_image
from core.datasets.rendering import RENDERED_NAME, render_store
from core.datasets.store import open_store
from core.zoo import dry_run_of, get_spec
from tests.helpers.keras_process import in_keras_process
from tests.helpers.one_file import entry_text, folder_added


def publish(name: str, folder: Path) -> None:
    """Train a model by its first recipe and record it in the folder."""
    from core.training.export import layers_of
    from core.training.publish import train_and_record

    render_store(120, seed=0, root=folder)
    dataset = open_store(RENDERED_NAME, folder)
    spec, roots = dry_run_of(get_spec(name)), (folder / "runs", folder / "models")
    card = train_and_record(spec, dataset, [0], lambda _: None, "article", *roots, 12)
    model = spec.build()
    assert [(each.name, each.kind) for each in card.layers] == [
        (layer.name, type(layer).__name__) for layer in model.layers
    ]
    assert card.layers == layers_of(model)


def listed(name: str, folder: Path) -> dict[str, Any]:
    """What ``python -m core models --json`` tells of a model in the folder."""
    told = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(told):
        for reader in ("is_trained", "read_card"):
            read_there = partial(getattr(artifacts, reader), root=folder / "models")
            patch.setattr(artifacts, reader, read_there)
        assert main(["models", "--json"]) == 0
    (row,) = [each for each in json.loads(told.getvalue()) if each["name"] == name]
    told_of_it: dict[str, Any] = row
    return told_of_it


@pytest.mark.keras
@in_keras_process
def test_a_new_model_is_trained_published_and_listed(tmp_path: Path) -> None:
    models = tmp_path / "zoo"
    models.mkdir()
    text = entry_text("new_model")
    (models / "new_model.py").write_text(text)
    one_recipe = "".join(line for line in text.splitlines(True) if "    fast=" not in line)
    (models / "without_fast.py").write_text(one_recipe.replace("new_model", "without_fast"))
    try:
        with folder_added(zoo, models):
            zoo.zoo.cache_clear()
            assert main(["train", "new_model", "--dry-run", "--fast"]) == 0
            publish("without_fast", tmp_path)
            told = listed("without_fast", tmp_path)
            operations = operations_an_image(get_spec("new_model").build())
    finally:
        zoo.zoo.cache_clear()
    assert (told["trained"], told["recipe"]) == (True, "article")
    assert told["wrong"] <= told["test_images"]
    # Forward and two gradients at 32x32 places; the image itself needs none.
    separable, depthwise, dense = 32 * 32 * (9 + 8), 32 * 32 * 9 * 8, 8 * 6
    assert operations == 2 * (3 * (separable + depthwise + dense) - 32 * 32 * 9)


def test_a_new_model_has_no_required_speed_up() -> None:
    row = Measurement("new_model, the fast recipe", 1.0, "s an epoch", "twice as fast")
    assert _with_asked(row, "new_model") == row
    assert _with_asked(row, "cnn").goal == "twice as fast; required: 2 times"
