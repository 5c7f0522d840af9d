"""Accuracy and its intervals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from core.common.metrics import mean_interval


@given(st.lists(st.floats(0, 1), min_size=2, max_size=10))
def test_the_interval_of_a_mean_is_that_of_scipy(values: list[float]) -> None:
    reach = stats.sem(values) * stats.t.ppf(0.975, len(values) - 1)
    mean = sum(values) / len(values)
    expected = pytest.approx((mean - reach, mean + reach), rel=1e-3, abs=1e-3)
    assert mean_interval(values) == expected


@pytest.mark.parametrize("count", [0, 1, 11])
def test_too_few_or_too_many_values_have_none(count: int) -> None:
    with pytest.raises(ValueError, match=f"of {count} values"):
        mean_interval([0.5] * count)
