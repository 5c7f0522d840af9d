"""The samples that the hand detector and the hand classifier learn from."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from core.common.types import Box, Photo
from core.hands.classifier import LANDMARKS, rotation_of
from core.hands.detections import Detection, Detections
from core.hands.detector import HandDetector
from core.hands_training import detector_samples
from core.hands_training.augmentation import OVEREXPOSED, badly_exposed, random_rotation
from core.hands_training.classifier_samples import SHARES, Sample, random_sample, upright
from core.hands_training.classifier_sources import load_classifier_sources
from core.hands_training.detector_samples import DISTANT_SIZE, Frame, random_frame
from core.hands_training.detector_sources import (
    DetectorSources,
    FramePhoto,
    load_detector_sources,
)
from core.hands_training.hard_negatives import HardNegatives, false_positives, look_alikes
from core.hands_training.losses import hand_target
from core.hands_training.photo_datasets import UNKNOWN
from core.hands_training.photo_pack import Pack
from core.hands_training.synthetic_frames import SyntheticFrames, synthetic_frames
from core.hands_training.test_sets import sources_of
from core.images.geometry import PADDING
from core.zoo.hand_detector import FRAME_SIZE
from tests.helpers.hand_photo_files import PHOTOS


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> SyntheticFrames:
    return synthetic_frames(tmp_path_factory.mktemp("frames"), 24, workers=1)


@pytest.mark.slow
def test_synthetic_frames_are_stored_and_reproducible(
    synthetic: SyntheticFrames, tmp_path: Path
) -> None:
    again = synthetic_frames(tmp_path, 24, workers=1)
    np.testing.assert_array_equal(again.frames, synthetic.frames)
    np.testing.assert_array_equal(again.hands, synthetic.hands)
    assert synthetic.hands["photo"].tolist() == sorted(synthetic.hands["photo"].tolist())
    assert synthetic.hands["photo"].max() > 15
    for hand in synthetic.hands:
        x0, y0, x1, y1 = hand["box"].astype(int)
        cover = synthetic.frames[hand["photo"], y0:y1, x0:x1, 3]
        assert (cover > 128).mean() > 0.1


def test_held_out_photos_are_in_no_training_sample(pack: Pack, synthetic: SyntheticFrames) -> None:
    assert len(load_classifier_sources(pack, synthetic).photos["selfies"]) == PHOTOS - 2
    assert len(load_detector_sources(pack, synthetic).photos["selfies"]) == PHOTOS - 2
    assert len(sources_of(pack)["selfies"].photos) == 2


def test_samples_are_images_with_targets(pack: Pack, synthetic: SyntheticFrames) -> None:
    classifier, detector = (
        load_classifier_sources(pack, synthetic),
        load_detector_sources(pack, synthetic),
    )
    assert sum(SHARES.values()) == pytest.approx(1)
    rng = np.random.default_rng(0)
    for _ in range(60):
        sample = random_sample(classifier, rng)
        assert sample.image.shape == (128, 128)
        assert sample.image.dtype == np.uint8
        assert sample.target.shape == (56,)
        image, target = random_frame(detector, rng)
        assert image.shape == (192, 192, 3)
        assert image.dtype == np.uint8
        assert target.shape == (24, 24, 6)


def test_some_hands_are_distant(
    pack: Pack, synthetic: SyntheticFrames, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = load_detector_sources(pack, synthetic)
    frames: list[Frame] = []
    distant_frame = detector_samples._distant_frame

    def seen(photo: FramePhoto, rng: np.random.Generator) -> Frame:
        frames.append(distant_frame(photo, rng))
        return frames[-1]

    monkeypatch.setattr(detector_samples, "_distant_frame", seen)
    monkeypatch.setattr(detector_samples, "SHARES", {"distant": 1.0})
    monkeypatch.setattr(detector_samples, "augment_colours", lambda pixels, _: pixels)
    rng = np.random.default_rng(3)
    for _ in range(30):
        image, target = random_frame(sources, rng)
        frame = frames[-1]
        opaque = frame.pixels[..., 3] == 255
        np.testing.assert_array_equal(image[opaque], frame.pixels[opaque, :3])
        for box in frame.boxes:
            assert max(box.width, box.height) < 1.5 * DISTANT_SIZE[1] * FRAME_SIZE
            column, row = int((box.x0 + box.x1) / 16), int((box.y0 + box.y1) / 16)
            assert target[row, column, 0] > 0.5
    assert any(frame.boxes for frame in frames)


def test_bad_exposure_is_too_bright_or_too_dark_but_never_all_white() -> None:
    levels = np.full((20, 20), 100, np.float32)
    rng = np.random.default_rng(0)
    means = np.array([badly_exposed(levels, 100.0, rng).mean() for _ in range(200)])
    assert ((means >= OVEREXPOSED[0]) | (means <= 50)).all()
    assert means.max() <= OVEREXPOSED[1]
    assert 0.4 < (means > 100).mean() < 0.8
    bright = np.full((20, 20), 240, np.float32)
    kept = [badly_exposed(bright, 240.0, rng).mean() for _ in range(50)]
    assert max(kept) == 240


def test_confident_false_positives_of_the_detector_are_chosen_more_often() -> None:
    grey = np.zeros((40, 40), np.uint8)
    box = Box(0, 0, 20, 20)
    negatives = HardNegatives.of([(grey, Detection(box, 0.04)), (grey, Detection(box, 0.36))])
    np.testing.assert_allclose(negatives.probabilities, [0.1, 0.9])
    assert HardNegatives.of([]).places == []
    chosen = [negatives.choose(np.random.default_rng(seed)) for seed in range(40)]
    assert all(place == box for _, place in chosen)


class SeesHands(HandDetector):
    """Takes the middle of whatever it is given for a hand."""

    def detect(self, photo: Photo) -> Detections:
        x, y = photo.width / 2, photo.height / 2
        return Detections((Detection(Box(x - 4, y - 4, x + 4, y + 4), 0.5),))


def test_false_positives_lie_where_no_hand_is() -> None:
    detector = SeesHands(None, 0.5)  # type: ignore[arg-type]
    pixels = np.zeros((240, 400, 3), np.uint8)

    def found(*boxes: Box) -> list[Box]:
        return [each.box for each in false_positives(pixels, boxes, detector)]

    assert found(Box(192, 114, 208, 126)) == []
    assert found(Box(0, 0, 20, 20)) == [Box(196, 116, 204, 124)]
    # A photo without a hand is searched in its four corners as well.
    whole, *parts = found()
    assert whole == Box(196, 116, 204, 124)
    assert parts == [Box(x - 4, y - 4, x + 4, y + 4) for y in (72, 168) for x in (120, 280)]
    assert false_positives(pixels, (), None) == []


def test_look_alikes_are_pictures_of_their_own() -> None:
    pictures = look_alikes()
    assert {picture.shape for picture in pictures} == {(192, 256, 3)}
    assert len({picture.tobytes() for picture in pictures}) == len(pictures)
    assert min(float(picture.std()) for picture in pictures) > 3


def test_frames_and_crops_are_rotated_to_every_side() -> None:
    rng = np.random.default_rng(1)
    rotations = np.array([random_rotation(7, rng) for _ in range(4000)]) % 360
    near = [
        float((np.abs((rotations - turn + 180) % 360 - 180) < 21).mean())
        for turn in (0, 90, 180, 270)
    ]
    upright, right, over, left = near
    assert upright > 0.5
    assert over > 0.13
    assert min(right, left) > 0.06
    assert ((rotations > 30) & (rotations < 60)).mean() > 0.01


def one_hand(level: int) -> FramePhoto:
    pixels = np.full((192, 192, 3), level, np.uint8)
    return FramePhoto(pixels, (Box(60, 60, 120, 120),), (np.full((21, 2), np.nan, np.float32),))


@pytest.mark.parametrize("kind", ["false positive", "empty"])
def test_what_looks_like_a_hand_is_no_hand_in_the_target(
    kind: str, synthetic: SyntheticFrames, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Frames around a false positive show it, beside the hands that are there."""
    flower = FramePhoto(np.full((192, 256, 3), 250, np.uint8), (), ())
    negatives = HardNegatives.of([(flower, Detection(Box(100, 80, 140, 120), 0.5))])
    sources = DetectorSources(
        {"selfies": [one_hand(90)]}, {"selfies": np.ones(1)}, synthetic, [flower], negatives, []
    )
    monkeypatch.setattr(detector_samples, "SHARES", {kind: 1.0})
    monkeypatch.setattr(detector_samples, "HAND_FREE_SHARE", 1.0)
    monkeypatch.setattr(detector_samples, "augment_colours", lambda pixels, _: pixels)
    rng = np.random.default_rng(2)
    for _ in range(12):
        image, target = random_frame(sources, rng)
        assert (image > 200).any()
        assert not target[..., 0].any()


