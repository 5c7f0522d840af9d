"""How the finder and the reader are measured, and compared with the article's models."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from field_photos import PHOTOS

from core.artifacts import is_trained
from core.errors import UserError
from core.field_training.calibrating import calibrate_reader
from core.field_training.exam import EMPTY, ExamPhoto, exams, sources_in
from core.field_training.outcomes import Outcome, ask_peer, lab_outcomes, our_outcomes
from core.field_training.report import measure
from core.field_training.scores import (
    answered_share,
    count_share,
    found_share,
    misread,
    reported_share,
    side_share,
)
from core.field_training.sources import UNKNOWN, LabelledHand
from core.recognition import LabRecogniser
from core.samples import draw_sample as draw_person_s_hand
from core.types import SIDES, Box, Photo
from core.zoo import all_specs

HAND = LabelledHand(2, 1, 0, (0, 1, 1, 0, 0), Box(0, 0, 10, 10))


def outcome(fingers: int, sure: float = 0.9, side: int = 1, box: Box | None = HAND.box) -> Outcome:
    probabilities = tuple(sure if n == fingers else (1 - sure) / 5 for n in range(6))
    found = () if box is None else (box,)
    if box is None:
        return Outcome("x", (HAND,), (), UNKNOWN, UNKNOWN, UNKNOWN)
    return Outcome("x", (HAND,), found, fingers, side, 0, probabilities)


def test_a_hand_that_is_not_found_counts_as_wrong() -> None:
    said = [outcome(2), outcome(3), outcome(2, side=0), outcome(2, box=None)]
    assert count_share(said) == (4, 0.5)
    assert side_share(said) == (4, 0.5)
    assert found_share(said) == (4, 0.75)
    assert [(each.true, each.predicted) for each in misread("set", said)] == [
        ("2", "3"),
        ("2", "no hand"),
    ]


def test_found_needs_half_of_the_union() -> None:
    assert found_share([outcome(2, box=Box(0, 0, 10, 5.1))])[1] == 1
    assert found_share([outcome(2, box=Box(0, 0, 10, 4.9))])[1] == 0


def test_answers_are_given_as_long_as_99_of_100_are_right() -> None:
    right = [outcome(2, sure=0.9 - n / 1000) for n in range(100)]
    assert answered_share(right)[1] == 1
    assert answered_share([*right, outcome(3, sure=0.3)])[1] == 1
    two_wrong = [*right, outcome(3, sure=0.5), outcome(3, sure=0.4)]
    assert answered_share(two_wrong)[1] == pytest.approx(101 / 102)
    assert answered_share([outcome(3)])[1] == 0


def test_reported_hands_are_counted() -> None:
    empty = Outcome("x", (), (), UNKNOWN, UNKNOWN, UNKNOWN)
    wrong = Outcome("x", (), (Box(0, 0, 5, 5),), 1, 0, 0, (1.0,))
    assert reported_share([empty, empty, wrong, empty]) == (4, 0.25)


def test_our_outcomes_are_what_the_program_says() -> None:
    def drawn_photos() -> Iterator[ExamPhoto]:
        yield from list(exams({}, None)[EMPTY]())[:2]

    said = our_outcomes(drawn_photos(), LabRecogniser())
    assert len(said) == 2


def test_the_article_s_models_are_asked_as_their_recogniser_asks_them() -> None:
    def photos() -> Iterator[ExamPhoto]:
        for count in range(6):
            truth = LabelledHand(count, SIDES.index("R"), 0, (), None)
            photo = Photo(draw_person_s_hand(count, "R", count).pixels)
            yield ExamPhoto(str(count), photo, (truth,))
        yield ExamPhoto("empty", Photo(np.full((120, 160, 3), 90, np.uint8)), ())

    said = lab_outcomes(photos(), ["cnn_batch_norm", "hand_side"])
    both = our_outcomes(photos(), LabRecogniser())
    for count, side, whole in zip(said["cnn_batch_norm"], said["hand_side"], both, strict=True):
        assert (count.fingers, side.side) == (whole.fingers, whole.side)
        assert count.boxes == side.boxes == whole.boxes
        assert count.side == side.fingers == UNKNOWN
    assert count_share(said["cnn_batch_norm"])[0] == side_share(said["hand_side"])[0] == 6


def test_all_trained_models_of_the_article_are_compared(photos: Path) -> None:
    exam = {"selfies": exams(sources_in(photos), None)["selfies"]}
    rows = measure(exam, None).comparison
    assert {(row.title, row.target) for row in rows} == {
        (spec.title, spec.target) for spec in all_specs().values() if is_trained(spec.name)
    }
    assert {(row.field_images, row.lab_images) for row in rows} == {(PHOTOS // 5, 3_600)}


def test_without_photos_nothing_is_calibrated() -> None:
    class Silent:
        pass

    fitted = calibrate_reader(Silent(), {})  # type: ignore[arg-type]
    assert (fitted.count, fitted.side, fitted.face) == (1, 1, 1)


def test_a_peer_that_cannot_be_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="MediaPipe cannot be run"):
        ask_peer([tmp_path / "a.png"], tmp_path / "no-python")
