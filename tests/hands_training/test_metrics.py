"""The metrics of the hand models, and their comparison with the article's models."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.artifacts.store import is_trained
from core.common.errors import UserError
from core.common.types import FACES, SIDES, Box, Photo
from core.hands.pipeline import ArticleRecogniser, hand_recogniser, recognise
from core.hands_training.calibration import calibrate_classifier
from core.hands_training.metrics import (
    answered_share,
    count_share,
    found_share,
    metric_rows,
    misread,
    reported_share,
    side_share,
    sure_and_wrong_share,
    total_share,
    twice_share,
)
from core.hands_training.photo_datasets import UNKNOWN
from core.hands_training.photo_labels import LabelledHand
from core.hands_training.predictions import (
    PhotoPrediction,
    article_predictions,
    ask_baseline,
    our_predictions,
)
from core.hands_training.report import measure
from core.hands_training.test_sets import EvaluationPhoto, make_test_sets, sources_in
from core.synthetic.photo import PhotoSettings, draw_photo
from core.synthetic.sample_photos import draw_sample as draw_person_s_hand
from core.zoo import article_specs
from tests.helpers.hand_photo_files import PHOTOS

HAND = LabelledHand(2, 1, 0, (0, 1, 1, 0, 0), Box(0, 0, 10, 10))


def prediction(
    fingers: int, sure: float = 0.9, side: int = 1, box: Box | None = HAND.box
) -> PhotoPrediction:
    probabilities = tuple(sure if n == fingers else (1 - sure) / 5 for n in range(6))
    found = () if box is None else (box,)
    if box is None:
        return PhotoPrediction("x", (HAND,), (), UNKNOWN, UNKNOWN, UNKNOWN)
    return PhotoPrediction("x", (HAND,), found, fingers, side, 0, probabilities)


def test_a_hand_that_is_not_found_counts_as_wrong() -> None:
    said = [prediction(2), prediction(3), prediction(2, side=0), prediction(2, box=None)]
    assert count_share(said) == (4, 0.5)
    assert side_share(said) == (4, 0.5)
    assert found_share(said) == (4, 0.75)
    assert [(each.true, each.predicted) for each in misread("set", said)] == [
        ("2", "3"),
        ("2", "no hand"),
    ]


def test_a_found_hand_needs_an_iou_of_one_half() -> None:
    assert found_share([prediction(2, box=Box(0, 0, 10, 5.1))])[1] == 1
    assert found_share([prediction(2, box=Box(0, 0, 10, 4.9))])[1] == 0


def test_answers_are_given_while_99_of_100_are_correct() -> None:
    right = [prediction(2, sure=0.9 - n / 1000) for n in range(100)]
    assert answered_share(right)[1] == 1
    assert answered_share([*right, prediction(3, sure=0.3)])[1] == 1
    two_wrong = [*right, prediction(3, sure=0.5), prediction(3, sure=0.4)]
    assert answered_share(two_wrong)[1] == pytest.approx(101 / 102)
    assert answered_share([prediction(3)])[1] == 0


def test_reported_hands_are_counted() -> None:
    empty = PhotoPrediction("x", (), (), UNKNOWN, UNKNOWN, UNKNOWN)
    false_positive = PhotoPrediction("x", (), (Box(0, 0, 5, 5),), 1, 0, 0, (1.0,))
    assert reported_share([empty, empty, false_positive, empty]) == (4, 0.25)


def test_two_hands_count_if_both_are_found_and_the_total_is_right() -> None:
    two = (HAND, LabelledHand(5, 0, 0, (1,) * 5, Box(20, 0, 30, 10)))
    boxes = (Box(0, 0, 10, 10), Box(20, 0, 30, 10))
    right = PhotoPrediction("x", two, boxes, 5, total=7)
    wrong = [
        PhotoPrediction("x", two, boxes, 5, total=6),
        PhotoPrediction("x", two, boxes[:1], 5, total=7),
        PhotoPrediction("x", two, (), UNKNOWN),
    ]
    unknown = PhotoPrediction("x", (HAND, LabelledHand(UNKNOWN, 0, 0, (), None)), boxes, 5, total=7)
    assert total_share([right, *wrong, unknown]) == (4, 0.25)
    assert twice_share([PhotoPrediction("x", (HAND,), boxes, 2), prediction(2), right]) == (2, 0.5)


def test_wrong_answers_count_only_if_they_are_sure() -> None:
    sure_right, sure_wrong = (replace(prediction(count), sure=True) for count in (2, 3))
    said = [sure_right, sure_right, sure_wrong, prediction(3), prediction(2, box=None)]
    images, share = sure_and_wrong_share(said)
    assert images == 3
    assert share == pytest.approx(1 / 3)


def test_each_kind_picks_its_photos() -> None:
    def kind(title: str, measure: str, *hands: LabelledHand) -> bool:
        (row,) = [row for row in metric_rows() if (row.data, row.measure) == (title, measure)]
        return row.shows(PhotoPrediction("x", hands, (), UNKNOWN, height=100))

    fist, thumb = replace(HAND, fingers=0), replace(HAND, fingers=1, extended=(1, 0, 0, 0, 0))
    found = "hand found (IoU ≥ 0.5)"
    assert kind("fists", found, fist)
    assert not kind("fists", found, HAND)
    assert not kind("fists", found, fist, fist)
    assert kind("thumbs up and down", "count", thumb)
    assert not kind("thumbs up and down", "count", replace(HAND, fingers=1))
    assert kind("hands under 15% of the height", "count", HAND)
    assert not kind("hands under 15% of the height", "count", replace(HAND, box=Box(0, 0, 9, 16)))
    assert kind("photos of two hands", "number of hands and their total", HAND, HAND)
    assert not kind("photos of two hands", "number of hands and their total", HAND)
    assert kind("photos of one hand", "sure and wrong", HAND)


def test_our_predictions_are_what_the_program_says() -> None:
    recogniser = hand_recogniser()
    two_hands = PhotoSettings(
        width=640, height=480, hands=2, size=(0.4, 0.6), tilt=(-20, 20), disturbance=0.2
    )
    photos = [
        EvaluationPhoto("one", Photo(draw_person_s_hand(4, "L", 3).pixels), (HAND,)),
        EvaluationPhoto("two", Photo(draw_photo(901, two_hands).pixels), (HAND, HAND)),
        EvaluationPhoto("none", Photo(np.full((120, 160, 3), 90, np.uint8)), ()),
    ]
    one, two, none = our_predictions(photos, recogniser)
    for photo, predicted in zip(photos, (one, two, none), strict=True):
        hands = recognise(photo.photo, recogniser).hands
        assert (predicted.name, predicted.truths) == (photo.name, photo.hands)
        assert predicted.boxes == tuple(hand.detection.box for hand in hands)
    assert (len(one.boxes), len(two.boxes), len(none.boxes)) == (1, 2, 0)
    for photo, predicted in ((photos[0], one), (photos[1], two)):
        best = recognise(photo.photo, recogniser).hands[0].prediction
        assert best.details is not None
        assert (predicted.fingers, SIDES[predicted.side]) == (best.fingers, best.side)
        assert FACES[predicted.face] == best.details.face
        assert predicted.probabilities == best.fingers_probabilities
        assert predicted.confidence == max(best.fingers_probabilities)
        assert predicted.total == sum(
            hand.prediction.fingers for hand in recognise(photo.photo, recogniser).hands
        )
        assert predicted.sure != best.fingers_unsure
        assert predicted.height == photo.photo.height
    assert (one.fingers, SIDES[one.side]) == (4, "L")
    assert (none.fingers, none.side, none.face, none.confidence) == (UNKNOWN,) * 3 + (0.0,)


@pytest.mark.slow
def test_the_article_s_models_predict_as_in_their_recogniser() -> None:
    def photos() -> Iterator[EvaluationPhoto]:
        for count in range(6):
            truth = LabelledHand(count, SIDES.index("R"), 0, (), None)
            photo = Photo(draw_person_s_hand(count, "R", count).pixels)
            yield EvaluationPhoto(str(count), photo, (truth,))
        yield EvaluationPhoto("empty", Photo(np.full((120, 160, 3), 90, np.uint8)), ())

    said = article_predictions(photos(), ["cnn_batch_norm", "hand_side"])
    both = our_predictions(photos(), ArticleRecogniser())
    for count, side, whole in zip(said["cnn_batch_norm"], said["hand_side"], both, strict=True):
        assert (count.fingers, side.side) == (whole.fingers, whole.side)
        assert count.boxes == side.boxes == whole.boxes
        assert count.side == side.fingers == UNKNOWN
    assert count_share(said["cnn_batch_norm"])[0] == side_share(said["hand_side"])[0] == 6


def test_all_trained_models_of_the_article_are_compared(photos: Path) -> None:
    test_set = {"selfies": make_test_sets(sources_in(photos), None)["selfies"]}
    rows = measure(test_set, None).comparison
    assert {(row.title, row.target) for row in rows} == {
        (spec.title, spec.target) for spec in article_specs().values() if is_trained(spec.name)
    }
    assert {(row.photo_images, row.dataset_images) for row in rows} == {(PHOTOS // 5, 3_600)}


def test_without_photos_nothing_is_calibrated() -> None:
    class Silent:
        pass

    fitted = calibrate_classifier(Silent(), {})  # type: ignore[arg-type]
    assert (fitted.count, fitted.side, fitted.face) == (1, 1, 1)


def test_a_baseline_that_cannot_be_run_is_reported(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="MediaPipe cannot be run"):
        ask_baseline([tmp_path / "a.png"], tmp_path / "no-python")


def test_a_baseline_that_prints_no_answers_is_reported(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="MediaPipe cannot be run"):
        ask_baseline([tmp_path / "a.png"], Path("/bin/echo"))