def test_shadows_darken_the_background_and_are_no_hands(
    synthetic: SyntheticFrames, monkeypatch: pytest.MonkeyPatch
) -> None:
    wall = FramePhoto(np.full((192, 192, 3), 250, np.uint8), (), ())
    sources = DetectorSources(
        {"selfies": [one_hand(250)]}, {"selfies": np.ones(1)}, synthetic, [wall],
        HardNegatives.of([]), [],
    )  # fmt: skip
    monkeypatch.setattr(detector_samples, "SHARES", {"empty": 1.0})
    monkeypatch.setattr(detector_samples, "HAND_FREE_SHARE", 1.0)
    monkeypatch.setattr(detector_samples, "SHADOW_SHARE", 1.0)
    monkeypatch.setattr(detector_samples, "augment_colours", lambda pixels, _: pixels)
    rng = np.random.default_rng(0)
    frames = [random_frame(sources, rng) for _ in range(10)]
    # The wall is brighter, and what is around it has a level of its own.
    darkened = [((image < 235) & (image != PADDING)).sum() for image, _ in frames]
    assert sum(values > 4_000 for values in darkened) > 6
    assert not any(target[..., 0].any() for _, target in frames)


def test_the_same_seed_draws_the_same_samples(pack: Pack, synthetic: SyntheticFrames) -> None:
    sources = load_classifier_sources(pack, synthetic)
    one, two = (random_sample(sources, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(one.image, two.image)
    np.testing.assert_array_equal(one.target, two.target)


def test_a_rotated_hand_is_also_shown_upright() -> None:
    """The target's landmarks stay on the joints of the picture."""
    image = np.zeros((128, 128), np.uint8)
    row = hand_target(2, 1, 0, np.full(5, UNKNOWN), None)
    joints = np.zeros((21, 2), np.float32)
    joints[0], joints[9] = (-0.5, 0.0), (0.3, 0.1)
    row[LANDMARKS] = joints.reshape(-1)
    for (x, y), level in ((joints[0], 120), (joints[9], 240)):
        cv2.circle(image, (round(64 * (x + 1)), round(64 * (y + 1))), 5, level, -1)
    turned = upright(Sample(image, row), np.random.default_rng(4))
    assert abs(rotation_of(turned.target)) < 20
    for joint, level in ((0, 120), (9, 240)):
        x, y = turned.target[LANDMARKS].reshape(21, 2)[joint]
        seen = np.median(np.argwhere(np.abs(turned.image.astype(int) - level) < 8), axis=0)
        np.testing.assert_allclose((64 * (y + 1), 64 * (x + 1)), seen, atol=1.5)
    np.testing.assert_array_equal(turned.target[:14], row[:14])
    slightly = row.copy()
    slightly[LANDMARKS] = (joints[:, ::-1] * (1, -1)).reshape(-1)
    kept = upright(Sample(image, slightly), np.random.default_rng(4))
    assert kept.image is image
