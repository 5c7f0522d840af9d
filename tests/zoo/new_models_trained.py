"""Trains models that are files in a folder, as ``python -m core`` does; run in its own process.

Called with a folder of models, one to write into, the name of a model to publish and one without a
fast recipe. Last it prints what ``python -m core models --json`` tells of the first, with the
operations of one image.
"""

import io
import json
import sys
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path

from core import zoo
from core.__main__ import main
from core.artifacts import store as artifacts
from core.benchmarks.training import operations_an_image
from core.datasets.rendering import RENDERED_NAME, render_store
from core.datasets.store import open_store
from core.training.export import layers_of
from core.training.publish import train_and_record
from core.zoo import dry_run_of, get_spec


def publish(name: str, folder: Path) -> None:
    """Train a model by its first recipe and record it in the folder."""
    render_store(120, seed=0, root=folder)
    dataset = open_store(RENDERED_NAME, folder)
    spec, roots = dry_run_of(get_spec(name)), (folder / "runs", folder / "models")
    card = train_and_record(spec, dataset, [0], lambda _: None, "article", *roots, 12)
    model = spec.build()
    assert [(each.name, each.kind) for each in card.layers] == [
        (layer.name, type(layer).__name__) for layer in model.layers
    ]
    assert card.layers == layers_of(model)


def listed(name: str, folder: Path) -> dict[str, object]:
    """What ``python -m core models --json`` tells of a model in the folder."""
    for reader in ("is_trained", "read_card"):
        setattr(artifacts, reader, partial(getattr(artifacts, reader), root=folder / "models"))
    told = io.StringIO()
    with redirect_stdout(told):
        assert main(["models", "--json"]) == 0
    (row,) = [each for each in json.loads(told.getvalue()) if each["name"] == name]
    return {**row, "operations": operations_an_image(get_spec(name).build())}


if __name__ == "__main__":
    zoo.__path__.append(sys.argv[1])
    results, (published, without_fast) = Path(sys.argv[2]), sys.argv[3:]
    assert main(["train", published, "--dry-run", "--fast"]) == 0
    assert main(["train", without_fast, "--dry-run"]) == 0
    publish(published, results)
    print(json.dumps(listed(published, results)))
