"""What is learnt of signs, and what is said of it."""

import json

import numpy as np
import pytest

from core.common.types import Float16Array
from core.few_shot.features import FrozenLayers
from core.few_shot.head_file import HeadFileError, head_json, open_head
from core.few_shot.learning import Learnt, Sample, at_least, learn
from core.few_shot.lesson import Lesson, LessonError, Recording, Sign
from core.few_shot.own_counts import COUNTS_LESSON, own_counts
from core.few_shot.regression import Regression
from core.zoo.hand_classifier import FEATURES, OUTPUTS

VERSION = "a" * 64
RNG = np.random.default_rng(0)
CENTRES = 3 * RNG.random((3, FEATURES)) * (RNG.random((3, FEATURES)) < 0.3)


class _NoNet:
    pass


FROZEN = FrozenLayers(
    _NoNet(),  # type: ignore[arg-type]  # features are made here
    VERSION,
    np.maximum(0, RNG.normal(0, 1, (60, FEATURES))),
    Regression(np.zeros((OUTPUTS, FEATURES)), np.zeros(OUTPUTS)),
)


def samples(sign: int, count: int = 12) -> Float16Array:
    noisy = CENTRES[sign] + RNG.normal(0, 0.2, (count, FEATURES))
    return np.asarray(np.maximum(0, noisy), np.float16)


def lesson(recordings: int = 2) -> Lesson:
    return Lesson(
        tuple(
            Sign(name, tuple(Recording(10 * sign + n, samples(sign)) for n in range(recordings)))
            for sign, name in enumerate(("Thumb up", "Letter L", "Stop"))
        )
    )


def learnt(recordings: int = 2) -> Learnt:
    return learn(lesson(recordings), FROZEN)


def test_signs_are_told_apart_and_other_hands_are_none_of_them() -> None:
    head = learnt().head
    for sign in range(3):
        assert head.answer(samples(sign, 1)[0]) == sign
    others = [head.answer(each) for each in FROZEN.world]
    assert others.count(None) > 0.9 * len(others)
    assert head.learned == 4 * (FEATURES + 1)


def test_two_recordings_of_each_sign_are_told_from_chance_and_one_is_not() -> None:
    twice = learnt().verdict
    assert twice.is_told_from_chance
    assert (twice.right, twice.recordings) == (6, 6)
    assert twice.confusion.sum() == 72
    once = learnt(1).verdict
    assert not once.is_told_from_chance
    assert once.alone == ("Thumb up", "Letter L", "Stop")


def test_recordings_of_the_same_thing_are_not_told_from_chance() -> None:
    same = Lesson(
        tuple(
            Sign(name, tuple(Recording(10 * place + n, samples(0)) for n in range(2)))
            for place, name in enumerate(("One", "Other"))
        )
    )
    assert not learn(same, FROZEN).verdict.is_told_from_chance


def test_a_sample_of_another_sign_pulls_the_wrong_way() -> None:
    spoilt = samples(0)
    spoilt[5] = samples(1, 1)[0]
    mixed = lesson().with_recording(0, spoilt)
    number = mixed.signs[0].recordings[-1].number
    assert learn(mixed, FROZEN).harmful == (Sample(number, 5),)
    assert learn(mixed.without_sample(number, 5), FROZEN).harmful == ()


def test_chance_is_binomial() -> None:
    assert at_least(2, 2, 0.5) == 0.25
    assert at_least(0, 3, 0.2) == pytest.approx(1)


def test_a_saved_head_opens_with_the_same_answers() -> None:
    taught = lesson()
    before = learn(taught, FROZEN)
    saved = head_json(before.head, taught, VERSION)
    assert len(saved) < 100_000
    after = learn(open_head(saved, VERSION), FROZEN)
    np.testing.assert_array_equal(after.head.weights, before.head.weights)
    assert after.head.threshold == before.head.threshold


def changed(**fields: object) -> bytes:
    saved = json.loads(head_json(learnt().head, lesson(), VERSION))
    return json.dumps(saved | fields).encode()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not a file of signs"),
        (b"[" * 100_000, "not a file of signs"),
        (changed(format="head of signs, version 2"), "not a file of signs"),
        (changed(features="b" * 64), "another version"),
        (changed(names=["a", "b"]), "not a file of signs"),
        (changed(threshold=float("nan")), "not a file of signs"),
        (changed(samples=[]), "not a file of signs"),
        (b" " * 4_000_001, "larger than"),
    ],
)
def test_other_files_get_a_plain_sentence(content: bytes, said: str) -> None:
    with pytest.raises(HeadFileError, match=said):
        open_head(content, VERSION)


def test_names_are_checked() -> None:
    for name in ("", "x" * 25, "letter l", "a\nb"):
        with pytest.raises(LessonError):
            lesson().renamed(0, name)
    assert lesson().renamed(0, " Stop sign ").signs[0].name == "Stop sign"


def test_counts_of_ones_own_hand_correct_the_reader() -> None:
    taught = COUNTS_LESSON
    centres = 3 * RNG.random((6, FEATURES))
    for _ in range(2):
        for count in range(6):
            noisy = np.maximum(0, centres[count] + RNG.normal(0, 0.2, (5, FEATURES)))
            taught = taught.with_recording(count, noisy.astype(np.float16))
    found = own_counts(taught, learn(taught, FROZEN), FROZEN)
    assert found is not None
    # This reader says the same of every hand.
    assert (found.samples, found.before, found.after) == (60, 10, 60)
    assert own_counts(lesson(), learnt(), FROZEN) is None
