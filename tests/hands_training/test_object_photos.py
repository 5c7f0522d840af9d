"""Photos of things that are no hands, made from the pictures of two packages."""

import csv
from itertools import product
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.common.errors import UserError
from core.hands_training import object_photos
from core.hands_training.object_photos import GROUPS, RESOURCES, STAMPS, write_object_photos
from core.hands_training.photo_datasets import datasets
from core.hands_training.photo_labels import PhotoArchive, read_labels


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Green squares on nothing, and flat grey photos in a resource file, enough for all groups."""
    root = tmp_path_factory.mktemp("packages")
    (root / STAMPS / "food").mkdir(parents=True)
    square = np.zeros((40, 60, 4), np.uint8)
    square[10:30, 10:50] = (0, 200, 0, 255)
    for letters in product("abcdefghijklm", repeat=2):
        cv2.imwrite(str(root / STAMPS / "food" / f"{''.join(letters)}1.png"), square)
    cv2.imwrite(str(root / STAMPS / "food" / "gorilla.png"), square)
    cv2.imwrite(str(root / STAMPS / "food" / "opaque.png"), square[:, :, :3])
    (root / RESOURCES).mkdir(parents=True)
    content = b"qres"
    rng = np.random.default_rng(0)
    for level in range(200):
        scene = rng.integers(level, level + 40, (110, 150, 1), np.uint8).repeat(3, axis=2)
        content += cv2.imencode(".webp" if level % 2 else ".jpg", scene)[1].tobytes() + b"\0\0"
    (root / RESOURCES / "categorization.rcc").write_bytes(content)
    return root


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_photos, "COMPOSITES", 2 * GROUPS)


@pytest.mark.usefixtures("few")
def test_photos_are_reproducible_and_show_no_hand(packages: Path, tmp_path: Path) -> None:
    counts = [
        write_object_photos(packages, tmp_path / name, lambda _, __: None) for name in ("a", "b")
    ]
    assert counts == [2 * GROUPS + 200] * 2
    table = [(tmp_path / name / "object_photos" / "labels.csv").read_text() for name in ("a", "b")]
    assert table[0] == table[1]
    rows = list(csv.DictReader(table[0].splitlines()))
    assert len({row["group"] for row in rows}) == GROUPS
    for row in rows[:10]:
        paths = [tmp_path / name / "object_photos" / row["file"] for name in ("a", "b")]
        assert paths[0].read_bytes() == paths[1].read_bytes()
    entry = datasets()["object_photos"]
    photos = read_labels(entry, PhotoArchive(tmp_path / "a", "object_photos"))
    assert not any(photo.hands for photo in photos)
    held_out = {row["group"] for row, photo in zip(rows, photos, strict=True) if photo.held_out}
    assert held_out == {"g01", "g06", "g11", "g16", "g21", "g26"}
    calibrating = [
        row["group"] for row, photo in zip(rows, photos, strict=True) if photo.only_calibrates
    ]
    assert set(calibrating) == {"g06", "g16", "g26"}


@pytest.mark.usefixtures("few")
def test_objects_are_composited_onto_the_background(packages: Path, tmp_path: Path) -> None:
    write_object_photos(packages, tmp_path, lambda _, __: None)
    folder = tmp_path / "object_photos" / "images"
    green = 0
    for number in range(2 * GROUPS):
        photo = np.asarray(cv2.imread(str(folder / f"{number:04d}.jpg")), int)
        assert photo.shape == (192, 256, 3)
        green += bool((photo[..., 1] > photo[..., [0, 2]].max(axis=2) + 60).sum() > 100)
    # About half of them keep their colour.
    assert 15 < green < 50


def test_missing_packages_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="tuxpaint-stamps-default and gcompris-qt-data"):
        write_object_photos(tmp_path, tmp_path / "made", lambda _, __: None)
    assert not (tmp_path / "made").exists()
