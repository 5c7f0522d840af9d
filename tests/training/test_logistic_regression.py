"""Logistic regressions in a Keras model answer as scikit-learn's do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.images.pooling import Pooling
from core.zoo._spec import FitRecipe

ROOT = Path(__file__).resolve().parents[2]

FITTING = """
import sys
from dataclasses import replace
from pathlib import Path
import numpy as np
from sklearn.linear_model import LogisticRegression
from core.datasets.rendering import render_store
from core.datasets.store import open_store
from core.training.trainer.logistic_regression import fit_seed
from core.training.arrays import learning_data
from core.images.pooling import pool
from core.training.trainer.gram import as_pixels
from core.zoo import get_spec

folder = Path(sys.argv[1])
render_store(240, 3, root=folder)
dataset = open_store("rendered", folder)
for name in ("logistic_2000", "logistic_pooled"):
    spec, seen = get_spec(name), []
    recipe = replace(spec.recipe, images=150) if spec.recipe.images else spec.recipe
    trained = fit_seed(spec, recipe, dataset, 4, seen.append)
    data = learning_data("fingers", dataset, recipe.images, 4)
    images, test = (
        as_pixels(each[..., 0] if recipe.pooling is None else pool(each[..., 0], recipe.pooling))
        for each in (data.images, data.test_images)
    )
    oracle = LogisticRegression(tol=1e-7, max_iter=10_000).fit(images, data.targets.argmax(1))
    ours = trained.model.predict(data.test_images, verbose=0)
    np.testing.assert_allclose(ours, oracle.predict_proba(test), atol=0.02)
    assert trained.records.epoch.tolist() == [0, 1]
    assert trained.records.weights.shape[1] == 6
    assert (trained.records.weights[0] == 0).all()
    assert trained.history == seen and seen[0].train_accuracy == 1
    right = np.trace(trained.records.confusion[1]) / len(data.test_classes)
    assert abs(right - seen[0].test_accuracy) < 1e-6
print("fitted")
"""


@pytest.mark.keras
def test_a_fit_answers_as_scikit_learn_does(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FITTING, str(tmp_path)],
        capture_output=True, text=True, cwd=ROOT, timeout=280, check=False,
        env=os.environ | {"CUDA_VISIBLE_DEVICES": ""},
    )  # fmt: skip
    assert done.stdout.endswith("fitted\n"), done.stderr


@pytest.mark.parametrize(
    "errors",
    [
        {"images": 0},
        {"images": 10, "c": 0.0},
        {"images": None},
        {"images": 10, "pooling": Pooling("max", 4, 4)},
    ],
)
def test_impossible_fits_are_refused(errors: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"positive|span"):
        FitRecipe(**errors)  # type: ignore[arg-type]
