"""The live camera's answers are smooth: no odd frame changes them, a changed hand does."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.common.types import Box, Step
from core.hands.detections import Detection
from core.hands.pipeline import HandResult
from core.hands.prediction import ANSWER_THRESHOLD, Prediction
from core.hands.preprocessing import PreprocessedHand
from core.hands.tracking import MAX_GAP, TrackedHand, smooth

IMAGE = np.zeros((128, 128), np.uint8)
BOX = Box(100, 100, 200, 200)


def hand(count: int, box: Box = BOX, sure: float = 0.95) -> HandResult:
    rest = (1 - sure) / 5
    probabilities = tuple(sure if n == count else rest for n in range(6))
    prepared = PreprocessedHand(IMAGE, (Step("a", "b", IMAGE),))
    return HandResult(Detection(box, 0.9), box, prepared, Prediction(probabilities, (0.1, 0.9)))


def counts(hands: tuple[TrackedHand, ...]) -> list[int]:
    return [each.prediction.fingers for each in hands]


def test_one_outlier_frame_changes_no_answer() -> None:
    hands: tuple[TrackedHand, ...] = ()
    for number in range(10):
        hands = smooth(hands, [hand(3)], number * 0.07)
    assert counts(smooth(hands, [hand(4, sure=0.6)], 0.7)) == [3]


@settings(deadline=None)
@given(
    st.floats(0.03, 0.5),
    st.floats(0.7, 1),
    st.floats(0.8, 1),
    st.integers(0, 5),
    st.integers(1, 5),
)
def test_a_changed_count_is_shown_within_a_quarter_of_a_second(
    pause: float, before: float, after: float, count: int, further: int
) -> None:
    changed_count = (count + further) % 6
    hands: tuple[TrackedHand, ...] = ()
    now = 0.0
    for _ in range(20):
        hands = smooth(hands, [hand(count, sure=before)], now := now + pause)
    changed = now = now + pause
    hands = smooth(hands, [hand(changed_count, sure=after)], now)
    while counts(hands) != [changed_count] or hands[0].prediction.fingers_unsure:
        hands = smooth(hands, [hand(changed_count, sure=after)], now := now + pause)
        assert now - changed <= 0.25


def test_a_briefly_missed_hand_is_still_shown() -> None:
    hands = smooth((), [hand(3)], 0.0)
    assert counts(smooth(hands, [], 0.1)) == [3]
    far = Box(400, 100, 500, 200)
    hands = smooth((), [hand(3), hand(1, far)], 0.0)
    assert counts(smooth(hands, [hand(1, far)], 0.1)) == [1, 3]


def test_a_hand_that_left_is_forgotten() -> None:
    hands = smooth((), [hand(3)], 0.0)
    for now in (0.1, 0.2):
        hands = smooth(hands, [], now)
    assert smooth(hands, [], MAX_GAP + 0.01) == ()
    (again,) = smooth(hands, [hand(4, sure=0.5)], MAX_GAP + 0.1)
    assert (
        again.prediction.fingers_probabilities == hand(4, sure=0.5).prediction.fingers_probabilities
    )


def test_a_hand_that_moved_far_is_not_shown_twice() -> None:
    hands = smooth((), [hand(3)], 0.0)
    assert counts(smooth(hands, [hand(4, Box(400, 100, 500, 200))], 0.07)) == [4]


def test_a_clock_that_goes_back_starts_over() -> None:
    hands = smooth((), [hand(3)], 1000.0)
    assert counts(smooth(hands, [hand(4, sure=0.5)], 1.0)) == [4]
    assert smooth(hands, [], 1.0) == ()


def test_two_hands_are_kept_apart() -> None:
    far = Box(400, 100, 500, 200)
    hands = smooth((), [hand(1), hand(5, far)], 0.0)
    swapped = smooth(hands, [hand(5, far), hand(1)], 0.07)
    assert counts(swapped) == [5, 1]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 5), st.floats(0.2, 1), st.floats(0, 0.5)), max_size=20))
def test_smoothed_probabilities_stay_probabilities(
    frames: list[tuple[int, float, float]],
) -> None:
    hands: tuple[TrackedHand, ...] = ()
    now = 0.0
    for count, sure, pause in frames:
        now += pause
        hands = smooth(hands, [hand(count, sure=sure)], now)
        (one,) = hands
        assert sum(one.prediction.fingers_probabilities) == pytest.approx(1)
        assert min(one.prediction.fingers_probabilities) >= 0


def test_smoothing_keeps_the_threshold_of_the_newest_frame() -> None:
    lax = hand(3, sure=0.7)
    strict = replace(lax, prediction=replace(lax.prediction, threshold=0.8))
    (tracked,) = before = smooth((), [strict], 0.0)
    assert tracked.prediction.threshold == 0.8
    assert tracked.prediction.fingers_unsure
    (tracked,) = missed = smooth(before, [], 0.05)
    assert tracked.prediction.fingers_unsure
    (tracked,) = before = smooth(missed, [lax], 0.1)
    assert tracked.prediction.threshold == ANSWER_THRESHOLD
    assert not tracked.prediction.fingers_unsure
    (tracked,) = smooth(before, [strict], 0.15)
    assert tracked.prediction.fingers_unsure
