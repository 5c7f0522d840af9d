"""From a hand to the model's input image: golden values, and properties for any photo."""

import numpy as np
import pytest

from core.common.types import IMAGE_SIZE, PREPROCESSING_VERSION, SIDES, Photo, Uint8Array
from core.hands.background_subtraction import detect_by_background
from core.hands.detections import HandMask
from core.hands.preprocessing import (
    DATASET_BACKGROUND_MEAN,
    DATASET_HAND_DEVIATION,
    DATASET_HAND_MEAN,
    DATASET_PALM_RADIUS,
    PreprocessedHand,
    as_model_input,
    background,
    preprocess_like_dataset,
)
from core.images.decoding import to_grey
from core.synthetic.sample_photos import draw_sample


def disc_photo(centre: tuple[int, int], radius: int) -> tuple[Photo, HandMask]:
    """A bright disc on black, and the mask of exactly that disc."""
    y, x = np.mgrid[0:240, 0:320]
    mask = (x - centre[0]) ** 2 + (y - centre[1]) ** 2 <= radius**2
    pixels = np.zeros((240, 320, 3), np.uint8)
    pixels[mask] = (200, 160, 140)
    palm = (float(centre[0]), float(centre[1]))
    return Photo(pixels), HandMask(mask, 1.0, palm, float(radius), 0.0)


def prepare(photo: Photo, hand: HandMask) -> PreprocessedHand:
    return preprocess_like_dataset(to_grey(photo.pixels), hand)


def preprocess_synthetic(photo: Photo) -> PreprocessedHand:
    (hand,) = detect_by_background(photo).hands
    assert hand.hand_mask is not None
    return prepare(photo, hand.hand_mask)


def bright(image: Uint8Array) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return image > 110


@pytest.mark.parametrize("centre", [(60, 60), (160, 120), (250, 180)])
@pytest.mark.parametrize("radius", [20, 45])
def test_a_hand_is_centred_and_scaled_by_its_palm(centre: tuple[int, int], radius: int) -> None:
    photo, hand = disc_photo(centre, radius)
    y, x = np.nonzero(bright(prepare(photo, hand).image))
    assert abs(x.mean() + 0.5 - IMAGE_SIZE / 2) < 0.6
    assert abs(y.mean() + 0.5 - IMAGE_SIZE / 2) < 0.6
    assert np.sqrt(len(x) / np.pi) == pytest.approx(DATASET_PALM_RADIUS, abs=1.0)


def test_a_leaning_hand_is_rotated_upright() -> None:
    y, x = np.mgrid[0:240, 0:320]
    along, across = x - 160, y - 120
    mask = (np.abs(along) < 60) & (np.abs(across) < 15)
    pixels = np.zeros((240, 320, 3), np.uint8)
    pixels[mask] = 220
    lying = HandMask(mask, 1.0, (160.0, 120.0), 15.0, rotation=90.0)
    rows, columns = np.nonzero(bright(prepare(Photo(pixels), lying).image))
    assert np.ptp(rows) > 3 * np.ptp(columns)


def test_hands_leaning_clockwise_are_rotated_back() -> None:
    """A finger that points to the right of a hand leaning clockwise points up when prepared."""
    mask = np.zeros((240, 320), bool)
    mask[100:140, 100:140] = True
    mask[112:128, 140:220] = True
    pixels = np.where(mask[..., None], np.uint8(220), np.uint8(0)).repeat(3, axis=2)
    hand = HandMask(mask, 1.0, (120.0, 120.0), 20.0, rotation=90.0)
    image = prepare(Photo(np.ascontiguousarray(pixels)), hand).image
    widths = bright(image).sum(axis=1)
    rows = np.flatnonzero(widths)
    assert widths[rows[:10]].mean() < widths[rows[-10:]].mean()


