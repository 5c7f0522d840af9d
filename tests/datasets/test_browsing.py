"""Examples for pages, with and without the dataset."""

from pathlib import Path

import numpy as np
import pytest

from core.datasets.browsing import drawn_near_duplicate, example_file
from core.datasets.importing import IMPORTED_NAME
from core.datasets.store import DatasetError
from tests.helpers.small_stores import some_images, write_store


@pytest.mark.usefixtures("stores")
def test_without_the_dataset_an_example_is_drawn_and_named_like_its_files() -> None:
    example = example_file(2, "R")
    assert example.drawn
    assert example.name.endswith("_2R.png")
    assert example.image.shape == (128, 128)
    assert example.image.dtype == np.uint8


def test_an_example_is_the_first_of_its_class(stores: Path) -> None:
    write_store(stores, name=IMPORTED_NAME)
    example = example_file(2, "R")
    assert (example.name, example.drawn) == ("train/2.png", False)
    assert np.array_equal(example.image, some_images(6)[2])
    with pytest.raises(DatasetError, match="no image of 2 fingers"):
        example_file(2, "L")


def test_a_drawn_near_duplicate_is_as_close_as_those_of_the_dataset() -> None:
    first, second = (image.astype(float) for image in drawn_near_duplicate(2, "R"))
    assert 2 < np.sqrt(((first - second) ** 2).mean()) < 15
