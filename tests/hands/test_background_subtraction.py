"""Finding one hand before a plain background: on synthetic photos, whose truth is known."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from core.common.types import FINGER_COUNTS, SIDES, Box, Photo, Side, Uint8Array
from core.hands.background_subtraction import background_difference, detect_by_background
from core.hands.detections import Detection, iou
from core.synthetic.sample_photos import draw_sample


def plain(height: int, width: int, colour: tuple[int, int, int]) -> Uint8Array:
    return np.full((height, width, 3), colour, np.uint8)


@pytest.mark.slow
def test_synthetic_hands_are_found_where_they_are() -> None:
    overlaps = []
    for seed in range(24):
        drawn = draw_sample(FINGER_COUNTS[seed % 6], SIDES[seed % 2], seed)
        hands = detect_by_background(Photo(drawn.pixels)).hands
        assert len(hands) == 1
        overlaps.append(iou(hands[0].box, drawn.hands[0].box))
    assert np.median(overlaps) > 0.8
    assert min(overlaps) > 0.4


@pytest.mark.parametrize("side", SIDES)
def test_the_palm_lies_inside_the_hand(side: Side) -> None:
    drawn = draw_sample(5, side, 3)
    (hand,) = detect_by_background(Photo(drawn.pixels)).hands
    assert hand.hand_mask is not None
    x, y = (round(value) for value in hand.hand_mask.palm)
    assert drawn.hands[0].mask[y, x]
    assert 0 < hand.hand_mask.palm_radius < hand.box.height / 2


def test_the_outline_is_not_shifted() -> None:
    """An outline that lies a pixel aside shows as a bright rim along one side of the hand."""
    pixels = plain(168, 224, (60, 60, 60))
    pixels[50:120, 70:150] = (220, 170, 150)
    (hand,) = detect_by_background(Photo(pixels)).hands
    assert hand.hand_mask is not None
    rows, columns = np.nonzero(hand.hand_mask.mask)
    assert rows.min() + rows.max() == 50 + 119
    assert columns.min() + columns.max() == 70 + 149


def test_the_box_follows_the_photos_size() -> None:
    small = draw_sample(4, "R", 5)
    large = cv2.resize(small.pixels, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
    (found_small,) = detect_by_background(Photo(small.pixels)).hands
    (found_large,) = detect_by_background(Photo(np.asarray(large, np.uint8))).hands
    doubled = Box(*(2 * value for value in found_small.box))
    assert iou(doubled, found_large.box) > 0.95


@pytest.mark.parametrize(
    "pixels",
    [
        plain(480, 640, (0, 0, 0)),
        plain(480, 640, (255, 255, 255)),
        plain(8, 8, (90, 90, 90)),
        plain(9, 2000, (10, 200, 10)),
        np.random.default_rng(0).integers(0, 256, (240, 320, 3), dtype=np.uint8),
    ],
    ids=["black", "white", "tiny", "strip", "noise"],
)
def test_nothing_is_found_if_nothing_stands_out(pixels: Uint8Array) -> None:
    assert detect_by_background(Photo(pixels)).hands == ()


def test_a_cluttered_photo_has_no_hand_that_stands_out() -> None:
    generator = np.random.default_rng(1)
    pixels = plain(240, 320, (128, 128, 128))
    for _ in range(60):
        x, y = (int(value) for value in generator.integers(0, 220, 2))
        colour = tuple(int(value) for value in generator.integers(0, 256, 3))
        cv2.rectangle(pixels, (x, y), (x + 20, y + 20), colour, -1)
    assert detect_by_background(Photo(pixels)).hands == ()


@pytest.mark.parametrize("colour", [(200, 200, 200), (30, 60, 90)])
def test_a_plain_background_does_not_differ_from_itself(colour: tuple[int, int, int]) -> None:
    assert background_difference(plain(60, 80, colour)).max() < 0.1


def test_a_background_lit_from_one_side_does_not_differ_from_itself() -> None:
    slope = np.linspace(90, 170, 160, dtype=np.float32)
    pixels = np.repeat(np.tile(slope, (120, 1))[..., None], 3, axis=2).astype(np.uint8)
    assert background_difference(pixels).max() < 4


@settings(max_examples=60, deadline=None)
@given(
    arrays.arrays(
        np.uint8,
        st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(3)),
        elements=st.integers(0, 255),
    )
)
def test_any_pixels_give_a_result(pixels: Uint8Array) -> None:
    for hand in detect_by_background(Photo(np.ascontiguousarray(pixels))).hands:
        assert 0 <= hand.box.x0 < hand.box.x1 <= pixels.shape[1]
        assert 0 <= hand.box.y0 < hand.box.y1 <= pixels.shape[0]


@pytest.mark.parametrize(
    ("box", "score"), [(Box(3, 3, 3, 9), 0.5), (Box(0, 0, 5, 5), 1.5), (Box(5, 0, 1, 5), 0.5)]
)
def test_an_impossible_hand_is_refused(box: Box, score: float) -> None:
    with pytest.raises(ValueError, match=r"box|score"):
        Detection(box, score)
