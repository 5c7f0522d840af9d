"""From probabilities to an answer and its confidence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.special import softmax

from core.evaluation.calibration import choose_temperature
from core.hands.prediction import ANSWER_THRESHOLD, Prediction, apply_temperature

CERTAIN = (0.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def test_the_answer_is_the_most_probable_class() -> None:
    prediction = Prediction(CERTAIN, (0.1, 0.9))
    assert (prediction.fingers, prediction.side, prediction.unsure) == (3, "R", False)


@pytest.mark.parametrize(
    ("fingers", "side", "fingers_unsure", "side_unsure"),
    [
        ((0.2, 0.2, 0.2, 0.2, 0.1, 0.1), (0.0, 1.0), True, False),
        (CERTAIN, (0.5, 0.5), False, True),
        (CERTAIN, (ANSWER_THRESHOLD, 1 - ANSWER_THRESHOLD), False, False),
    ],
)
def test_below_the_threshold_the_answer_is_not_sure(
    fingers: tuple[float, ...], side: tuple[float, ...], fingers_unsure: bool, side_unsure: bool
) -> None:
    prediction = Prediction(fingers, side)
    assert prediction.fingers_unsure == fingers_unsure
    assert prediction.side_unsure == side_unsure
    assert prediction.unsure == (fingers_unsure or side_unsure)


@pytest.mark.parametrize(
    ("fingers", "side"),
    [(CERTAIN[:5], (0.5, 0.5)), ((0.5,) * 6, (0.5, 0.5)), (CERTAIN, (0.1, 0.1)),
     ((float("nan"),) * 6, (0.5, 0.5))],
)  # fmt: skip
def test_only_probability_distributions_are_accepted(
    fingers: tuple[float, ...], side: tuple[float, ...]
) -> None:
    with pytest.raises(ValueError, match="no probabilities"):
        Prediction(fingers, side)


@given(
    arrays.arrays(np.float64, (4, 6), elements=st.floats(-8, 8)),
    st.floats(1, 20),
)
def test_a_temperature_is_a_softmax_of_smaller_logits(
    logits: np.ndarray[tuple[int, int], np.dtype[np.float64]], temperature: float
) -> None:
    tempered = apply_temperature(softmax(logits, axis=1), temperature)
    np.testing.assert_allclose(tempered, softmax(logits / temperature, axis=1), atol=1e-7)


def test_a_temperature_keeps_certainty_finite() -> None:
    tempered = apply_temperature(np.array(CERTAIN), 5.0)
    assert np.isfinite(tempered).all()
    assert tempered.argmax() == 3
    assert tempered.max() > 0.97


def test_an_overconfident_model_is_calibrated_to_its_true_accuracy() -> None:
    generator = np.random.default_rng(0)
    true_logits = generator.normal(0, 2, (20_000, 6))
    cumulative = softmax(true_logits, axis=1).cumsum(axis=1)
    true = (generator.random((20_000, 1)) > cumulative).sum(axis=1).clip(0, 5).astype(np.uint8)
    overconfident = softmax(4 * true_logits, axis=1)
    calibration = choose_temperature(overconfident, true)
    assert calibration.temperature == pytest.approx(4, rel=0.05)
    right = overconfident.argmax(axis=1) == true
    assert calibration.accuracy == pytest.approx(float(right.mean()))
    assert calibration.precision > calibration.accuracy


def test_a_calibrated_model_keeps_its_probabilities() -> None:
    probabilities = np.tile([0.7, 0.3], (1_000, 1))
    true = (np.arange(1_000) % 10 >= 7).astype(np.uint8)
    assert choose_temperature(probabilities, true).temperature == pytest.approx(1.0, abs=0.05)
