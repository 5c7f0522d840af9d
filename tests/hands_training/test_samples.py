"""The samples that the hand detector and the hand classifier learn from."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from core.common.types import Box
from core.hands.background_subtraction import Detection
from core.hands.classifier import rotation_of
from core.hands.classifier_outputs import LANDMARKS
from core.hands_training import detector_samples as frame_samples
from core.hands_training.augmentation import OVEREXPOSED, exposed
from core.hands_training.classifier_loss import hand_answer
from core.hands_training.classifier_samples import SHARES, Sample, draw_sample, upright
from core.hands_training.classifier_sources import Mistakes, load_material
from core.hands_training.detector_samples import (
    FAR,
    FramePhoto,
    FrameView,
    draw_frame_sample,
    load_frame_material,
)
from core.hands_training.photo_datasets import UNKNOWN
from core.hands_training.photo_pack import Pack
from core.hands_training.synthetic_frames import SyntheticFrames, synthetic_frames
from core.hands_training.test_sets import sources_of
from core.zoo.hand_detector import FRAME_SIZE
from tests.helpers.hand_photo_files import PHOTOS


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> SyntheticFrames:
    return synthetic_frames(tmp_path_factory.mktemp("drawn"), 24, workers=1)


@pytest.mark.slow
def test_drawn_frames_are_kept_and_always_the_same(drawn: SyntheticFrames, tmp_path: Path) -> None:
    again = synthetic_frames(tmp_path, 24, workers=1)
    np.testing.assert_array_equal(again.frames, drawn.frames)
    np.testing.assert_array_equal(again.hands, drawn.hands)
    assert drawn.hands["frame"].tolist() == sorted(drawn.hands["frame"].tolist())
    assert drawn.hands["frame"].max() > 15
    for hand in drawn.hands:
        x0, y0, x1, y1 = hand["box"].astype(int)
        cover = drawn.frames[hand["frame"], y0:y1, x0:x1, 3]
        assert (cover > 128).mean() > 0.1


def test_held_out_photos_are_in_no_training_sample(pack: Pack, drawn: SyntheticFrames) -> None:
    assert len(load_material(pack, drawn).photos["selfies"]) == PHOTOS - 2
    assert len(load_frame_material(pack, drawn).photos["selfies"]) == PHOTOS - 2
    assert len(sources_of(pack)["selfies"].photos) == 2


def test_samples_are_images_with_answers(pack: Pack, drawn: SyntheticFrames) -> None:
    material, frames = load_material(pack, drawn), load_frame_material(pack, drawn)
    assert sum(SHARES.values()) == pytest.approx(1)
    rng = np.random.default_rng(0)
    for _ in range(60):
        sample = draw_sample(material, rng)
        assert sample.image.shape == (128, 128)
        assert sample.image.dtype == np.uint8
        assert sample.answer.shape == (56,)
        image, answer = draw_frame_sample(frames, rng)
        assert image.shape == (192, 192, 3)
        assert image.dtype == np.uint8
        assert answer.shape == (24, 24, 6)


def test_some_hands_are_far_away(
    pack: Pack, drawn: SyntheticFrames, monkeypatch: pytest.MonkeyPatch
) -> None:
    material = load_frame_material(pack, drawn)
    views: list[FrameView] = []
    far_view = frame_samples._far_view

    def seen(photo: FramePhoto, rng: np.random.Generator) -> FrameView:
        views.append(far_view(photo, rng))
        return views[-1]

    monkeypatch.setattr(frame_samples, "_far_view", seen)
    monkeypatch.setattr(frame_samples, "SHARES", {"far": 1.0})
    monkeypatch.setattr(frame_samples, "disturb_colours", lambda pixels, _: pixels)
    rng = np.random.default_rng(3)
    for _ in range(30):
        image, answer = draw_frame_sample(material, rng)
        view = views[-1]
        opaque = view.pixels[..., 3] == 255
        np.testing.assert_array_equal(image[opaque], view.pixels[opaque, :3])
        for box in view.boxes:
            assert max(box.width, box.height) < 1.5 * FAR[1] * FRAME_SIZE
            column, row = int((box.x0 + box.x1) / 16), int((box.y0 + box.y1) / 16)
            assert answer[row, column, 0] > 0.5
    assert any(view.boxes for view in views)


def test_bad_light_is_too_bright_or_too_dark_but_never_all_white() -> None:
    levels = np.full((20, 20), 100, np.float32)
    rng = np.random.default_rng(0)
    means = np.array([exposed(levels, 100.0, rng).mean() for _ in range(200)])
    assert ((means >= OVEREXPOSED[0]) | (means <= 50)).all()
    assert means.max() <= OVEREXPOSED[1]
    assert 0.4 < (means > 100).mean() < 0.8
    bright = np.full((20, 20), 240, np.float32)
    kept = [exposed(bright, 240.0, rng).mean() for _ in range(50)]
    assert max(kept) == 240


def test_surer_mistakes_of_the_finder_are_learned_from_more_often() -> None:
    grey = np.zeros((40, 40), np.uint8)
    box = Box(0, 0, 20, 20)
    mistakes = Mistakes.of([(grey, Detection(box, 0.04)), (grey, Detection(box, 0.36))])
    np.testing.assert_allclose(mistakes.chances, [0.25, 0.75])
    assert Mistakes.of([]).places == []


def test_the_same_seed_draws_the_same_samples(pack: Pack, drawn: SyntheticFrames) -> None:
    material = load_material(pack, drawn)
    one, two = (draw_sample(material, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(one.image, two.image)
    np.testing.assert_array_equal(one.answer, two.answer)


def test_a_turned_hand_is_also_learned_upright() -> None:
    """The landmarks that are asked for stay on the joints of the picture."""
    image = np.zeros((128, 128), np.uint8)
    row = hand_answer(2, 1, 0, np.full(5, UNKNOWN), None)
    joints = np.zeros((21, 2), np.float32)
    joints[0], joints[9] = (-0.5, 0.0), (0.3, 0.1)
    row[LANDMARKS] = joints.reshape(-1)
    for (x, y), level in ((joints[0], 120), (joints[9], 240)):
        cv2.circle(image, (round(64 * (x + 1)), round(64 * (y + 1))), 5, level, -1)
    turned = upright(Sample(image, row), np.random.default_rng(4))
    assert abs(rotation_of(turned.answer)) < 20
    for joint, level in ((0, 120), (9, 240)):
        x, y = turned.answer[LANDMARKS].reshape(21, 2)[joint]
        seen = np.median(np.argwhere(np.abs(turned.image.astype(int) - level) < 8), axis=0)
        np.testing.assert_allclose((64 * (y + 1), 64 * (x + 1)), seen, atol=1.5)
    np.testing.assert_array_equal(turned.answer[:14], row[:14])
    slightly = row.copy()
    slightly[LANDMARKS] = (joints[:, ::-1] * (1, -1)).reshape(-1)
    kept = upright(Sample(image, slightly), np.random.default_rng(4))
    assert kept.image is image
