"""Hands before faces, and faces without hands, in the samples of both hand models."""

from dataclasses import replace

import numpy as np
import pytest

from core.common.types import Box
from core.hands_training import classifier_samples, detector_samples
from core.hands_training.classifier_sources import ClassifierSources
from core.hands_training.detector_samples import Frame, random_frame
from core.hands_training.detector_sources import DetectorSources, FramePhoto
from core.hands_training.hard_negatives import HardNegatives
from core.hands_training.photo_pack import HAND_DTYPE
from core.hands_training.synthetic_frames import SyntheticFrames, synthetic_frames

NOTHING = ClassifierSources(
    SyntheticFrames(np.zeros((0, 4, 4, 4), np.uint8), np.zeros(0, HAND_DTYPE)), HardNegatives.of([])
)


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> SyntheticFrames:
    return synthetic_frames(tmp_path_factory.mktemp("frames"), 8, workers=1)


def test_hands_are_composited_before_faces(
    synthetic: SyntheticFrames, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The face lies at one place of the photo, and the hand's middle near it."""
    face = Box(80, 60, 120, 110)
    person = FramePhoto(np.full((192, 192, 3), 250, np.uint8), (), (), faces=(face,))
    photos = {"selfies": [person]}
    sources = DetectorSources(
        photos, {"selfies": np.ones(1)}, synthetic, [], HardNegatives.of([]), [person]
    )
    seen: list[tuple[Box, list[Box]]] = []
    held_before = detector_samples._held_before

    def noted(frame: Frame, place: Box, rng: np.random.Generator) -> Frame:
        held = held_before(frame, place, rng)
        seen.append((place, [*held.boxes, *held.ignored]))
        return held

    monkeypatch.setattr(detector_samples, "_held_before", noted)
    monkeypatch.setattr(detector_samples, "SHARES", {"composited": 1.0})
    monkeypatch.setattr(detector_samples, "BEFORE_FACE_SHARE", 1.0)
    rng = np.random.default_rng(4)
    for _ in range(40):
        random_frame(sources, rng)
    near = [
        any(
            abs(box.x0 + box.x1 - place.x0 - place.x1) < 3 * place.width
            and abs(box.y0 + box.y1 - place.y0 - place.y1) < 3 * place.height
            and 0.4 < box.height / place.height < 2
            for box in boxes
        )
        for place, boxes in seen
    ]
    assert len(seen) > 20
    assert np.mean(near) > 0.6


def test_the_classifier_sees_hands_before_faces_and_faces_without_hands() -> None:
    grey = np.zeros((200, 200), np.uint8)
    grey[60:110, 80:120] = 250
    face, hand = Box(80, 60, 120, 110), Box(70, 50, 130, 120)
    sources = replace(NOTHING, faces=[(grey, [], face)])
    drawn = [classifier_samples._face(sources, np.random.default_rng(seed)) for seed in range(20)]
    assert np.mean([picture is not None and (picture > 200).any() for picture in drawn]) > 0.8
    hidden = replace(NOTHING, faces=[(grey, [hand], face)])
    assert classifier_samples._face(NOTHING, np.random.default_rng(0)) is None
    with_hand = [
        classifier_samples._face(hidden, np.random.default_rng(seed)) for seed in range(20)
    ]
    assert np.mean([picture is None for picture in with_hand]) > 0.7
