"""The steps of a unit by golden values, and against OpenCV and the definition."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from core.common.types import Float32Array
from core.inspection.arithmetic import (
    BatchNorm,
    Window,
    cross_entropy,
    exponentials,
    maxima,
    neuron,
    place_of,
    products,
    relu,
    sigmoid,
    softmax,
    sums_by_channel,
)

RANDOM = np.random.default_rng(3)


def test_products_and_their_sums_by_hand() -> None:
    image = np.arange(16, dtype=np.float32).reshape(4, 4)
    kernel = np.array([[1, 0], [0, -1]], np.float32)
    found = products(image, kernel, Window(2, 2, "valid"))
    np.testing.assert_array_equal(found[1, 1], [[10, 0], [0, -15]])
    sums = sums_by_channel(image[..., None], kernel[..., None], Window(2, 2, "valid"))
    np.testing.assert_array_equal(sums[..., 0], [[-5, -5], [-5, -5]])
    np.testing.assert_array_equal(neuron(sums, 2.5), [[-2.5, -2.5], [-2.5, -2.5]])


def test_a_convolution_with_zeros_around_is_opencv_s_correlation() -> None:
    image = RANDOM.normal(size=(9, 12, 1)).astype(np.float32)
    kernel = RANDOM.normal(size=(3, 3, 1)).astype(np.float32)
    found = sums_by_channel(image, kernel, Window(3, 1, "same"))[..., 0]
    expected = cv2.filter2D(image[..., 0], -1, kernel[..., 0], borderType=cv2.BORDER_CONSTANT)
    np.testing.assert_allclose(found, expected, atol=1e-5)


@given(
    length=st.integers(4, 40), size=st.sampled_from([1, 2, 3, 4]), stride=st.sampled_from([1, 2, 3])
)
def test_a_window_goes_as_far_as_keras_says(length: int, size: int, stride: int) -> None:
    image = np.ones((length, length, 1), np.float32)
    same, valid = (Window(size, stride, padding) for padding in ("same", "valid"))
    assert same.views(image).shape[0] == -(-length // stride)
    assert valid.views(image).shape[0] == (length - size) // stride + 1
    assert 0 <= same.before(length) < size
    assert valid.before(length) == 0


def test_batch_normalisation_relu_and_pooling() -> None:
    norm = BatchNorm(gamma=2, beta=1, mean=3, variance=3.999, epsilon=0.001)
    np.testing.assert_allclose(norm.normalised(np.array([3, 5], np.float32)), [1, 3], rtol=1e-6)
    np.testing.assert_array_equal(relu(np.array([-1, 0, 2], np.float32)), [0, 0, 2])
    image = np.arange(16, dtype=np.float32).reshape(4, 4)
    np.testing.assert_array_equal(maxima(image, Window(2, 2, "valid")), [[5, 7], [13, 15]])


@given(arrays.arrays(np.float32, 6, elements=st.floats(-80, 80, width=32)))
def test_probabilities_add_up_and_keep_the_order(logits: Float32Array) -> None:
    found = softmax(logits)
    assert found.sum() == pytest.approx(1, abs=1e-5)
    assert found.argmax() == logits.argmax() or found.max() == found[logits.argmax()]
    assert exponentials(logits).max() == 1


def test_a_lone_logit_and_the_loss() -> None:
    assert sigmoid(0) == 0.5
    assert sigmoid(2) == pytest.approx(softmax(np.array([2, 0], np.float32))[0], abs=1e-6)
    assert cross_entropy(1) == 0
    assert cross_entropy(0.5) == pytest.approx(np.log(2))
    assert cross_entropy(0) == pytest.approx(16.118, abs=0.001)


@given(st.integers(0, 30_751))
def test_a_number_of_the_flattened_row_is_found_in_its_map(index: int) -> None:
    row, column, channel = place_of(index, (31, 31, 32))
    assert (row * 31 + column) * 32 + channel == index
