"""Every shipped model answers as it did when its golden answers were recorded."""

import numpy as np
import pytest

from tests.helpers.golden_answers import GOLDEN_FILE, Answers, current_answers

pytestmark = pytest.mark.slow

TOLERANCE = 1e-5
"""Kernels for other processors add in another order."""

HANDS_TOLERANCE = 1e-3
"""A hand that lies is turned by an angle from such sums: between two makers' processors 3e-4."""

PIXELS = 0.1
"""Of a place in the photo, likewise: 0.04."""

PLACES = [*range(4), *range(20, 62)]
"""The columns of ``hands`` that are places in pixels: the box and the joints."""


@pytest.fixture(scope="module")
def recorded() -> Answers:
    with np.load(GOLDEN_FILE, allow_pickle=False) as file:
        return dict(file)


@pytest.fixture(scope="module")
def current() -> Answers:
    return current_answers()


def test_the_same_photos_are_drawn(recorded: Answers, current: Answers) -> None:
    np.testing.assert_allclose(current["brightness"], recorded["brightness"], atol=1e-3)


def test_the_hand_models_answer_as_before(recorded: Answers, current: Answers) -> None:
    (now, before) = current["hands"], recorded["hands"]
    places = np.isin(np.arange(before.shape[-1]), PLACES)
    np.testing.assert_allclose(now[..., places], before[..., places], rtol=0, atol=PIXELS)
    np.testing.assert_allclose(
        now[..., ~places], before[..., ~places], rtol=0, atol=HANDS_TOLERANCE
    )


def test_the_article_s_models_answer_as_before(recorded: Answers, current: Answers) -> None:
    assert set(current) == set(recorded)
    for name in set(recorded) - {"brightness", "hands"}:
        np.testing.assert_allclose(
            current[name], recorded[name], rtol=0, atol=TOLERANCE, err_msg=name
        )
