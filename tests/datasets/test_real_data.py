"""The real Fingers dataset, where its download lies beside the project: its import, the models."""

from pathlib import Path

import numpy as np
import pytest

from core.artifacts import store as artifacts
from core.datasets.importing import IMPORTED_NAME, import_dataset
from core.datasets.store import Dataset, open_store
from core.evaluation.metrics import evaluate
from core.hands.loading import serve
from core.zoo import get_spec

REAL_ZIP = Path(__file__).resolve().parents[3] / "shared" / "data" / "fingers.zip"

pytestmark = pytest.mark.skipif(
    not REAL_ZIP.is_file(), reason=f"the download of the dataset is not at {REAL_ZIP}"
)


@pytest.fixture(scope="module")
def real_dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    root = tmp_path_factory.mktemp("real")
    report = import_dataset(REAL_ZIP, root)
    assert (report.facts.images, report.refused, report.ignored) == (21_600, (), 0)
    return open_store(IMPORTED_NAME, root)


def test_every_class_is_as_large_as_published(real_dataset: Dataset) -> None:
    labels = real_dataset.fingers.astype(int) + 6 * real_dataset.sides
    assert np.bincount(labels[real_dataset.indices("train")]).tolist() == [1_500] * 12
    assert np.bincount(labels[real_dataset.indices("test")]).tolist() == [300] * 12


@pytest.mark.parametrize("name", ["cnn_batch_norm", "hand_side"])
def test_the_models_read_600_test_images_without_a_mistake(
    name: str, real_dataset: Dataset
) -> None:
    assert artifacts.read_card(name).on_dataset.data.fingerprint == real_dataset.facts.fingerprint
    some = real_dataset.indices("test")[::6]
    assert len(some) == 600
    assert evaluate(serve(name), get_spec(name).target, real_dataset, some).errors == 0
