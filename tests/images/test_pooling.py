"""Pooling: by hand, by its properties, and against Keras."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.images import pooling as module
from core.images.pooling import KINDS, Kind, Pixels, Pooling, pool, worked_step
from tests.helpers.keras_process import in_keras_process

GRID = np.array([[1, 5, 2, 0], [3, 7, 4, 6], [9, 0, 8, 8], [1, 2, 8, 8]], np.uint8)


@st.composite
def images_and_poolings(draw: st.DrawFn) -> tuple[Pixels, Pooling]:
    window, stride = draw(st.integers(2, 8)), draw(st.integers(1, 8))
    shape = (draw(st.integers(1, 3)), *(draw(st.integers(window, 24)) for _ in "hw"))
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    images = generator.integers(0, 256, shape, dtype=np.uint8)
    if draw(st.booleans()):
        return (images / np.float32(255)).astype(np.float32), Pooling("max", window, stride)
    return images, Pooling("max", window, stride)


def test_the_largest_of_every_window() -> None:
    np.testing.assert_array_equal(pool(GRID, Pooling("max", 2, 2)), [[7, 6], [9, 8]])
    np.testing.assert_array_equal(
        pool(GRID, Pooling("max", 2, 1)), [[7, 7, 6], [9, 8, 8], [9, 8, 8]]
    )
    np.testing.assert_array_equal(pool(GRID, Pooling("max", 3, 8)), [[9]])
    assert pool(GRID, Pooling("max", 2, 2)).dtype == np.uint8


def test_the_average_of_every_window() -> None:
    pooled = pool(GRID, Pooling("average", 2, 2))
    np.testing.assert_array_equal(pooled, [[4, 3], [3, 8]])
    assert pooled.dtype == np.float32
    np.testing.assert_allclose(
        pool(GRID, Pooling("average", 3, 1)), [[39 / 9, 40 / 9], [42 / 9, 51 / 9]]
    )


@settings(deadline=None)
@given(images_and_poolings())
def test_the_shape_follows_the_formula(case: tuple[Pixels, Pooling]) -> None:
    images, pooling = case
    expected = tuple(
        len(
            [
                start
                for start in range(0, length, pooling.stride)
                if start + pooling.window <= length
            ]
        )
        for length in images.shape[1:]
    )
    assert pool(images, pooling).shape == (len(images), *expected)


@settings(deadline=None)
@given(images_and_poolings())
def test_the_largest_is_never_below_the_average_nor_that_below_the_smallest(
    case: tuple[Pixels, Pooling],
) -> None:
    images, pooling = case
    average = pool(images, Pooling("average", pooling.window, pooling.stride))
    assert (pool(images, pooling) >= average).all()
    assert (average >= images.min()).all()


@settings(deadline=None)
@given(st.integers(0, 255), st.sampled_from(KINDS), st.integers(2, 8), st.integers(1, 8))
def test_a_uniform_image_stays_uniform(value: int, kind: Kind, window: int, stride: int) -> None:
    for dtype in (np.uint8, np.float32, np.float64):
        assert (pool(np.full((20, 17), value, dtype), Pooling(kind, window, stride)) == value).all()


@settings(deadline=None)
@given(images_and_poolings())
def test_pooling_many_is_pooling_each(case: tuple[Pixels, Pooling]) -> None:
    images, pooling = case
    np.testing.assert_array_equal(
        pool(images, pooling), np.stack([pool(image, pooling) for image in images])
    )


def test_many_images_are_pooled_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    images = np.random.default_rng(0).integers(0, 256, (7, 12, 12), dtype=np.uint8)
    whole = pool(images, Pooling("average", 3, 2))
    monkeypatch.setattr(module, "_CHUNK_PIXELS", 300)
    np.testing.assert_array_equal(pool(images, Pooling("average", 3, 2)), whole)


@pytest.mark.parametrize(
    ("kind", "window", "stride"),
    [("max", 1, 1), ("max", 9, 1), ("max", 2, 0), ("average", 2, 9), ("median", 2, 2)],
)
def test_senseless_poolings_are_refused(kind: Kind, window: int, stride: int) -> None:
    with pytest.raises(ValueError, match=r"pooling is one of|are possible"):
        Pooling(kind, window, stride)


@pytest.mark.parametrize(
    "images",
    [
        np.zeros(8, np.uint8),
        np.zeros((1, 2, 8, 8), np.uint8),
        np.zeros((8, 8), np.int64),
        np.zeros((8, 8), bool),
    ],
)
def test_other_arrays_are_refused(images: Pixels) -> None:
    with pytest.raises(ValueError, match="cannot pool"):
        pool(images, Pooling("max", 2, 2))


def test_a_window_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit into 3 pixels"):
        pool(np.zeros((3, 9), np.uint8), Pooling("max", 4, 4))


def test_a_worked_step_says_where_what_and_why() -> None:
    step = worked_step(GRID, Pooling("max", 2, 2), 3)
    assert (step.row, step.column, step.top, step.left) == (1, 0, 2, 0)
    assert step.numbers == ((9, 0), (1, 2))
    assert step.chosen == 9
    assert step.why == "Of 9, 0, 1 and 2, the largest is 9."
    step = worked_step(GRID, Pooling("average", 2, 1), 2)
    assert (step.top, step.left, step.chosen) == (0, 1, 4.5)
    assert step.why == "(5 + 2 + 7 + 4) / 4 = 4.5."


@pytest.mark.parametrize("kind", KINDS)
def test_the_worked_steps_form_the_pooled_grid(kind: Kind) -> None:
    pooling = Pooling(kind, 2, 2)
    chosen = [worked_step(GRID, pooling, number).chosen for number in range(1, 5)]
    np.testing.assert_array_equal(np.reshape(chosen, (2, 2)), pool(GRID, pooling))


@pytest.mark.parametrize("number", [0, 5, -1])
def test_there_is_no_step_beyond_the_last(number: int) -> None:
    with pytest.raises(ValueError, match="there are 4 steps"):
        worked_step(GRID, Pooling("max", 2, 2), number)


CASES = ((2, 2), (3, 1), (4, 4), (5, 3), (8, 8), (2, 5))
"""Windows and strides."""


@pytest.mark.keras
@in_keras_process
def test_keras_pools_the_same_way() -> None:
    from keras import layers

    images = np.random.default_rng(0).integers(0, 256, (3, 21, 26)).astype(np.uint8)
    kinds: dict[Kind, Any] = {"max": layers.MaxPooling2D, "average": layers.AveragePooling2D}
    assert set(kinds) == set(KINDS)
    for window, stride in CASES:
        for kind, layer in kinds.items():
            pooled = layer(window, strides=stride, padding="valid")(
                images[..., None].astype(np.float32)
            )
            ours = pool(images, Pooling(kind, window, stride))
            np.testing.assert_allclose(ours, np.asarray(pooled)[..., 0], rtol=1e-6)
