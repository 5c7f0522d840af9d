"""The datasets of real photos, packs of them, and the test sets that are made of both."""

import json
from pathlib import Path

import numpy as np
import pytest

from core.__main__ import main
from core.common.errors import UserError
from core.hands_training import test_sets as test_sets_module
from core.hands_training.photo_labels import (
    PhotoArchive,
    available,
    read_answers_by_photo,
    read_labels,
)
from core.hands_training.photo_pack import Pack, read_pack, write_pack
from core.hands_training.test_sets import (
    HAND_FREE,
    SYNTHETIC,
    make_test_sets,
    sources_in,
    sources_of,
)
from tests.helpers.hand_photo_files import PHOTOS

POINTS = [[float(number), 2.0] for number in range(21)]


def test_a_table_says_what_each_photo_shows(photos: Path) -> None:
    (dataset,) = available(photos)
    labelled = read_labels(dataset, PhotoArchive(photos, dataset.name))
    assert len(labelled) == PHOTOS
    assert [photo.held_out for photo in labelled] == [n % 5 == 0 for n in range(1, PHOTOS + 1)]
    for photo in labelled:
        (hand,) = photo.hands
        assert photo.complete
        assert sum(hand.extended) == hand.fingers
        assert {hand.side, hand.face} <= {0, 1}


def test_a_file_outside_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "selfies").mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    with pytest.raises(UserError, match="is outside"):
        PhotoArchive(tmp_path, "selfies").read("../secret.txt")


def test_a_damaged_zip_and_a_missing_dataset_are_named(tmp_path: Path) -> None:
    (tmp_path / "selfies.zip").write_bytes(b"no zip")
    with pytest.raises(UserError, match=r"selfies\.zip is not a zip"):
        PhotoArchive(tmp_path, "selfies")
    with pytest.raises(UserError, match="neither"):
        PhotoArchive(tmp_path, "room_hands")


def test_a_table_without_fingers_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "selfies"
    folder.mkdir()
    (folder / "labels.csv").write_text("file,side\na_1.jpg,L\n")
    (dataset,) = available(tmp_path)
    with pytest.raises(UserError, match="labels of 'selfies' cannot be read"):
        read_labels(dataset, PhotoArchive(tmp_path, "selfies"))


def test_a_pack_holds_the_photos_and_their_labels(pack: Pack) -> None:
    assert len(pack.photos) == len(pack.hands) == PHOTOS
    assert int(pack.photos["held_out"].sum()) == 2
    assert pack.photo(3).shape == (192, 256, 3)
    assert np.isnan(pack.hands["landmarks"]).all()
    assert (pack.hands["extended"].sum(axis=1) == pack.hands["fingers"]).all()


def test_packing_the_same_photos_gives_the_same_bytes(photos: Path, tmp_path: Path) -> None:
    for name in ("one.npz", "two.npz"):
        write_pack(tmp_path / name, photos, None, {}, lambda done, total: None)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_a_missing_pack_error_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="data pack FOLDER"):
        read_pack(tmp_path / "none.npz")


@pytest.mark.parametrize("names", [[], ["a dataset that is in no table"]])
def test_a_pack_of_unknown_datasets_is_of_another_version(
    pack: Pack, tmp_path: Path, names: list[str]
) -> None:
    path = tmp_path / "other.npz"
    arrays = {part: getattr(pack, part) for part in ("photos", "hands", "faces", "content")}
    np.savez(path, allow_pickle=False, **arrays, datasets=np.array(names, np.str_))
    with pytest.raises(UserError, match="another version"):
        read_pack(path)
    np.savez(path, allow_pickle=False, **arrays)
    with pytest.raises(UserError, match="another version"):
        read_pack(path)
    np.savez(path, allow_pickle=False, **arrays, datasets=np.array(pack.datasets))
    assert read_pack(path).datasets == pack.datasets


def baseline_answer(hands: object, file: str = "/x/selfies/images/a.jpg") -> str:
    return json.dumps({"file": file, "milliseconds": 9.5, "hands": hands})


def baseline_hand(fingers: object = 3, points: object = POINTS) -> dict[str, object]:
    return {"fingers": fingers, "side": "L", "score": 0.9, "points": points}


def test_landmarks_are_read_by_dataset_and_file(tmp_path: Path) -> None:
    (tmp_path / "answers.jsonl").write_text(baseline_answer([baseline_hand()]) + "\n")
    found = read_answers_by_photo(tmp_path / "answers.jsonl")
    assert found["selfies/images/a.jpg"].landmarks[0][20].tolist() == [20.0, 2.0]


@pytest.mark.parametrize(
    "damage",
    [
        "{}",
        "[" * 100_000,
        baseline_answer(None),
        baseline_answer([], "/x/elsewhere/a.jpg"),
        baseline_answer([baseline_hand(points=POINTS[:1])]),
        baseline_answer([baseline_hand(points=[[1], *POINTS[1:]])]),
        baseline_answer([baseline_hand(fingers=9)]),
    ],
    ids=["empty", "nested", "no hands", "elsewhere", "one landmark", "no y", "nine fingers"],
)
def test_landmarks_that_are_damaged_are_reported(tmp_path: Path, damage: str) -> None:
    (tmp_path / "broken.jsonl").write_text(damage + "\n")
    with pytest.raises(UserError, match="cannot be read"):
        read_answers_by_photo(tmp_path / "broken.jsonl")


def test_packing_from_the_command_line(
    photos: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("FINGERS_DATA", str(tmp_path))
    assert main(["data", "pack", str(photos)]) == 0
    assert f"Packed {PHOTOS} photos" in capsys.readouterr().out
    assert main(["data", "pack", str(tmp_path / "nothing")]) == 1
    assert "no datasets" in capsys.readouterr().err


def test_the_test_sets_of_a_folder_and_of_its_pack_show_the_same_hands(
    photos: Path, pack: Pack
) -> None:
    of_folder = make_test_sets(sources_in(photos), None)["selfies"]()
    of_pack = make_test_sets(sources_of(pack), None)["selfies"]()
    for one, other in zip(of_folder, of_pack, strict=True):
        assert one.hands[0].fingers == other.hands[0].fingers
        assert one.hands[0].box == pytest.approx(other.hands[0].box, abs=1e-3)


def test_hand_free_test_sets_have_no_hand_in_them(
    photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(test_sets_module, "EMPTY_FRAMES", 4)
    monkeypatch.setattr(test_sets_module, "SYNTHETIC_FRAMES", 5)
    found = make_test_sets(sources_in(photos), None)
    empty = list(found[HAND_FREE]())
    assert len(empty) > 4
    assert not any(photo.hands for photo in empty)
    one_hand = list(found[SYNTHETIC]())
    assert [len(photo.hands) for photo in one_hand] == [1] * 5
