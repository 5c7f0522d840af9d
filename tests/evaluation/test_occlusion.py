"""Occlusion sensitivity, against the slowest and simplest implementation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.common.types import Float32Array, Uint8Array
from core.evaluation.occlusion import Cover, covered_images, sensitivity
from core.hands.loading import serve
from core.synthetic.dataset_look import draw_dataset_image


def brightness(images: Uint8Array) -> Float32Array:
    """Predictions from the upper left corner alone: the brighter, the more probable class 1."""
    share = images[:, :3, :3].mean(axis=(1, 2)) / 255
    return np.stack([1 - share, share], axis=1).astype(np.float32)


@given(
    height=st.integers(4, 14),
    width=st.integers(4, 14),
    size=st.integers(1, 4),
    stride=st.integers(1, 4),
    grey=st.integers(0, 255),
    seed=st.integers(0, 99),
)
@settings(max_examples=60, deadline=None)
def test_every_pixel_has_the_mean_drop_of_the_squares_that_cover_it(
    height: int, width: int, size: int, stride: int, grey: int, seed: int
) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (height, width), np.uint8)
    cover = Cover(size, min(stride, size), grey)
    found = sensitivity(brightness, image, 1, cover)
    whole = float(brightness(image[None])[0, 1])
    drops: dict[tuple[int, int], list[float]] = {}
    for number, top in enumerate(cover.corners(height)):
        for other, left in enumerate(cover.corners(width)):
            hidden = image.copy()
            for row in range(top, top + size):
                for column in range(left, left + size):
                    hidden[row, column] = grey
            answer = brightness(hidden[None])[0]
            assert found.covered[number, other] == pytest.approx(float(answer[1]), abs=1e-6)
            assert found.changed[number, other] == (answer.argmax() != int(whole > 0.5))
            for row in range(top, top + size):
                for column in range(left, left + size):
                    drops.setdefault((row, column), []).append(whole - float(answer[1]))
    assert found.uncovered == pytest.approx(whole)
    expected = [[np.mean(drops[row, column]) for column in range(width)] for row in range(height)]
    np.testing.assert_allclose(found.drops, expected, atol=1e-5)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 60))
def test_the_squares_cover_every_pixel_and_none_beyond(size: int, stride: int, side: int) -> None:
    cover = Cover(size, min(stride, size), 0)
    if size > side:
        with pytest.raises(ValueError, match="covers more"):
            cover.corners(side)
        return
    corners = cover.corners(side)
    reached = {corner + offset for corner in corners for offset in range(size)}
    assert reached == set(range(side))
    assert list(corners) == sorted(set(corners))


@pytest.mark.parametrize("values", [(0, 1, 0), (4, 0, 0), (4, 5, 0), (4, 4, 256), (4, 4, -1)])
def test_senseless_squares_are_refused(values: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="no square"):
        Cover(*values)


def test_the_image_itself_is_unchanged() -> None:
    image = np.full((8, 8), 200, np.uint8)
    covered_images(image, Cover(4, 4, 0))
    assert (image == 200).all()


def test_a_served_model_relies_on_the_hand_rather_than_the_background() -> None:
    image = draw_dataset_image(2, "R", 7)
    answers = serve("cnn_batch_norm").probabilities
    shown = int(answers(image[None])[0].argmax())
    found = sensitivity(answers, image, shown, Cover(16, 8, 50))
    assert found.covered.shape == (15, 15)
    ground, hand = found.drops[image < 80], found.drops[image > 120]
    assert found.drops.max() > 0.2
    assert np.abs(hand).mean() > 2 * np.abs(ground).mean()
