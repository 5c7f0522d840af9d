"""The shipped models over drawn sequences: followed hands are told no less rightly, and once."""

import pytest

from core.common.types import Box
from core.hands.pipeline import hand_recogniser
from core.synthetic.sequence import SequenceFrame, SequenceHand, draw_sequence
from tests.helpers.following import Tally, Told, compare, lately

LEFT, RIGHT = Box(0, 0, 50, 100), Box(100, 0, 150, 100)
TRUTH = (SequenceHand(2, "L", LEFT, 1.0), SequenceHand(5, "R", RIGHT, 1.0))
SEED = 9_200_501


def judged(*told: Told, there: int = 2, truth: tuple[SequenceHand, ...] = TRUTH) -> Tally:
    tally = Tally()
    tally.judge(truth, there, told)
    return tally


def test_what_is_told_is_judged_by_the_hand_it_lies_on() -> None:
    right = judged(Told(RIGHT, 5, "R"), Told(LEFT, 2, "L"))
    assert right == Tally(hands=2, found=2, counts=2, counts_right=2, sides_right=2)
    exchanged = judged(Told(RIGHT, 2, "L"), Told(LEFT, 5, "R"))
    assert exchanged == Tally(hands=2, found=2, counts=2, exchanged=2)
    assert judged(Told(LEFT, 2, "L")).found == 1
    assert judged(Told(LEFT, None, None)) == Tally(hands=2, found=1, counts=2)
    assert judged(*[Told(LEFT, 2, "L")] * 3).too_many == 1
    assert judged(*[Told(LEFT, 2, "L")] * 3).found == 1


def test_hands_that_change_or_are_hidden_are_not_judged() -> None:
    changing = (SequenceHand(None, "L", LEFT, 1.0), SequenceHand(5, "R", RIGHT, 0.4))
    tally = judged(Told(LEFT, 3, "L"), Told(RIGHT, 1, "L"), truth=changing)
    assert tally == Tally(hands=1, found=1, sides_right=1)


def test_a_hand_that_left_counts_for_a_moment_still() -> None:
    def frame(second: float, visible: float) -> SequenceFrame:
        hand = SequenceHand(1, "L", LEFT, visible)
        return SequenceFrame(second, None, (hand,))  # type: ignore[arg-type]

    frames = [frame(0.0, 1.0), frame(0.1, 0.0), frame(0.2, 0.0), frame(0.4, 0.0)]
    assert [there for _, there in lately(frames)] == [1, 1, 1, 0]


@pytest.mark.slow
@pytest.mark.parametrize("scene", ["crossing", "leaving"])
def test_following_is_no_less_right_than_reading_each_frame_anew(scene: str) -> None:
    frames = list(draw_sequence(SEED, scene, frames_per_second=12))
    anew, followed = compare(frames, hand_recogniser())
    assert followed.hands >= 25
    assert followed.counts_right >= max(anew.counts_right, 0.9 * followed.counts)
    assert followed.sides_right >= max(anew.sides_right, 0.9 * followed.hands)
    assert followed.too_many <= anew.too_many
    assert followed.exchanged == 0
