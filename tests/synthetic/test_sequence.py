"""Drawn sequences: the same for a seed, and true to what is seen in each frame."""

import itertools

import numpy as np
import pytest

from core.synthetic.sequence import SCENES, SequenceFrame, draw_sequence

SIZE = (160, 120)


def drawn(scene: str, seed: int = 7) -> list[SequenceFrame]:
    return list(draw_sequence(seed, scene, SIZE, frames_per_second=10))


@pytest.mark.parametrize("scene", SCENES)
def test_a_seed_decides_the_frames_and_hands_do_not_jump(scene: str) -> None:
    frames, again = drawn(scene), drawn(scene)
    assert len(frames) == 40
    for one, other in zip(frames, again, strict=True):
        assert one.pixels.shape == (120, 160, 3)
        assert np.array_equal(one.pixels, other.pixels)
        assert one.hands == other.hands
    for early, late in itertools.pairwise(frames):
        for before, after in zip(early.hands, late.hands, strict=True):
            assert before.side == after.side
            if min(before.visible, after.visible) > 0.9:
                step = np.subtract(before.box, after.box)
                assert max(abs(step[0] + step[2]), abs(step[1] + step[3])) / 2 < SIZE[0] / 4


def test_other_seeds_show_other_people() -> None:
    one, other = drawn("moving", 1)[0], drawn("moving", 2)[0]
    assert not np.array_equal(one.pixels, other.pixels)


def test_a_count_is_unknown_only_while_it_changes() -> None:
    counts = [frame.hands[0].fingers for frame in drawn("counting")]
    assert 4 <= counts.count(None) <= 12
    steady = [count for count in counts if count is not None]
    assert len({*steady}) >= 3
    for before, after in itertools.pairwise(counts):
        assert before == after or None in (before, after)


def test_a_hand_leaves_and_comes_again_with_another_count() -> None:
    hands = [frame.hands[0] for frame in drawn("leaving")]
    visible = [hand.visible > 0.5 for hand in hands]
    assert visible[0]
    assert visible[-1]
    assert min(hand.visible for hand in hands) == 0
    comings = [number for number in range(1, 40) if visible[number] and not visible[number - 1]]
    assert len(comings) == 2
    assert hands[0].fingers != hands[comings[0]].fingers
    gone = next(hand for hand in hands if hand.visible == 0)
    assert gone.box.width * gone.box.height == 0 or gone.box.width < 20


def test_hands_that_cross_hide_one_another_and_change_places() -> None:
    frames = drawn("crossing")
    assert {hand.side for hand in frames[0].hands} == {"L", "R"}
    one, other = frames[0].hands
    assert one.fingers != other.fingers
    places = [[hand.box.x0 < SIZE[0] / 3 for hand in frame.hands] for frame in frames]
    assert places[0] == places[-1] == [True, False]
    assert places[19] == [False, True]
    assert min(hand.visible for frame in frames for hand in frame.hands) < 0.7
