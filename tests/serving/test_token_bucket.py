"""How often one visitor may ask: bursts at once, a bounded rate in the long run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.serving.token_bucket import TokenBucket


def test_a_burst_is_held_and_what_follows_waits_its_turn() -> None:
    bucket = TokenBucket(size=3, per_second=2)
    assert [bucket.take(10.0) for _ in range(5)] == [0, 0, 0, 0.5, 1.0]
    assert bucket.take(11.5) == 0


def test_a_rest_fills_it_to_its_size_and_no_further() -> None:
    bucket = TokenBucket(size=2, per_second=1)
    assert [bucket.take(0.0) for _ in range(2)] == [0, 0]
    assert [bucket.take(1e6) for _ in range(3)] == [0, 0, 1.0]


def test_what_costs_nothing_only_asks() -> None:
    bucket = TokenBucket(size=10, per_second=5)
    bucket.take(0.0, 25)
    assert bucket.take(0.0, 0) == 3.0
    assert bucket.take(2.0, 0) == 1.0


@given(st.lists(st.tuples(st.floats(0, 3), st.floats(0.1, 4)), min_size=1, max_size=50))
def test_who_waits_as_told_never_has_more_than_the_rate(asked: list[tuple[float, float]]) -> None:
    bucket = TokenBucket(size=5, per_second=2)
    now = taken = 0.0
    for pause, tokens in asked:
        now += pause
        now += bucket.take(now, tokens)
        taken += tokens
        assert taken <= 5 + 2 * now + 1e-6


def test_a_bucket_without_tokens_is_refused() -> None:
    for size, per_second in ((0, 1), (1, 0)):
        with pytest.raises(ValueError, match="bucket"):
            TokenBucket(size, per_second)
