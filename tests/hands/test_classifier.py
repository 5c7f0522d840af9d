"""The hand classifier's answers: their probabilities, and mirrored or rotated images."""

from dataclasses import replace

import numpy as np
import pytest

from core.common.types import IMAGE_SIZE, Box, Float32Array
from core.hands.classifier import (
    BACK,
    COUNT,
    EXTENDED,
    HAND,
    LANDMARK_MARGIN,
    LANDMARK_WEIGHT,
    LANDMARKS,
    RIGHT,
    HandClassifier,
    count_log_probabilities,
    refine_box,
    rotate_landmarks,
    rotation_of,
    undo_flip,
)
from core.hands.postprocessing import UNFITTED_CALIBRATION, as_prediction
from core.images.geometry import Square
from core.zoo.hand_classifier import OUTPUTS


def answer_row(count: int = 2, right: float = 3.0, back: float = -2.0) -> Float32Array:
    row = np.zeros(OUTPUTS, np.float32)
    row[COUNT][count] = 6
    row[RIGHT], row[BACK], row[HAND] = right, back, 4
    row[EXTENDED] = [-6, 6, 6, -6, -6]
    row[LANDMARKS] = np.linspace(-0.5, 0.5, 42)
    return row


def test_an_answer_becomes_probabilities() -> None:
    prediction = as_prediction(answer_row(), replace(UNFITTED_CALIBRATION, answer=0.7))
    assert (prediction.fingers, prediction.side, prediction.threshold) == (2, "R", 0.7)
    assert prediction.details is not None
    assert prediction.details.face == "palm"
    assert [round(p) for p in prediction.details.extended] == [0, 1, 1, 0, 0]
    assert prediction.details.joints[0] == pytest.approx((32, 32 + 64 / 41), abs=1e-3)
    assert not prediction.unsure


def test_a_temperature_lowers_confidence_and_changes_no_answer() -> None:
    cold = as_prediction(answer_row(), UNFITTED_CALIBRATION)
    warm = as_prediction(answer_row(), replace(UNFITTED_CALIBRATION, count=3, side=3, face=3))
    assert warm.fingers == cold.fingers
    assert max(warm.fingers_probabilities) < max(cold.fingers_probabilities)
    assert max(warm.side_probabilities) < max(cold.side_probabilities)


def test_single_fingers_contribute_to_the_count() -> None:
    """Against the distribution by counting all 32 combinations."""
    row = answer_row()
    row[COUNT] = 0
    row[EXTENDED] = [0.4, -1.2, 2.0, 0.1, -0.3]
    up = 1 / (1 + np.exp(-row[EXTENDED].astype(float)))
    expected = np.zeros(6)
    for combination in np.ndindex(2, 2, 2, 2, 2):
        expected[sum(combination)] += np.prod(np.where(combination, up, 1 - up))
    said = count_log_probabilities(row)
    voice = said - said[0]
    share = (np.log(expected) - np.log(expected[0]))[1:] / voice[1:]
    np.testing.assert_allclose(share, share[0], rtol=1e-5)


def test_mirroring_twice_changes_nothing() -> None:
    row = answer_row()
    np.testing.assert_array_equal(undo_flip(undo_flip(row)), row)
    assert undo_flip(row)[RIGHT] == -row[RIGHT]


def upright_landmarks() -> Float32Array:
    """(21, 2): a hand whose fingers point up, the thumb to the left."""
    joints = np.zeros((21, 2), np.float32)
    joints[0], joints[4], joints[9] = (0, 0.5), (-0.4, 0.1), (0, -0.1)
    return joints


class MirrorNet:
    """A net whose right-hand probability grows with the right half's brightness."""

    def answer(self, given: Float32Array) -> Float32Array:
        row = answer_row()
        half = IMAGE_SIZE // 2
        row[RIGHT] = float(given[0, :, half:].mean() - given[0, :, :half].mean())
        row[LANDMARKS] = upright_landmarks().reshape(-1)
        return row[None]


