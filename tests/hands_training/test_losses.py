"""The losses of the hand detector and the hand classifier, by hand and by what they must prefer."""

import numpy as np
import pytest

from core.common.types import Box
from core.hands_training.losses import (
    BINARY_WEIGHTS,
    classification_loss,
    detection_loss,
    frame_target,
    hand_target,
    no_hand_target,
)
from tests.helpers.keras_process import in_keras_process

pytestmark = pytest.mark.keras


@in_keras_process
def test_the_classifier_loss_is_small_for_correct_logits() -> None:
    logits = np.random.default_rng(0).standard_normal((2, 56)).astype("float32")
    hand = hand_target(3, 1, 0, np.array([0, 1, 1, 1, 0]), np.zeros((21, 2), np.float32))
    hands = np.stack([hand, hand])
    right = logits.copy()
    right[:, [3, 6, 7, 8]] = 9, 9, -9, 9
    right[:, 9:14] = -9, 9, 9, 9, -9
    right[:, 14:] = 0
    assert float(classification_loss(hands, right)) < 0.25
    assert float(classification_loss(hands, logits)) > 0.25


@in_keras_process
def test_a_crop_without_a_hand_only_trains_that_output() -> None:
    logits = np.random.default_rng(0).standard_normal((1, 56)).astype("float32")
    loss = float(classification_loss(no_hand_target()[None], logits))
    assert loss == pytest.approx(BINARY_WEIGHTS[2] * np.log1p(np.exp(logits[0, 8])), rel=1e-5)


@in_keras_process
def test_only_wrong_boxes_and_missed_hands_raise_the_detector_loss() -> None:
    target = frame_target([Box(60, 50, 120, 140)], [Box(0, 0, 40, 40)])[None]
    output = np.full((1, 24, 24, 5), -6, "float32")
    known = target[..., 1] > 0
    output[known, 0] = 0
    output[known, 1:] = np.log(target[known][:, 2:])
    centre = np.nan_to_num(target[..., 0]) > 0.999
    output[centre, 0] = 8
    right = float(detection_loss(target, output))
    output[..., 1:] += 1
    assert float(detection_loss(target, output)) > right + 0.3
    output[centre, 0] = -8
    missed = float(detection_loss(target, output))
    assert missed > right + 3
    # Inside a box where it is unclear whether there is a hand, any answer costs the same.
    output[0, 1, 1, 0] = 20
    assert float(detection_loss(target, output)) == pytest.approx(missed, rel=1e-7)
