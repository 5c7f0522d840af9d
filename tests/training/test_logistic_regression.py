"""Logistic regressions in a Keras model answer as scikit-learn's do."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.artifacts.store import Epoch
from core.datasets.rendering import render_store
from core.datasets.store import open_store
from core.images.pooling import Pooling, pool
from core.training.arrays import learning_data
from core.training.gram import as_pixels
from core.zoo import FitRecipe, get_spec
from tests.helpers.keras_process import in_keras_process


@pytest.mark.keras
@pytest.mark.parametrize("name", ["logistic_2000", "logistic_pooled"])
@in_keras_process
def test_a_fit_predicts_like_scikit_learn(tmp_path: Path, name: str) -> None:
    from sklearn.linear_model import LogisticRegression

    from core.training.logistic_regression import fit_seed

    render_store(240, 3, root=tmp_path)
    dataset = open_store("rendered", tmp_path)
    spec = get_spec(name)
    assert isinstance(spec.recipe, FitRecipe)
    recipe = replace(spec.recipe, images=150) if spec.recipe.images else spec.recipe
    seen: list[Epoch] = []
    trained = fit_seed(spec, recipe, dataset, 4, seen.append)
    data = learning_data("fingers", dataset, recipe.images, 4)
    images, test = (
        as_pixels(each[..., 0] if recipe.pooling is None else pool(each[..., 0], recipe.pooling))
        for each in (data.images, data.test_images)
    )
    oracle = LogisticRegression(solver="newton-cg", tol=1e-6).fit(images, data.targets.argmax(1))
    ours = trained.model.predict(data.test_images, verbose=0)
    np.testing.assert_allclose(ours, oracle.predict_proba(test), atol=0.02)
    assert trained.records.epoch.tolist() == [0, 1]
    assert trained.records.weights.shape[1] == 6
    assert (trained.records.weights[0] == 0).all()
    assert trained.history == seen
    assert seen[0].train_accuracy == 1
    right = np.trace(trained.records.confusion[1]) / len(data.test_classes)
    assert right == pytest.approx(seen[0].test_accuracy, abs=1e-6)


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
