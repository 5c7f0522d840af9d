"""Recognition of a photo: its steps in order, and the short way of preprocessed images."""

from dataclasses import dataclass, field, replace

import cv2
import numpy as np
import pytest

from core.common.types import IMAGE_SIZE, Box, Photo, Uint8Array
from core.hands.detections import Detection, Detections
from core.hands.loading import LoadedModel
from core.hands.pipeline import (
    ArticleRecogniser,
    HandResult,
    Recogniser,
    hand_recogniser,
    recognise,
)
from core.hands.prediction import Prediction
from core.hands.preprocessing import PreprocessedHand, preprocess_crop
from core.hands_training.synthetic_frames import draw_frame
from core.synthetic.dataset_look import draw_dataset_image
from core.synthetic.photo import PhotoSettings, draw_photo
from core.synthetic.sample_photos import draw_sample

CERTAIN = Prediction((0.0, 0.0, 0.0, 1.0, 0.0, 0.0), (0.1, 0.9))


@dataclass
class RecordingRecogniser:
    """Detects three hands, rejects the first when rescoring, and records its steps."""

    steps: list[str] = field(default_factory=list)
    models: tuple[LoadedModel, ...] = ()

    def detect(self, photo: Photo, grey: Uint8Array) -> Detections:
        self.steps.append("detect")
        assert grey.shape == photo.pixels.shape[:2]
        return Detections(
            tuple(
                Detection(Box(20 * n, 0, 20 * n + 20, 20), s) for n, s in enumerate((0.9, 0.3, 0.8))
            )
        )

    def preprocess(self, grey: Uint8Array, hand: Detection) -> PreprocessedHand:
        self.steps.append("preprocess")
        return preprocess_crop(grey, hand.box)

    def classify(self, image: Uint8Array) -> Prediction:
        self.steps.append("classify")
        return CERTAIN

    def rescore(self, hand: HandResult) -> HandResult | None:
        self.steps.append("rescore")
        if hand.detection.score == 0.9:
            return None
        return replace(hand, detection=replace(hand.detection, score=1 - hand.detection.score))


def test_a_photo_passes_each_step_once_in_order() -> None:
    recogniser = RecordingRecogniser()
    photo = Photo(np.zeros((60, 80, 3), np.uint8), original_size=(160, 120))
    recognition = recognise(photo, recogniser)
    assert (
        recogniser.steps
        == [step for step in ("detect", "preprocess", "classify", "rescore") for _ in range(3)][2:]
    )
    assert [hand.detection.score for hand in recognition.hands] == pytest.approx([0.7, 0.2])
    assert [hand.box for hand in recognition.hands] == [Box(40, 0, 80, 40), Box(80, 0, 120, 40)]
    assert list(recognition.milliseconds) == ["find", "prepare", "read"]


def test_a_hand_is_reported_once_however_small_a_box_around_part_of_it_is() -> None:
    class OnePartTwice(RecordingRecogniser):
        def detect(self, photo: Photo, grey: Uint8Array) -> Detections:
            boxes = {Box(0, 0, 50, 50): 0.3, Box(5, 5, 15, 15): 0.2, Box(45, 0, 75, 50): 0.1}
            return Detections(tuple(Detection(box, score) for box, score in boxes.items()))

    hands = recognise(Photo(np.zeros((60, 80, 3), np.uint8)), OnePartTwice()).hands
    # Rescoring turns the order round, and what is reported is decided after it.
    assert [hand.box for hand in hands] == [Box(45, 0, 75, 50), Box(5, 5, 15, 15)]


@pytest.mark.parametrize("seed", [5_000_006, 5_000_070, 5_000_181, 5_000_378, 5_000_394])
def test_drawn_hands_of_which_parts_look_like_hands_are_reported_once(seed: int) -> None:
    frame, hands = draw_frame(seed)
    photo = Photo(np.ascontiguousarray(frame[:, :, :3]))
    assert len(recognise(photo, hand_recogniser()).hands) == len(hands)


TWO_HANDS = PhotoSettings(
    width=640, height=480, hands=2, size=(0.4, 0.6), tilt=(-20, 20), disturbance=0.2
)


@pytest.mark.parametrize(
    ("recogniser", "pixels"),
    [
        (ArticleRecogniser(), draw_sample(3, "R", 0).pixels),
        (hand_recogniser(), draw_photo(901, TWO_HANDS).pixels),
    ],
    ids=["article", "hands"],
)
def test_a_photo_is_converted_to_grey_once(
    recogniser: Recogniser, pixels: Uint8Array, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = Photo(pixels)
    assert recognise(photo, recogniser).hands
    conversions = []
    convert = cv2.cvtColor

    def counted(pixels: Uint8Array, code: int) -> Uint8Array:
        if pixels.shape == photo.pixels.shape:
            conversions.append(code)
        return np.asarray(convert(pixels, code), np.uint8)

    monkeypatch.setattr(cv2, "cvtColor", counted)
    recognise(photo, recogniser)
    assert conversions.count(cv2.COLOR_RGB2GRAY) == 1


def test_a_preprocessed_image_is_classified_directly() -> None:
    recogniser = RecordingRecogniser()
    image = draw_dataset_image(3, "R", 7)
    photo = Photo(np.repeat(image[..., None], 3, axis=2), prepared=True)
    recognition = recognise(photo, recogniser)
    assert recogniser.steps == ["classify"]
    (hand,) = recognition.hands
    np.testing.assert_array_equal(hand.prepared.image, image)
    assert len(hand.prepared.steps) == 1
    assert hand.detection == Detection(Box(0, 0, IMAGE_SIZE, IMAGE_SIZE), 1.0)
    assert list(recognition.milliseconds) == ["find", "prepare", "read"]


def test_a_blank_preprocessed_image_shows_no_hand() -> None:
    blank = np.full((IMAGE_SIZE, IMAGE_SIZE, 3), 50, np.uint8)
    recogniser = RecordingRecogniser()
    assert recognise(Photo(blank, prepared=True), recogniser).hands == ()
    assert recogniser.steps == []
