"""Synthetic hands: labels that hold, identical pixels for a seed, the Fingers dataset's look."""

from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.common.types import (
    FACES,
    FINGER_COUNTS,
    SIDES,
    BoolArray,
    Face,
    Float32Array,
    Side,
    Uint8Array,
)
from core.synthetic.background import BACKGROUNDS
from core.synthetic.dataset_look import draw_dataset_image
from core.synthetic.photo import PhotoSettings, draw_photo
from core.synthetic.pose import ALL_COMBINATIONS, DATASET_GESTURES, Fingers, sample_pose
from core.synthetic.scene import ARMS
from core.synthetic.skeleton import pose_skeleton, sample_shape

SEEDS = st.integers(0, 2**32 - 1)
CLEAR = PhotoSettings(width=128, height=128, size=(0.6, 0.9), background="plain", disturbance=0.0)


def hand_of(image: Uint8Array) -> BoolArray:
    """What is bright of an image with the dataset's look: a shadow may part a finger from it."""
    soft = cv2.GaussianBlur(image, (0, 0), 1.5)
    return np.asarray(cv2.threshold(soft, 0, 255, cv2.THRESH_OTSU)[1] > 0)


def test_combinations_are_all_32_and_the_dataset_counts() -> None:
    assert len(set(ALL_COMBINATIONS)) == 32
    assert [sum(fingers) for fingers in DATASET_GESTURES.values()] == list(FINGER_COUNTS)


# --- The dataset's look -------------------------------------------------------------------------


@given(count=st.sampled_from(FINGER_COUNTS), seed=SEEDS)
@settings(max_examples=15, deadline=None)
def test_dataset_image_is_decided_by_its_seed(count: int, seed: int) -> None:
    image = draw_dataset_image(count, "R", seed)
    assert image.shape == (128, 128)
    assert image.dtype == np.uint8
    assert np.array_equal(image, draw_dataset_image(count, "R", seed))
    assert not np.array_equal(image, draw_dataset_image(count, "R", seed + 1))
    assert np.array_equal(image[:, ::-1], draw_dataset_image(count, "L", seed))


@given(count=st.sampled_from(FINGER_COUNTS), seed=SEEDS)
@settings(max_examples=25, deadline=None)
def test_dataset_hand_is_whole_and_centred_by_mass(count: int, seed: int) -> None:
    hand = hand_of(draw_dataset_image(count, "R", seed))
    rows, columns = np.nonzero(hand)
    # Real images: 63 to 65 in both directions (2nd to 98th percentile, 900 images).
    assert abs(columns.mean() - 63.9) < 2.0
    assert abs(rows.mean() - 63.9) < 2.0
    edge = np.concatenate([hand[0], hand[:, 0], hand[:, -1]])
    assert not edge.any()


# Widened a little from the 2nd and 98th percentiles of 150 real images of each count
# (Fingers dataset, right hands): mean grey of the hand and its ground, height and width of the
# hand in pixels.
REAL_RANGES: dict[int, dict[str, tuple[float, float]]] = {
    0: {"hand": (158, 192), "ground": (39, 60), "height": (37, 55), "width": (32, 46)},
    1: {"hand": (155, 203), "ground": (37, 60), "height": (67, 88), "width": (30, 49)},
    2: {"hand": (148, 182), "ground": (37, 62), "height": (70, 91), "width": (31, 52)},
    3: {"hand": (156, 184), "ground": (38, 61), "height": (67, 93), "width": (34, 66)},
    4: {"hand": (158, 190), "ground": (40, 62), "height": (66, 86), "width": (46, 73)},
    5: {"hand": (176, 209), "ground": (36, 62), "height": (62, 87), "width": (58, 95)},
}