def test_everything_around_the_hand_looks_like_the_dataset() -> None:
    photo, hand = disc_photo((160, 120), 45)
    corner = prepare(photo, hand).image[:30, :30].astype(float)
    assert corner.mean() == pytest.approx(DATASET_BACKGROUND_MEAN, abs=8)
    assert 3 < corner.std() < 12


def test_a_synthetic_photos_hand_gets_the_datasets_brightness() -> None:
    prepared = preprocess_synthetic(Photo(draw_sample(5, "R", 1).pixels))
    inside = prepared.image[prepared.steps[1].picture > 240].astype(float)
    assert inside.mean() == pytest.approx(DATASET_HAND_MEAN, abs=4)
    assert 10 < inside.std() < DATASET_HAND_DEVIATION + 2


def test_the_noise_of_a_flatly_lit_hand_does_not_become_skin() -> None:
    photo, hand = disc_photo((160, 120), 45)
    noise = np.random.default_rng(0).normal(0, 2, photo.pixels.shape)
    noisy = Photo(np.clip(photo.pixels + noise, 0, 255).astype(np.uint8))
    prepared = prepare(noisy, hand)
    assert prepared.image[prepared.steps[1].picture > 240].std() < 3


def test_each_step_is_kept_for_display() -> None:
    prepared = preprocess_synthetic(Photo(draw_sample(2, "L", 1).pixels))
    assert [step.title for step in prepared.steps] == [
        "Cropped and rotated",
        "The hand alone",
        "As the model sees it",
    ]
    np.testing.assert_array_equal(prepared.steps[-1].picture, prepared.image)


@pytest.mark.parametrize("side", SIDES)
def test_mirroring_a_photo_mirrors_its_preprocessed_image(side: str) -> None:
    photo = Photo(draw_sample(3, "R" if side == "R" else "L", 11).pixels)
    one, other = (preprocess_synthetic(each).steps[1].picture for each in (photo, photo.mirrored()))
    assert np.mean((one > 127) != (other[:, ::-1] > 127)) < 0.03


# Means of blocks of 8×8 pixels: a row through the disc's middle and one above it.
GOLDEN_THROUGH = (45.1, 43.7, 44.3, 48.1, 50.2, 56.6, 164.7, 168.0,
                  168.0, 164.5, 55.1, 58.1, 57.8, 56.5, 56.2, 55.9)  # fmt: skip
GOLDEN_ABOVE = (58.2, 55.7, 52.3, 46.7, 50.2, 51.3, 47.9, 53.9,
                55.9, 56.0, 53.5, 51.4, 52.1, 49.9, 56.3, 52.3)  # fmt: skip


def test_the_preprocessed_image_of_a_known_photo_does_not_change() -> None:
    """Cards name the preprocessing version, which must be raised if the result changes."""
    assert PREPROCESSING_VERSION == 1
    photo, hand = disc_photo((150, 110), 40)
    blocks = prepare(photo, hand).image.reshape(16, 8, 16, 8).mean(axis=(1, 3))
    np.testing.assert_allclose(blocks[7], GOLDEN_THROUGH, atol=0.6)
    np.testing.assert_allclose(blocks[2], GOLDEN_ABOVE, atol=0.6)


def test_model_input_keeps_every_value() -> None:
    values = np.arange(2 * IMAGE_SIZE * IMAGE_SIZE, dtype=np.uint32).astype(np.uint8)
    images = values.reshape(2, IMAGE_SIZE, IMAGE_SIZE)
    model_input = as_model_input(images)
    assert model_input.shape == (2, IMAGE_SIZE, IMAGE_SIZE, 1)
    assert model_input.dtype == np.float32
    np.testing.assert_array_equal(model_input[..., 0], images)


def test_the_background_is_read_only_and_always_the_same() -> None:
    assert background() is background()
    with pytest.raises(ValueError, match="read-only"):
        background()[0, 0] = 0


def test_an_image_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="not a preprocessed image"):
        PreprocessedHand(np.zeros((64, 64), np.uint8), ())
