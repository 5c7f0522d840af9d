"""Counting mistakes, checked against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.evaluation.metrics import summarise


@pytest.mark.slow
@settings(deadline=None)
@given(st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_the_summary_agrees_with_scikit_learn(images: int, seed: int) -> None:
    from sklearn.metrics import accuracy_score, confusion_matrix, log_loss

    generator = np.random.default_rng(seed)
    probabilities = generator.dirichlet(np.ones(6), images).astype(np.float32)
    true = generator.integers(0, 6, images).astype(np.uint8)
    names = [f"{number}.png" for number in range(images)]
    result = summarise("fingers", true, probabilities, names)
    predicted = probabilities.argmax(axis=1)
    assert result.accuracy == pytest.approx(accuracy_score(true, predicted))
    expected = confusion_matrix(true, predicted, labels=range(6))
    np.testing.assert_array_equal(result.confusion_matrix, expected)
    assert result.loss == pytest.approx(log_loss(true, probabilities, labels=range(6)), rel=1e-4)
    assert [mistake.file for mistake in result.mistakes] == [
        name for name, errors in zip(names, true != predicted, strict=True) if errors
    ]


def test_a_mistake_keeps_the_prediction() -> None:
    probabilities = np.array([[0.25, 0.75], [0.9, 0.1]], np.float32)
    result = summarise("side", np.array([0, 0], np.uint8), probabilities, ["a.png", "b.png"])
    (mistake,) = result.mistakes
    assert (mistake.file, mistake.true, mistake.predicted) == ("a.png", "L", "R")
    assert mistake.probabilities == (0.25, 0.75)
