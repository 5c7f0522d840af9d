"""The table of photo datasets: today's entries, and one more that everything else derives from."""

import csv
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.common.types import Uint8Array
from core.hands_training import corruptions, photo_datasets
from core.hands_training.classifier_samples import random_sample
from core.hands_training.classifier_sources import load_classifier_sources
from core.hands_training.cutouts import hand_on_black, hand_on_plain_background
from core.hands_training.detector_samples import random_frame
from core.hands_training.detector_sources import load_detector_sources
from core.hands_training.metrics import KINDS, metric_rows
from core.hands_training.photo_datasets import (
    DATASETS,
    PALM,
    UNKNOWN,
    PhotoDataset,
    datasets,
    never_cut_out,
    no_file,
    no_row,
    random_dataset,
)
from core.hands_training.photo_pack import FINGERS_DATASET, Pack, read_pack, write_pack
from core.hands_training.report import measure
from core.hands_training.synthetic_frames import SyntheticFrames, draw_frame, synthetic_frames
from core.hands_training.test_sets import (
    calibration_photos,
    make_test_sets,
    sources_in,
    sources_of,
)

CLASSIFIER_SHARES = {
    "webcam_hands": 0.2,
    "room_hands": 0.22,
    "selfies": 0.18,
    "finger_combinations": 0.14,
    "desk_gestures": 0.1,
    "sign_letters": 0.1,
    "sign_digits": 0.06,
    "people_rooms": 0.33,
    "object_photos": 0.01,
}
DETECTOR_SHARES = {
    "webcam_hands": 0.24,
    "room_hands": 0.2,
    "selfies": 0.24,
    "finger_combinations": 0.08,
    "desk_gestures": 0.14,
    "sign_digits": 0.05,
    "sign_letters": 0.05,
    "people_rooms": 0.33,
    "object_photos": 0.01,
}
ROWS = [
    ("fingers", "Fingers test images", "count", "100%"),
    ("fingers", "Fingers test images", "side", "100%"),
    ("sign_digits", "signs 1–9 by other students", "count", "99%"),
    ("sign_digits", "signs 1–9 by other students", "side", "99.5%"),
    ("sign_letters", "letters by other people", "count", ""),
    ("sign_letters", "letters by other people", "side", ""),
    ("webcam_hands", "webcam frames from other sessions", "count", "97%"),
    ("webcam_hands", "webcam frames from other sessions", "hand found (IoU ≥ 0.5)", "98%"),
    ("webcam_hands", "webcam frames from other sessions", "side (pseudo-labels)", ""),
    ("webcam_hands", "webcam frames from other sessions", "answered at 99% precision", "90%"),
    ("room_hands", "hands at home, other photos", "count", ""),
    ("room_hands", "hands at home, other photos", "hand found (IoU ≥ 0.5)", ""),
    ("desk_gestures", "gestures at a desk, other session", "count", ""),
    ("selfies", "selfies of other people", "count", ""),
    ("selfies", "selfies of other people", "side (pseudo-labels)", ""),
    ("finger_combinations", "finger combinations, other photos", "count", ""),
    ("people_rooms", "other people in their rooms", "count", "93%"),
    ("people_rooms", "other people in their rooms", "hand found (IoU ≥ 0.5)", ""),
    ("people_rooms", "other people in their rooms", "a hand reported", "under 1%"),
    ("object_photos", "things that are no hands", "a hand reported", "under 1%"),
    ("synthetic", "synthetic hands, unseen shapes, all 32 combinations", "count", "95%"),
    ("synthetic", "synthetic hands, unseen shapes, all 32 combinations", "side and face", "95%"),
    ("hand-free", "places without a hand", "a hand reported", "under 2%"),
    ("harder: far", "held-out photos, far away", "count", ""),
    ("harder: turned", "held-out photos, rotated by 90°", "count", ""),
    ("harder: overexposed", "held-out photos, overexposed", "count", ""),
    ("harder: dark", "held-out photos, dark", "count", ""),
    ("harder: blurred", "held-out photos, blurred", "count", ""),
    ("harder: compressed", "held-out photos, compressed", "count", ""),
    ("harder: very far", "held-out photos, hands at a tenth of the height", "count", ""),
    ("harder: askew", "held-out photos, rotated by 45°", "count", ""),
    ("harder: upside down", "held-out photos, upside down", "count", ""),
    ("as they are", "held-out photos, as they are", "count", ""),
    ("kinds", "fists", "hand found (IoU ≥ 0.5)", ""),
    ("kinds", "open hands", "hand found (IoU ≥ 0.5)", ""),
    ("kinds", "thumbs up and down", "count", "97%"),
    ("kinds", "hands under 15% of the height", "count", "95%"),
    ("kinds", "photos of two hands", "number of hands and their total", "97%"),
    ("kinds", "photos of one hand", "two hands reported", "under 0.2%"),
    ("kinds", "photos of one hand", "sure and wrong", "under 1%"),
]


