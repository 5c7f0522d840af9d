"""The hand detector's outputs, the fused scores, and the targets of both hand models."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.common.types import IMAGE_SIZE, Box, Float32Array, Uint8Array
from core.hands.classifier import BACK, COUNT, HAND, LANDMARKS, RIGHT, sigmoid
from core.hands.detections import iou
from core.hands.detector import MAX_PROPOSALS, decode_proposals
from core.hands.postprocessing import (
    UNFITTED_FUSION,
    score_after_first_pass,
    score_after_second_pass,
)
from core.hands_training.calibration import (
    MAX_FALSE_POSITIVES,
    ScoreTable,
    fit_fusion,
)
from core.hands_training.classifier_samples import Sample, horizontal_flip
from core.hands_training.losses import (
    HEATMAP,
    OFFSETS,
    WEIGHT,
    frame_target,
    hand_target,
    no_hand_target,
)
from core.images.geometry import Square, crop, letterbox
from core.zoo.hand_detector import CELLS, FRAME_SIZE, OUTPUTS, STRIDE

COORDINATES = st.floats(5, FRAME_SIZE - 5)


def ideal_output(boxes: list[Box]) -> Float32Array:
    """The outputs of a perfect hand detector for a frame with these hands."""
    target = frame_target(boxes, [])
    output = np.zeros((CELLS, CELLS, OUTPUTS), np.float32)
    heat = np.clip(target[..., HEATMAP], 1e-4, 1 - 1e-4)
    output[..., 0] = np.log(heat / (1 - heat))
    known = target[..., WEIGHT] > 0
    output[known, 1:] = np.log(target[known][:, OFFSETS])
    return output


@settings(deadline=None, max_examples=60)
@given(COORDINATES, COORDINATES, st.floats(12, 150), st.floats(12, 150))
def test_a_perfect_detectors_outputs_decode_to_the_hand(
    x: float, y: float, width: float, height: float
) -> None:
    box = Box(
        max(0.0, x - width / 2),
        max(0.0, y - height / 2),
        min(FRAME_SIZE, x + width / 2),
        min(FRAME_SIZE, y + height / 2),
    )
    if min(box.width, box.height) < 12:
        return
    (found,) = decode_proposals(ideal_output([box]), 0.5)
    assert found.score > 0.99
    assert iou(found.box, box) > 0.98


def test_two_hands_stay_separate_and_their_number_is_bounded() -> None:
    two = [Box(10, 10, 60, 70), Box(110, 90, 170, 180)]
    found = [each.box for each in decode_proposals(ideal_output(two), 0.5)]
    assert all(max(iou(box, other) for other in found) > 0.98 for box in two)
    many = [Box(x, y, x + 30, y + 30) for x in (5, 70, 135) for y in (5, 70, 135)]
    assert len(decode_proposals(ideal_output(many), 0.5)) == MAX_PROPOSALS


def test_the_target_is_masked_where_a_hand_is_mostly_hidden() -> None:
    target = frame_target([Box(100, 100, 150, 150)], [Box(0, 0, 64, 64)])
    assert np.isnan(target[: 64 // STRIDE, : 64 // STRIDE, HEATMAP]).all()
    assert not np.isnan(target[10:, 10:, HEATMAP]).any()
    assert np.nanmax(target[..., HEATMAP]) == 1


def test_iou_is_intersection_over_union() -> None:
    assert iou(Box(0, 0, 10, 10), Box(0, 0, 10, 10)) == 1
    assert iou(Box(0, 0, 10, 10), Box(5, 0, 15, 10)) == pytest.approx(1 / 3)
    assert iou(Box(0, 0, 10, 10), Box(20, 20, 30, 30)) == 0


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 700), st.integers(1, 700))
def test_a_letterbox_keeps_positions(width: int, height: int) -> None:
    square = letterbox(np.zeros((height, width, 3), np.uint8), FRAME_SIZE)
    assert square.pixels.shape == (FRAME_SIZE, FRAME_SIZE, 3)
    whole = square.in_photo(Box(-5, -5, FRAME_SIZE, FRAME_SIZE))
    assert whole == pytest.approx((0, 0, width, height))


def test_a_square_is_cropped_at_its_position() -> None:
    grey = np.zeros((200, 300), np.uint8)
    grey[60:100, 120:160] = 255
    image = crop(grey, Square(140, 80, 80))
    assert image.shape == (IMAGE_SIZE, IMAGE_SIZE)
    assert image[64, 64] == 255
    assert image[20, 64] == 0
    # Half of the square is white.
    assert (image[:, 64] > 127).mean() == pytest.approx(0.5, abs=0.02)


def test_a_rotated_square_rotates_its_picture_back() -> None:
    grey = np.zeros((200, 200), np.uint8)
    grey[95:105, 100:180] = 255
    image = crop(grey, Square(100, 100, 200, rotation=90))
    assert image[30, 64] == 255
    assert image[64, 100] == 0


def test_three_scores_are_fused() -> None:
    fitted = replace(
        UNFITTED_FUSION,
        detector_weight=1,
        first_pass_weight=1,
        first_pass_bias=-1,
        fused_weight=1,
        second_pass_weight=1,
        bias=-2,
    )
    assert score_after_first_pass(fitted, 0.5, 1.0) == pytest.approx(0.5)
    assert score_after_first_pass(fitted, 0.9, 1.0) > score_after_first_pass(fitted, 0.5, 1.0)
    assert score_after_first_pass(fitted, 0.5, 3.0) > 0.8
    assert score_after_second_pass(fitted, 0.5, float(sigmoid(np.float64(2)))) == pytest.approx(0.5)
    assert (
        score_after_second_pass(fitted, 0.5, 0.99) > 0.8 > score_after_second_pass(fitted, 0.5, 0.1)
    )
    assert 0 <= score_after_first_pass(fitted, 0, -50) < score_after_first_pass(fitted, 1, 50) <= 1


def scores_with(rng: np.random.Generator, second_tells: float) -> ScoreTable:
    """400 photos with a hand and 400 without, one proposal each."""
    is_hand = np.arange(800) < 400
    sign = np.where(is_hand, 1.0, -1.0)
    return ScoreTable(
        detector=sign + rng.normal(0, 1, 800),
        first=sign + rng.normal(0, 1, 800),
        second=second_tells * sign + rng.normal(0, 1, 800),
        iou=np.where(is_hand, 0.8, 0.0),
        photo=np.arange(800),
        empty=~is_hand,
    )


def test_the_fitted_fusion_reports_few_false_hands() -> None:
    said = scores_with(np.random.default_rng(0), second_tells=3)
    fitted = fit_fusion(said)
    assert fitted.second_pass_weight > fitted.fused_weight > 0
    detector, second = sigmoid(said.detector), sigmoid(said.second)
    first = [
        score_after_first_pass(fitted, *each) for each in zip(detector, said.first, strict=True)
    ]
    score = np.array(
        [score_after_second_pass(fitted, *each) for each in zip(first, second, strict=True)]
    )
    reported = (np.array(first) >= fitted.first_pass_threshold) & (score >= fitted.threshold)
    assert reported[said.empty].mean() < MAX_FALSE_POSITIVES
    assert reported[~said.empty].mean() > 0.97
    useless = fit_fusion(scores_with(np.random.default_rng(0), second_tells=0))
    assert abs(useless.second_pass_weight) < 0.3 < useless.fused_weight


def test_too_few_scores_leave_the_fusion_at_its_defaults() -> None:
    none = np.zeros(0)
    said = ScoreTable(none, none, none, none, np.zeros(0, np.int64), np.zeros(0, np.bool_))
    assert fit_fusion(said) == UNFITTED_FUSION


def sample(image: Uint8Array, side: int) -> Sample:
    points = np.zeros((21, 2), np.float32)
    points[0] = (0.5, -0.25)
    return Sample(image, hand_target(3, side, 1, np.array([0, 1, 1, 1, 0]), points))


def test_a_flipped_sample_is_of_the_other_hand() -> None:
    image = np.arange(IMAGE_SIZE * IMAGE_SIZE, dtype=np.uint32).reshape(IMAGE_SIZE, IMAGE_SIZE)
    straight = sample((image % 251).astype(np.uint8), side=1)
    turned = horizontal_flip(straight)
    np.testing.assert_array_equal(turned.image, straight.image[:, ::-1])
    assert (straight.target[RIGHT], turned.target[RIGHT]) == (1, 0)
    assert turned.target[LANDMARKS][:2] == pytest.approx((-0.5, -0.25))
    np.testing.assert_array_equal(turned.target[COUNT], straight.target[COUNT])
    assert turned.target[BACK] == straight.target[BACK]


def test_unknown_labels_are_masked() -> None:
    row = hand_target(-1, -1, -1, np.full(5, -1), None)
    assert np.isnan(np.delete(row, HAND)).all()
    assert row[HAND] == 1
    assert no_hand_target()[HAND] == 0
    assert np.isnan(np.delete(no_hand_target(), HAND)).all()


def test_distant_landmarks_are_masked() -> None:
    points = np.zeros((21, 2), np.float32)
    points[4] = (1.7, 0)
    row = hand_target(1, 0, 0, np.array([0, 1, 0, 0, 0]), points)
    assert np.isnan(row[LANDMARKS][8])
    assert row[LANDMARKS][9] == 0
