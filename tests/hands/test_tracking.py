"""Followed hands: answers are smooth, the detector runs seldom, and each hand is told once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.common.types import Box
from core.hands.detections import iou, is_same_hand
from core.hands.tracking import (
    DETECTION_INTERVAL,
    MAX_GAP,
    NEARER_INTERVAL,
    SEARCH,
    TrackingSettings,
    Tracks,
)
from tests.helpers.hand_scene import BOX, FAR, Scene, Shown, counts, follow


def test_one_outlier_frame_changes_no_answer() -> None:
    tracks = Tracks()
    for number in range(10):
        tracks = follow(tracks, [Shown(3)], number * 0.07)
    assert counts(follow(tracks, [Shown(4, sure=0.6)], 0.7)) == [3]


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
    tracks, now = Tracks(), 0.0
    for _ in range(20):
        tracks = follow(tracks, [Shown(count, sure=before)], now := now + pause)
    changed = now = now + pause
    tracks = follow(tracks, [Shown(changed_count, sure=after)], now)
    while counts(tracks) != [changed_count] or tracks.hands[0].prediction.fingers_unsure:
        tracks = follow(tracks, [Shown(changed_count, sure=after)], now := now + pause)
        assert now - changed <= 0.25


def test_the_detector_runs_seldom_while_a_hand_is_followed() -> None:
    scene, tracks = Scene(), Tracks()
    for number in range(30):
        box = Box(100 + 4 * number, 100, 200 + 4 * number, 200)
        tracks = follow(tracks, [Shown(3, box)], number / 30, scene)
        assert counts(tracks) == [3]
        assert iou(tracks.hands[0].place, box) > 0.9
    assert scene.detections <= 1 + 1 / DETECTION_INTERVAL


def test_a_new_hand_is_found_beside_a_followed_one() -> None:
    tracks, now = follow(Tracks(), [Shown(3)], 0.0), 0.0
    while len(tracks.hands) < 2:
        tracks = follow(tracks, [Shown(3), Shown(1, FAR)], now := now + 1 / 30)
        assert now <= DETECTION_INTERVAL + 1 / 30
    assert sorted(counts(tracks)) == [1, 3]


def test_a_lost_hand_is_looked_for_at_once() -> None:
    scene = Scene()
    tracks = follow(Tracks(), [Shown(3)], 0.0, scene)
    assert counts(follow(tracks, [Shown(3, FAR)], 1 / 30, scene)) == [3]
    assert scene.detections == 2


def test_a_hand_that_was_hidden_is_told_again_at_once() -> None:
    both = [Shown(3), Shown(1, FAR)]
    tracks, now = follow(Tracks(), both, 0.0), 0.0
    for _ in range(20):
        tracks = follow(tracks, [Shown(3)], now := now + 1 / 30)
    assert counts(tracks) == [3]
    assert sorted(counts(follow(tracks, both, now + 1 / 30))) == [1, 3]


def test_after_a_while_a_lost_hand_is_looked_for_as_seldom_as_a_new_one() -> None:
    scene = Scene()
    tracks, now = follow(Tracks(), [Shown(3), Shown(1, FAR)], 0.0), 0.0
    while now < SEARCH + MAX_GAP + DETECTION_INTERVAL:
        tracks = follow(tracks, [Shown(3)], now := now + 1 / 30)
    for _ in range(30):
        tracks = follow(tracks, [Shown(3)], now := now + 1 / 30, scene)
    assert scene.detections <= 1 + 1 / DETECTION_INTERVAL


def test_the_box_does_not_lag_behind_a_moving_hand() -> None:
    tracks = Tracks()
    for number in range(30):
        box = Box(100 + 10 * number, 100, 200 + 10 * number, 200)
        tracks = follow(tracks, [Shown(3, box)], number / 30)
        assert iou(tracks.hands[0].box, box) > 0.9


def test_a_briefly_missed_hand_is_still_shown() -> None:
    tracks = follow(Tracks(), [Shown(3)], 0.0)
    assert counts(follow(tracks, [], 0.1)) == [3]
    tracks = follow(Tracks(), [Shown(3), Shown(1, FAR)], 0.0)
    assert counts(follow(tracks, [Shown(1, FAR)], 0.1)) == [1, 3]


def test_a_hand_that_left_is_forgotten() -> None:
    tracks = follow(Tracks(), [Shown(3)], 0.0)
    for now in (0.1, 0.2):
        tracks = follow(tracks, [], now)
    assert not follow(tracks, [], MAX_GAP + 0.01).hands
    (again,) = follow(tracks, [Shown(4, sure=0.5)], MAX_GAP + 0.1).hands
    assert again.prediction.fingers_probabilities[4] == 0.5


def test_what_the_detector_no_longer_sees_is_no_hand() -> None:
    scene = Scene()
    tracks, now = follow(Tracks(), [Shown(3)], 0.0, scene), 0.0
    scene.detected = []
    while tracks.hands:
        tracks = follow(tracks, [Shown(3)], now := now + 1 / 30, scene)
        assert now <= DETECTION_INTERVAL + MAX_GAP + 2 / 30


@pytest.mark.parametrize("part", [Box(110, 110, 160, 160), Box(120, 100, 210, 200)])
def test_a_hand_that_is_detected_twice_is_told_once(part: Box) -> None:
    scene = Scene(detected=[BOX, part])
    tracks = follow(Tracks(), [Shown(3)], 0.0, scene)
    assert counts(tracks) == [3]
    assert counts(follow(tracks, [Shown(3)], 0.2, scene)) == [3]


def test_a_hand_that_moved_far_is_not_shown_twice() -> None:
    tracks = follow(Tracks(), [Shown(3)], 0.0)
    assert counts(follow(tracks, [Shown(4, FAR)], 0.07)) == [4]


def test_a_clock_that_goes_back_starts_over() -> None:
    tracks = follow(Tracks(), [Shown(3)], 1000.0)
    assert counts(follow(tracks, [Shown(4, sure=0.5)], 1.0)) == [4]
    assert not follow(tracks, [], 1.0).hands


def test_two_hands_are_kept_apart() -> None:
    tracks = follow(Tracks(), [Shown(1), Shown(5, FAR)], 0.0)
    for number in range(1, 20):
        tracks = follow(tracks, [Shown(5, FAR), Shown(1)], number / 30)
        places = {hand.prediction.fingers: hand.box for hand in tracks.hands}
        assert is_same_hand(places[1], BOX)
        assert is_same_hand(places[5], FAR)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 5), st.floats(0.2, 1), st.floats(0, 0.5)), max_size=20))
def test_smoothed_probabilities_stay_probabilities(
    frames: list[tuple[int, float, float]],
) -> None:
    tracks, now = Tracks(), 0.0
    for count, sure, pause in frames:
        now += pause
        tracks = follow(tracks, [Shown(count, sure=sure)], now)
        (one,) = tracks.hands
        assert sum(one.prediction.fingers_probabilities) == pytest.approx(1)
        assert min(one.prediction.fingers_probabilities) >= 0


def test_smoothing_keeps_the_threshold_of_the_newest_frame() -> None:
    lax, strict = Shown(3, sure=0.7), Shown(3, sure=0.7, threshold=0.8)
    tracks = follow(Tracks(), [strict], 0.0)
    assert tracks.hands[0].prediction.fingers_unsure
    assert follow(tracks, [], 0.05).hands[0].prediction.fingers_unsure
    tracks = follow(tracks, [lax], 0.1)
    assert not tracks.hands[0].prediction.fingers_unsure
    assert follow(tracks, [strict], 0.15).hands[0].prediction.fingers_unsure


def test_one_hand_at_most_stays_the_same_hand() -> None:
    one, scene = TrackingSettings(max_hands=1), Scene()
    both = [Shown(1, sure=0.7), Shown(5, FAR)]
    tracks = follow(Tracks(), both[:1], 0.0, scene, one)
    for number in range(1, 30):
        tracks = follow(tracks, both, number / 30, scene, one)
        assert counts(tracks) == [1]
    assert counts(follow(tracks, both[1:], 1.5, scene, one)) == [5]


def test_fewer_hands_hold_at_once() -> None:
    tracks = follow(Tracks(), [Shown(1), Shown(5, FAR)], 0.0)
    assert len(tracks.hands) == 2
    one = TrackingSettings(max_hands=1)
    assert len(follow(tracks, [Shown(1), Shown(5, FAR)], 0.05, chosen=one).hands) == 1


def test_without_smoothing_every_frame_answers_for_itself() -> None:
    rough, strong = TrackingSettings(half_life=0.0), TrackingSettings(half_life=0.3)
    tracks = follow(Tracks(), [Shown(3)], 0.0)
    assert counts(follow(tracks, [Shown(4)], 0.05, chosen=rough)) == [4]
    assert counts(follow(tracks, [Shown(4)], 0.05, chosen=strong)) == [3]
    assert counts(follow(tracks, [Shown(4)], 0.05)) == [3]


def test_small_hands_are_looked_for_now_and_then_while_none_is_seen() -> None:
    small = Box(100, 100, 160, 160)
    scene, tracks = Scene(detected=[]), Tracks()
    steps = int(2 * NEARER_INTERVAL / 0.05)
    for number in range(steps):
        tracks = follow(tracks, [], number * 0.05, scene)
    assert scene.searches == 2
    scene.small = [small]
    # The detector sees it near by only, and there again and again.
    for number in range(steps, 3 * steps):
        tracks = follow(tracks, [Shown(2, small)], number * 0.05 + 0.01, scene)
        assert counts(tracks) == [2]
    assert scene.searches == 3
    scene.small = []
    for number in range(3 * steps, 4 * steps):
        tracks = follow(tracks, [Shown(2, small)], number * 0.05, scene)
    assert counts(tracks) == []