def test_a_mirrored_image_gets_the_other_side() -> None:
    classifier = HandClassifier(MirrorNet())  # type: ignore[arg-type]
    image = np.zeros((IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    image[:, 80:] = 200
    straight, turned = (
        classifier.classify(image),
        classifier.classify(np.ascontiguousarray(image[:, ::-1])),
    )
    assert straight[RIGHT] > 0
    assert turned[RIGHT] == -straight[RIGHT]


class CountingNet:
    """A net that counts its calls and always sees an upright right hand with two fingers."""

    def __init__(self, count: float = 6.0, right: float = 4.0, joints: Float32Array | None = None):
        self.asked = 0
        self.row = answer_row(right=right)
        self.row[COUNT][2] = count
        self.row[EXTENDED] *= count / 6
        self.row[LANDMARKS] = (upright_landmarks() if joints is None else joints).reshape(-1)

    def answer(self, given: Float32Array) -> Float32Array:
        self.asked += 1
        return self.row[None]


@pytest.mark.parametrize(
    ("net", "times"),
    [
        (CountingNet(), 1),
        (CountingNet(count=1.5), 4),
        (CountingNet(right=0.5), 4),
        (CountingNet(right=-0.5), 4),
        (CountingNet(joints=upright_landmarks()[:, ::-1].copy()), 4),
    ],
    ids=["sure", "count unsure", "side unsure", "other side unsure", "on its side"],
)
def test_only_uncertain_or_rotated_hands_get_four_passes(net: CountingNet, times: int) -> None:
    image = np.zeros((IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    HandClassifier(net).classify(image)  # type: ignore[arg-type]
    assert net.asked == times


class RotationNet:
    """A net that finds joints as an image's bright dots, best in upright hands."""

    def answer(self, given: Float32Array) -> Float32Array:
        row = answer_row()
        joints = np.zeros((21, 2), np.float32)
        for number, level in ((0, 100), (4, 150), (9, 200)):
            seen = np.median(np.argwhere(np.abs(given[0, :, :, 0] - level) < 6), axis=0)
            joints[number] = (seen[::-1] + 0.5) / (IMAGE_SIZE / 2) - 1
        row[LANDMARKS] = joints.reshape(-1)
        row[COUNT] = np.eye(6)[1 if abs(rotation_of(row)) < 3 else 2] * 8
        return row[None]


@pytest.mark.parametrize(("turn", "count"), [(10, 2), (70, 1), (-100, 1), (170, 1)])
def test_a_sideways_hand_is_also_classified_upright(turn: int, count: int) -> None:
    square = Square(IMAGE_SIZE / 2, IMAGE_SIZE / 2, IMAGE_SIZE, -turn).placement()
    joints = (upright_landmarks() + 1) * (IMAGE_SIZE / 2) @ square[:, :2].T + square[:, 2]
    image = np.zeros((IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    for number, level in ((0, 100), (4, 150), (9, 200)):
        x, y = np.rint(joints[number] - 0.5).astype(int)
        image[y - 6 : y + 7, x - 6 : x + 7] = level
    answer = HandClassifier(RotationNet()).classify(image)  # type: ignore[arg-type]
    # Sideways it answers two fingers as confidently as one when upright.
    assert (answer[COUNT][1] > 0) == (count == 1)
    assert abs(rotation_of(answer) - turn) < 6


def test_an_upright_hand_is_not_rotated() -> None:
    row = answer_row()
    row[LANDMARKS] = upright_landmarks().reshape(-1)
    assert rotation_of(row) == 0
    np.testing.assert_allclose(
        rotate_landmarks(rotate_landmarks(row, 40), -40)[LANDMARKS], row[LANDMARKS], atol=1e-6
    )
    assert rotation_of(rotate_landmarks(row, 40)) == pytest.approx(40, abs=1e-4)


def test_joints_refine_the_box() -> None:
    joints = np.zeros((21, 2), np.float32)
    joints[4], joints[20], joints[0] = (100, 120), (200, 160), (150, 220)
    joints[joints[:, 0] == 0] = (150, 150)
    box = refine_box(Box(90, 100, 190, 200), joints)
    margin = LANDMARK_MARGIN * 100
    expected = [
        (1 - LANDMARK_WEIGHT) * old + LANDMARK_WEIGHT * new
        for old, new in zip(
            (90, 100, 190, 200),
            (100 - margin, 120 - margin, 200 + margin, 220 + margin),
            strict=True,
        )
    ]
    assert box == pytest.approx(expected)