@pytest.mark.parametrize("count", FINGER_COUNTS)
def test_dataset_images_have_the_real_ones_proportions(count: int) -> None:
    measures: dict[str, list[float]] = {"hand": [], "ground": [], "height": [], "width": []}
    for seed in range(12):
        image = draw_dataset_image(count, "R", seed)
        hand = hand_of(image)
        rows, columns = np.nonzero(hand)
        measures["hand"].append(
            float(image[cv2.erode(hand.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0].mean())
        )
        measures["ground"].append(
            float(image[cv2.dilate(hand.astype(np.uint8), np.ones((9, 9), np.uint8)) == 0].mean())
        )
        measures["height"].append(float(np.ptp(rows)))
        measures["width"].append(float(np.ptp(columns)))
    for name, (low, high) in REAL_RANGES[count].items():
        assert low <= np.median(measures[name]) <= high, (name, measures[name])


@pytest.mark.parametrize("count", [6, -1])
def test_dataset_image_refuses_what_is_not_in_the_dataset(count: int) -> None:
    with pytest.raises(ValueError, match="not"):
        draw_dataset_image(count, "R", 0)


# --- Poses --------------------------------------------------------------------------------------


@given(fingers=st.sampled_from(ALL_COMBINATIONS), seed=SEEDS)
@settings(max_examples=60, deadline=None)
def test_extended_fingers_reach_further_than_folded_ones(fingers: Fingers, seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = sample_shape(rng)
    joints = pose_skeleton(shape, sample_pose(fingers, rng)).joints
    assert np.isfinite(joints).all()
    palm = joints[[0, 5, 9, 13, 17]].mean(axis=0)
    reach = np.linalg.norm(joints[4::4] - palm, axis=1)
    for finger, up in enumerate(fingers[1:], start=1):
        straight = np.linalg.norm(joints[4 * finger + 4] - joints[4 * finger + 1])
        # A finger counts as up when it is clearly extended, and none is in between.
        share = straight / shape.finger_bones[finger - 1].sum()
        assert share > 0.9 if up else share < 0.6
    longest_folded = max(
        (r for r, up in zip(reach[1:], fingers[1:], strict=True) if not up), default=0
    )
    assert all(r > longest_folded for r, up in zip(reach[1:], fingers[1:], strict=True) if up)
    across_palm = joints[4, 0] - joints[5, 0]
    assert across_palm > 20.0 if fingers.thumb else across_palm < 20.0


# --- Photos -------------------------------------------------------------------------------------


def assert_consistent(
    pixels: Uint8Array, box: Any, landmarks: Float32Array, mask: BoolArray
) -> None:
    height, width = pixels.shape[:2]
    assert mask.shape == (height, width)
    assert mask.any()
    assert 0 <= box.x0 < box.x1 <= width
    assert 0 <= box.y0 < box.y1 <= height
    inside = mask[int(box.y0) : int(box.y1), int(box.x0) : int(box.x1)]
    assert inside.sum() == mask.sum()
    assert landmarks.shape == (21, 2)
    assert landmarks.dtype == np.float32
    margin = 0.15 * max(box.width, box.height)
    for points, low, high in ((0, box.x0, box.x1), (1, box.y0, box.y1)):
        assert (landmarks[:, points] > low - margin).all()
        assert (landmarks[:, points] < high + margin).all()


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("fingers", ALL_COMBINATIONS)
def test_every_combination_can_be_rendered_from_both_sides(fingers: Fingers, face: Face) -> None:
    wanted = PhotoSettings(
        width=96, height=96, size=(0.6, 0.9), fingers=fingers, face=face, tilt=(-180.0, 180.0)
    )
    photo = draw_photo(7, wanted)
    assert photo.pixels.shape == (96, 96, 3)
    assert photo.pixels.dtype == np.uint8
    (hand,) = photo.hands
    assert (hand.fingers, hand.face) == (fingers, face)
    assert_consistent(photo.pixels, hand.box, hand.landmarks, hand.mask)


@given(
    seed=SEEDS,
    hands=st.integers(0, 2),
    arm=st.sampled_from(ARMS),
    background=st.sampled_from(BACKGROUNDS),
    size=st.tuples(st.integers(64, 200), st.integers(64, 200)),
)
@settings(max_examples=40, deadline=None)
def test_photo_is_decided_by_its_seed(
    seed: int, hands: int, arm: Any, background: Any, size: tuple[int, int]
) -> None:
    wanted = PhotoSettings(
        width=size[0], height=size[1], hands=hands, arm=arm, background=background, disturbance=1.0
    )
    photo = draw_photo(seed, wanted)
    again = draw_photo(seed, wanted)
    assert np.array_equal(photo.pixels, again.pixels)
    assert photo.pixels.flags.c_contiguous
    assert len(photo.hands) == hands
    for hand, other in zip(photo.hands, again.hands, strict=True):
        assert hand.box == other.box
    if hands == 2:
        assert {hand.side for hand in photo.hands} == set(SIDES)
    if hands == 1:
        (hand,) = photo.hands
        assert_consistent(photo.pixels, hand.box, hand.landmarks, hand.mask)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("face", FACES)
def test_the_thumb_is_where_side_and_face_put_it(side: Side, face: Face) -> None:
    wanted = PhotoSettings(
        side=side, face=face, fingers=DATASET_GESTURES[5], tilt=(0.0, 0.0), size=(0.8, 0.8)
    )
    for seed in range(5):
        marks = draw_photo(seed, wanted).hands[0].landmarks
        # A right hand's palm shows its thumb to the viewer's right.
        thumb_right = marks[4, 0] > marks[20, 0]
        assert thumb_right == ((side == "R") == (face == "palm"))
        assert marks[12, 1] < marks[0, 1]


def test_the_hand_stands_out_where_its_mask_is() -> None:
    wanted = PhotoSettings(background="dark", arm="none", size=(0.8, 0.9), disturbance=0.0)
    contrasts = []
    for seed in range(10):
        photo = draw_photo(seed, wanted)
        mask = photo.hands[0].mask
        contrasts.append(float(photo.pixels[mask].mean()) - float(photo.pixels[~mask].mean()))
    assert min(contrasts) > 5.0
    assert np.median(contrasts) > 40.0


@pytest.mark.parametrize("size", [0.15, 0.5, 0.9])
def test_the_hand_has_the_requested_size(size: float) -> None:
    for seed in range(6):
        wanted = PhotoSettings(width=256, height=192, size=(size, size), arm="bare")
        box = draw_photo(seed, wanted).hands[0].box
        assert max(box.width, box.height) == pytest.approx(size * 192, rel=0.25, abs=4.0)


def test_all_tones_and_combinations_occur() -> None:
    hands = [draw_photo(seed, CLEAR).hands[0] for seed in range(80)]
    assert {sum(hand.fingers) for hand in hands} == set(FINGER_COUNTS)
    assert {hand.side for hand in hands} == set(SIDES)
    assert {hand.face for hand in hands} == set(FACES)
    assert len({hand.fingers for hand in hands}) > 15
