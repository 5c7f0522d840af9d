"""The images that trainings learn from."""

import numpy as np

from core.training.arrays import random_horizontal_flip


def test_about_half_of_the_images_are_flipped_and_none_is_otherwise_changed() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (200, 128, 128, 1), dtype=np.uint8)
    shown = images.copy()
    random_horizontal_flip(shown, np.random.default_rng(1))
    as_they_are = (shown == images).all(axis=(1, 2, 3))
    mirrored = (shown == np.flip(images, axis=2)).all(axis=(1, 2, 3))
    assert (as_they_are ^ mirrored).all()
    assert 0.4 < mirrored.mean() < 0.6
    again = images.copy()
    random_horizontal_flip(again, np.random.default_rng(1))
    np.testing.assert_array_equal(again, shown)
