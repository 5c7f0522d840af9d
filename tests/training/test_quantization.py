"""Rounded weights: how many bits they keep, and that Keras reads the packed file as it was."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.training.quantization import in_16_bits, packed, rounded
from core.zoo import get_spec, hand_specs
from tests.helpers.keras_process import in_keras_process

NORMAL = st.floats(2.0**-10, 60_000, width=32)


@given(arrays(np.float32, (4, 3), elements=NORMAL))
def test_eight_bits_remain_and_fit_in_sixteen(weights: np.ndarray) -> None:
    short = rounded(weights)
    assert (np.abs(short - weights) <= weights * 2.0**-8).all()
    np.testing.assert_array_equal(short.astype(np.float16).astype(np.float32), short)
    np.testing.assert_array_equal(rounded(short), short)
    np.testing.assert_array_equal(rounded(-weights), -short)


def test_the_rounding_is_that_of_bfloat16() -> None:
    weights = np.array([[1.00390625, 1.01171875, 0.1, -3.14159]], np.float32)
    np.testing.assert_array_equal(rounded(weights), [[1.0, 1.015625, 0.10009765625, -3.140625]])


def test_vectors_are_unchanged() -> None:
    biases = np.array([0.123456, 1e-20], np.float32)
    np.testing.assert_array_equal(rounded(biases), biases)


def test_weights_too_large_for_sixteen_bits_are_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        rounded(np.full((1, 1), 1e6, np.float32))


@pytest.mark.keras
@in_keras_process
def test_folded_layers_agree_with_the_originals_within_rounding() -> None:
    import keras

    from core.training.export import folded_in_16_bits

    rng = np.random.default_rng(1)
    model = hand_specs()["hand_classifier"].build()
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([rng.uniform(0.5, 1.5, each.shape) for each in layer.get_weights()])
    folded = folded_in_16_bits(model)
    for layer in folded.layers:
        weights = layer.get_weights()
        if isinstance(layer, keras.layers.BatchNormalization):
            gamma, weights, mean, variance = weights[0], weights[1:2], weights[2], weights[3]
            assert (gamma == 1).all()
            assert (mean == 0).all()
            np.testing.assert_allclose(variance + layer.epsilon, 1, rtol=1e-6)
        for each in weights:
            np.testing.assert_array_equal(each, in_16_bits(each))
    images = rng.uniform(0, 255, (3, 128, 128, 1)).astype(np.float32)
    expected = model.predict(images, verbose=0)
    np.testing.assert_allclose(
        folded.predict(images, verbose=0), expected, atol=0.02 * np.abs(expected).max()
    )


@pytest.mark.keras
@in_keras_process
def test_keras_reads_a_packed_model_as_it_was(tmp_path: Path) -> None:
    import keras

    from core.training.export import quantized_model, weights_without_optimizer

    model = quantized_model(get_spec("dense_batch_norm").build())
    whole = weights_without_optimizer(model)
    path = tmp_path / "packed.keras"
    path.write_bytes(packed(whole))
    loaded = keras.models.load_model(path, compile=False, safe_mode=True)
    for one, two in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two, strict=True)
    assert [layer.name for layer in loaded.layers] == [layer.name for layer in model.layers]
    assert path.stat().st_size < len(whole) / 2.5