def names_where(flag: str, value: object) -> set[str]:
    return {dataset.name for dataset in DATASETS if getattr(dataset, flag) == value}


def test_the_table_describes_the_training_of_the_shipped_models() -> None:
    """The shares, flags and rows as they stood in six modules before there was one table."""
    assert list(datasets()) == [
        "sign_digits", "sign_letters", "webcam_hands", "room_hands", "desk_gestures", "selfies",
        "finger_combinations", "people_rooms", "object_photos",
    ]  # fmt: skip
    assert {each.name: each.classifier_share for each in DATASETS} == CLASSIFIER_SHARES
    assert {each.name: each.detector_share for each in DATASETS} == DETECTOR_SHARES
    assert names_where("one_hand_each", True) == {"sign_digits", "sign_letters"}
    assert names_where("face", PALM) == {"sign_digits", "sign_letters"}
    assert names_where("calibrates", False) == {
        "sign_digits", "webcam_hands", "people_rooms", "object_photos",
    }  # fmt: skip
    assert names_where("cut_out", hand_on_plain_background) == {"sign_digits"}
    assert names_where("cut_out", hand_on_black) == {"sign_letters"}
    assert len(names_where("cut_out", never_cut_out)) == 7
    without = {"people_rooms", "object_photos"}
    assert names_where("hand_free", no_file) == set(datasets()) - without
    assert names_where("only_calibrates", no_row) == set(datasets()) - without


@pytest.mark.parametrize(
    ("name", "row", "place", "held_out"),
    [
        ("sign_digits", {}, 0.8, True),
        ("sign_digits", {}, 0.79, False),
        ("sign_letters", {"person": "tom"}, 0, True),
        ("sign_letters", {"person": "hand4"}, 0.9, False),
        ("webcam_hands", {"session": "3_1528499009.07"}, 0, True),
        ("webcam_hands", {"session": "4"}, 0, False),
        ("room_hands", {}, 0.4, True),
        ("room_hands", {}, 0.55, False),
        ("desk_gestures", {"session": "teal"}, 0, True),
        ("desk_gestures", {"session": "red"}, 0, False),
        ("selfies", {"file": "a/photo_15.jpg"}, 0, True),
        ("selfies", {"file": "a/photo_16.jpg"}, 0, False),
        ("finger_combinations", {"file": "1200.png"}, 0, True),
        ("finger_combinations", {"file": "1199.png"}, 0, False),
        ("people_rooms", {"group": "g01"}, 0, True),
        ("people_rooms", {"group": "g04"}, 0, True),
        ("people_rooms", {"group": "g02"}, 0, False),
        ("people_rooms", {"group": "g42"}, 0, False),
    ],
)
def test_the_held_out_photos_are_those_of_the_shipped_models(
    name: str, row: dict[str, str], place: float, held_out: bool
) -> None:
    assert datasets()[name].holds_out(row, place) == held_out


def test_the_rows_are_those_of_the_cards() -> None:
    rows = metric_rows()
    assert [(row.test_set, row.data, row.measure, row.needed) for row in rows] == ROWS
    (counts, *_) = [row for row in rows if row.test_set == "sign_digits"]
    assert [counts.measured(file) for file in ("0/a.jpg", "9/a.jpg", "10/a.jpg")] == [
        False, True, True,
    ]  # fmt: skip


def test_datasets_are_sampled_by_their_shares() -> None:
    rng = np.random.default_rng(0)
    present = {"selfies", "sign_digits"}
    names = [random_dataset(present, lambda each: each.classifier_share, rng) for _ in range(4000)]
    assert names.count("selfies") / len(names) == pytest.approx(0.75, abs=0.03)
    assert set(names) == present
    with pytest.raises(ValueError, match="drawn from every dataset"):
        replace(DATASETS[0], detector_share=0)


PHOTOS = 12


def whole_photo(pixels: Uint8Array) -> Uint8Array:
    return np.full(pixels.shape[:2], 255, np.uint8)


GLOVES = PhotoDataset(
    "gloves",
    lambda row, _: row["person"] == "kim",
    title="gloves of another person",
    classifier_share=0.3,
    detector_share=0.3,
    measures={"count": "90%", "hand found (IoU ≥ 0.5)": ""},
    face=1 - PALM,
    cut_out=whole_photo,
)


