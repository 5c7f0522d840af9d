"""Photos of people in their rooms: what is held out, and photos without a hand."""

import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.hands_training.classifier_sources import load_classifier_sources
from core.hands_training.detector_sources import load_detector_sources
from core.hands_training.hard_negatives import LOOK_ALIKES
from core.hands_training.photo_datasets import datasets
from core.hands_training.photo_pack import read_pack, write_pack
from core.hands_training.synthetic_frames import SyntheticFrames, synthetic_frames
from core.hands_training.test_sets import (
    CALIBRATION,
    calibration_photos,
    make_test_sets,
    sources_in,
    sources_of,
)


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> SyntheticFrames:
    return synthetic_frames(tmp_path_factory.mktemp("frames"), 8, workers=1)


def test_a_third_of_the_groups_is_held_out_and_half_of_these_only_calibrate() -> None:
    entry = datasets()["people_rooms"]
    rows = [{"group": f"g{number:02d}"} for number in range(44)]
    held_out = [row for row in rows if entry.holds_out(row, 0)]
    calibrating = [row["group"] for row in held_out if entry.only_calibrates(row)]
    assert len(held_out) == 15
    assert calibrating == ["g04", "g10", "g16", "g22", "g28", "g34", "g40"]
    assert not entry.calibrates


@pytest.fixture
def rooms(tmp_path: Path) -> Path:
    """One photo with a hand and one without for each of three groups."""
    rows = ["file,group,fingers,side,xmin,ymin,xmax,ymax"]
    with zipfile.ZipFile(tmp_path / "people_rooms.zip", "w") as archive:
        for number, group in enumerate(("g01", "g02", "g04")):
            rows.append(f"images/{number}.jpg,{group},2,R,10,20,50,60")
            rows.append(f"no_hand/{number}.jpg,{group},,,,,,")
            for folder, level in (("images", 60), ("no_hand", 200)):
                pixels = np.full((80, 120, 3), level, np.uint8)
                encoded = cv2.imencode(".jpg", pixels)[1].tobytes()
                archive.writestr(f"{folder}/{number}.jpg", encoded)
        archive.writestr("labels.csv", "\n".join(rows))
    return tmp_path


def test_photos_without_a_hand_are_negatives_and_are_measured(
    rooms: Path, synthetic: SyntheticFrames
) -> None:
    write_pack(rooms / "pack.npz", rooms, None, {}, lambda done, total: None)
    pack = read_pack(rooms / "pack.npz")
    assert [len(hands) for hands in pack.by_photo().values()] == [1, 0, 1, 0, 1, 0]
    assert pack.photos["complete"].all()
    classifier = load_classifier_sources(pack, synthetic)
    detector = load_detector_sources(pack, synthetic)
    assert len(detector.photos["people_rooms"]) == len(classifier.photos["people_rooms"]) == 1
    assert len(detector.hand_free) == len(classifier.hand_free) == 1 + LOOK_ALIKES
    for sources in (sources_in(rooms), sources_of(pack)):
        found = make_test_sets(sources, None)
        measured = list(found["people_rooms"]())
        assert [len(photo.hands) for photo in measured] == [1, 0]
        calibrating = list(found[CALIBRATION]())
        assert {photo.name for photo in measured}.isdisjoint(photo.name for photo in calibrating)
        assert [len(photo.hands) for photo in calibrating[:8]] == [1] * 4 + [0] * 4
        assert [photo.photo.width for photo in calibrating[:4]] == [120, 80, 120, 80]
        boxes = [photo.hands[0].box for photo in calibrating[:4]]
        expected = [(10, 20, 50, 60), (20, 70, 60, 110), (70, 20, 110, 60), (20, 10, 60, 50)]
        np.testing.assert_allclose(np.array(boxes), expected)
        assert not any(photo.hands for photo in calibrating[8:])
        in_use = {CALIBRATION: found[CALIBRATION], "people_rooms": found["people_rooms"]}
        assert list(calibration_photos(in_use)) != []
        assert len(list(calibration_photos(in_use))) == len(calibrating)
