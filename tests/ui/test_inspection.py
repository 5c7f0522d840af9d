"""What the browser reads out of the arrays of "Look inside", against what Python put there."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from core.inspection.arithmetic import Window
from tests.helpers.node import run_in_node
from ui.inspection.pictures import numbers
from ui.inspection.places import in_sheet


def windows(padding: str, size: int) -> dict[str, Any]:
    """A picture, and what a window sees of it at every place."""
    image = np.random.default_rng(size).normal(size=(9, 9)).astype(np.float32)
    window = Window(size, 2, padding)
    return {
        "given": numbers(image),
        "size": size,
        "stride": 2,
        "before": window.before(len(image)),
        "seen": numbers(window.views(image[..., None])[:, :, 0]),
    }


def test_the_browser_shows_the_numbers_that_python_sent(tmp_path: Path) -> None:
    shape = (4, 5, 11)
    vectors = {
        "windows": [windows("same", 3), windows("valid", 4), windows("valid", 3)],
        "sheet": {
            "shape": shape,
            "places": [in_sheet(index, shape) for index in range(int(np.prod(shape)))],
        },
    }
    path = tmp_path / "vectors.json"
    path.write_text(json.dumps(vectors))
    run_in_node("inspection", INSPECTION_VECTORS=str(path))