@pytest.fixture
def gloves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with photos of one dataset more, which is in the table."""
    monkeypatch.setattr(photo_datasets, "DATASETS", (*DATASETS, GLOVES))
    text = io.StringIO()
    table = csv.DictWriter(text, ("file", "person", "fingers", "xmin", "ymin", "xmax", "ymax"))
    table.writeheader()
    with zipfile.ZipFile(tmp_path / "gloves.zip", "w") as archive:
        seed = number = 0
        while number < PHOTOS:
            frame, hands = draw_frame(seed := seed + 1)
            if len(hands) != 1:
                continue
            number += 1
            encoded = cv2.imencode(".jpg", np.ascontiguousarray(frame[:, :, 2::-1]))[1]
            archive.writestr(f"{number}.jpg", encoded.tobytes())
            box = dict(zip(("xmin", "ymin", "xmax", "ymax"), hands["box"][0], strict=True))
            person, fingers = ("kim", "lee", "max")[number % 3], int(hands["fingers"][0])
            row = {"file": f"{number}.jpg", "person": person, "fingers": fingers, **box}
            table.writerow(row)
        archive.writestr("labels.csv", text.getvalue())
    return tmp_path


@pytest.fixture
def gloves_pack(gloves: Path) -> Pack:
    write_pack(gloves / "pack.npz", gloves, None, {}, lambda done, total: None)
    return read_pack(gloves / "pack.npz")


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> SyntheticFrames:
    return synthetic_frames(tmp_path_factory.mktemp("frames"), 8, workers=1)


def test_one_entry_puts_a_dataset_into_packs_and_samples(
    gloves_pack: Pack, synthetic: SyntheticFrames, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {gloves_pack.dataset(number) for number in range(PHOTOS)} == {"gloves"}
    assert gloves_pack.datasets[-2:] == ("gloves", FINGERS_DATASET)
    assert int(gloves_pack.photos["held_out"].sum()) == PHOTOS // 3
    assert set(gloves_pack.hands["face"]) == {1 - PALM}
    assert set(gloves_pack.hands["side"]) == {UNKNOWN}
    classifier = load_classifier_sources(gloves_pack, synthetic)
    detector = load_detector_sources(gloves_pack, synthetic)
    trained_on = PHOTOS - PHOTOS // 3
    assert len(classifier.photos["gloves"]) == len(classifier.cutouts) == trained_on
    assert len(detector.photos["gloves"]) == trained_on
    drawn_from: list[str] = []

    def counted(*arguments: object) -> str:
        drawn_from.append(random_dataset(*arguments))  # type: ignore[arg-type]
        return drawn_from[-1]

    for module in ("classifier_samples", "detector_samples"):
        monkeypatch.setattr(f"core.hands_training.{module}.random_dataset", counted)
    rng = np.random.default_rng(0)
    for _ in range(10):
        random_sample(classifier, rng)
        random_frame(detector, rng)
    assert len(drawn_from) > 10
    assert set(drawn_from) == {"gloves"}


def test_one_entry_puts_a_dataset_into_test_sets_and_rows(
    gloves: Path, gloves_pack: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    for sources in (sources_in(gloves), sources_of(gloves_pack)):
        assert len(sources["gloves"].photos) == PHOTOS // 3
    found = make_test_sets(sources_in(gloves), None)
    held_out = list(found["gloves"]())
    assert len(held_out) == len(list(found["harder: turned"]())) == PHOTOS // 3
    calibrating = {name: found[name] for name in ("gloves", "harder: turned")}
    assert len(list(calibration_photos(calibrating))) == 2 * PHOTOS // 3
    monkeypatch.setattr(photo_datasets, "DATASETS", (*DATASETS, replace(GLOVES, calibrates=False)))
    assert not list(calibration_photos(calibrating))
    report = measure({"gloves": found["gloves"]}, None)
    of_kinds = {row.data for row in metric_rows() if row.test_set == KINDS}
    rows = {(row.data, row.measure): row for row in report.scores if row.data not in of_kinds}
    assert set(rows) == {
        ("gloves of another person", "count"),
        ("gloves of another person", "hand found (IoU ≥ 0.5)"),
    }
    assert {row.images for row in rows.values()} == {PHOTOS // 3}
    assert rows["gloves of another person", "count"].needed == "90%"
    counted = {row.photo_images for row in report.comparison if row.target == "fingers"}
    assert counted == {PHOTOS // 3}


def test_a_new_entry_changes_no_corruption_of_the_others(gloves: Path) -> None:
    source = sources_in(gloves)["gloves"]
    (index, _), *_ = corruptions.select_photos(source.photos)
    assert index == len(DATASETS) * corruptions.MAX_PHOTOS_PER_DATASET
