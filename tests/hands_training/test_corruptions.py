"""Corruptions of held-out photos, and what they are used for."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from core.artifacts.photo_facts import MetricScore
from core.common.types import Box, Photo, Uint8Array
from core.hands_training import report
from core.hands_training.corruptions import (
    CORRUPTIONS,
    DISTANT_SIDE,
    MAX_PHOTOS_PER_DATASET,
    SCENE,
    TINY_HAND,
    Picture,
    select_photos,
)
from core.hands_training.metrics import metric_rows
from core.hands_training.photo_datasets import UNKNOWN
from core.hands_training.photo_labels import LabelledHand, LabelledPhoto
from core.hands_training.photo_pack import Pack
from core.hands_training.predictions import PhotoPrediction
from core.hands_training.test_sets import (
    HAND_FREE,
    SYNTHETIC,
    EvaluationPhoto,
    PhotoSource,
    calibration_photos,
    make_test_sets,
    sources_in,
    sources_of,
)

BOX = Box(20, 40, 100, 90)
HAND = LabelledHand(2, 1, 0, (0, 1, 1, 0, 0), BOX)
WHITE = 255


def labelled(dataset: str, count: int, hands: tuple[LabelledHand, ...] = (HAND,)) -> PhotoSource:
    """A dataset whose photos are all the same: a white rectangle where the hand's box is."""
    photos = [LabelledPhoto(dataset, f"{number}.jpg", True, hands, True) for number in range(count)]
    return PhotoSource(photos, lambda photo: Photo(marked()))


def marked() -> Uint8Array:
    pixels = np.full((240, 320, 3), 60, np.uint8)
    pixels[int(BOX.y0) : int(BOX.y1), int(BOX.x0) : int(BOX.x1)] = WHITE
    return pixels


def corrupted(name: str, photo_index: int = 0, pixels: Uint8Array | None = None) -> Picture:
    return CORRUPTIONS[name](Picture(marked() if pixels is None else pixels, BOX, photo_index))


def photos_of(sources: dict[str, PhotoSource], name: str) -> list[EvaluationPhoto]:
    return list(make_test_sets(sources, None)[name]())


def box_of(photo: EvaluationPhoto) -> Box:
    (hand,) = photo.hands
    assert hand.box is not None
    return hand.box


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_corruptions_do_not_depend_on_other_photos(name: str) -> None:
    rooms, selfies = labelled("room_hands", 3), labelled("selfies", 2)
    alone = photos_of({"selfies": selfies}, name)
    both = photos_of({"room_hands": rooms, "selfies": selfies}, name)
    assert [photo.name for photo in both[3:]] == ["selfies/0.jpg", "selfies/1.jpg"]
    for one, other in zip(alone, both[3:], strict=True):
        np.testing.assert_array_equal(one.photo.pixels, other.photo.pixels)
        assert one.hands == other.hands
        assert not np.array_equal(one.photo.pixels, marked())


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_the_photo_itself_is_unchanged(name: str) -> None:
    pixels = marked()
    corrupted(name, pixels=pixels)
    np.testing.assert_array_equal(pixels, marked())


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_photos_of_folders_and_packs_are_corrupted_alike(
    name: str, photos: Path, pack: Pack
) -> None:
    of_folder, of_pack = photos_of(sources_in(photos), name), photos_of(sources_of(pack), name)
    assert len(of_folder) == len(of_pack) == 2
    for one, other in zip(of_folder, of_pack, strict=True):
        assert one.photo.pixels.shape == other.photo.pixels.shape
        assert box_of(one) == pytest.approx(box_of(other), abs=1e-3)
        assert replace(one.hands[0], box=None) == replace(other.hands[0], box=None)


def test_a_distant_photo_and_its_box_take_up_a_third_of_a_scene() -> None:
    places = set()
    for photo_index in range(5):
        far = corrupted("harder: far", photo_index)
        assert far.pixels.shape == (SCENE.height, SCENE.width, 3)
        assert far.box is not None
        assert far.box.width == pytest.approx(BOX.width * DISTANT_SIDE / 320)
        assert far.box.height == pytest.approx(BOX.height * DISTANT_SIDE / 320, rel=0.01)
        x0, y0, x1, y1 = (round(place) for place in far.box)
        assert far.pixels[y0 + 2 : y1 - 2, x0 + 2 : x1 - 2].min() == WHITE
        # What surrounds the box in the photo surrounds it here.
        for beside in (far.pixels[y0 - 4, x0:x1], far.pixels[y0:y1, x1 + 4]):
            assert set(beside.ravel()) == {60}
        places.add((x0, y0))
    assert len(places) == 5


def test_photos_and_their_boxes_are_rotated_left_and_right_alternately() -> None:
    left, right = (corrupted("harder: turned", photo_index) for photo_index in (0, 1))
    np.testing.assert_array_equal(left.pixels, right.pixels[::-1, ::-1])
    # The upper edge comes to lie on the left, or on the right.
    assert left.box == Box(40, 220, 90, 300)
    assert right.box == Box(150, 20, 200, 100)
    for rotated in (left, right):
        assert rotated.box is not None
        assert rotated.pixels.shape == (320, 240, 3)
        x0, y0, x1, y1 = (int(place) for place in rotated.box)
        assert rotated.pixels[y0:y1, x0:x1].min() == WHITE
        assert (rotated.pixels == WHITE).sum() == 3 * BOX.width * BOX.height


@pytest.mark.parametrize(
    "name", ["harder: far", "harder: very far", "harder: turned", "harder: askew"]
)
@pytest.mark.parametrize("photo_index", [0, 1])
def test_a_hand_without_a_box_stays_without(name: str, photo_index: int) -> None:
    assert CORRUPTIONS[name](Picture(marked(), None, photo_index)).box is None


def test_a_very_distant_hand_takes_up_a_tenth_of_the_height() -> None:
    for photo_index in range(5):
        far = corrupted("harder: very far", photo_index)
        assert far.pixels.shape == (SCENE.height, SCENE.width, 3)
        assert far.box is not None
        assert TINY_HAND[0] * 0.97 < far.box.height / SCENE.height < TINY_HAND[1] * 1.01
        x0, y0, x1, y1 = (round(place) for place in far.box)
        assert far.pixels[y0 + 2 : y1 - 2, x0 + 2 : x1 - 2].min() == WHITE
    # A photo with a small hand still fits into the scene.
    pixels = np.zeros((400, 560, 3), np.uint8)
    small = CORRUPTIONS["harder: very far"](Picture(pixels, Box(0, 0, 9, 9), 0))
    assert small.pixels.shape == (SCENE.height, SCENE.width, 3)


def test_a_photo_upside_down_is_turned_over_with_its_box() -> None:
    over = corrupted("harder: upside down")
    np.testing.assert_array_equal(over.pixels, marked()[::-1, ::-1])
    assert over.box == Box(220, 150, 300, 200)


def test_an_askew_photo_is_whole_and_its_box_lies_on_the_hand() -> None:
    for photo_index in (0, 1):
        askew = corrupted("harder: askew", photo_index)
        assert askew.pixels.shape == (400, 400, 3)
        assert askew.box is not None
        white = (askew.pixels == WHITE).all(axis=2)
        assert white.sum() == pytest.approx(BOX.width * BOX.height, rel=0.03)
        rows, columns = np.nonzero(white)
        middle = (askew.box.x0 + askew.box.x1) / 2, (askew.box.y0 + askew.box.y1) / 2
        assert middle == pytest.approx((columns.mean(), rows.mean()), abs=1.5)
        # The left one's edge rises to the right.
        first = columns[rows == rows.min()].mean() - columns.mean()
        assert (first > 0) == (photo_index == 0)


@pytest.mark.parametrize(("level", "brighter"), [(100, 170), (20, 50), (200, 200), (0, 0)])
def test_overexposed_photos_are_as_bright_as_the_gain_allows(level: int, brighter: int) -> None:
    grey = np.full((30, 40, 3), level, np.uint8)
    assert abs(float(corrupted("harder: overexposed", pixels=grey).pixels.mean()) - brighter) <= 1


def test_dark_photos_keep_little_of_the_light_and_are_noisy() -> None:
    for level, darker in ((255, 50), (128, 50 * (128 / 255) ** 1.6)):
        grey = np.full((200, 200, 3), level, np.uint8)
        dark = corrupted("harder: dark", pixels=grey).pixels
        assert float(dark.mean()) == pytest.approx(darker, abs=1)
        assert float(dark.std()) == pytest.approx(4, abs=0.2)
    assert not np.array_equal(
        corrupted("harder: dark", 0).pixels, corrupted("harder: dark", 1).pixels
    )


def test_blur_grows_with_the_photo() -> None:
    edge = np.zeros((100, 400, 3), np.uint8)
    edge[:, 200:] = WHITE
    row = corrupted("harder: blurred", pixels=edge).pixels[50, :, 0].astype(float)
    # At one standard deviation, 4 pixels, 84% of the step is done.
    assert np.interp(204 - 0.5, np.arange(400), row) / WHITE == pytest.approx(0.84, abs=0.02)


def test_compression_keeps_the_colours_in_their_order() -> None:
    orange = np.full((64, 64, 3), (220, 120, 20), np.uint8)
    mean = corrupted("harder: compressed", pixels=orange).pixels.mean(axis=(0, 1))
    assert np.abs(mean - (220, 120, 20)).max() < 25


def test_no_dataset_dominates() -> None:
    sources = {
        "sign_letters": labelled("sign_letters", 610),
        "selfies": labelled("selfies", 7),
    }
    indices = [
        photo_index
        for source in sources.values()
        for photo_index, _ in select_photos(source.photos)
    ]
    assert len(set(indices)) == len(indices)
    photos = photos_of(sources, "harder: turned")
    assert Counter(photo.name.split("/")[0] for photo in photos) == {
        "sign_letters": MAX_PHOTOS_PER_DATASET,
        "selfies": 7,
    }
    numbers = [
        int(photo.file.split(".")[0]) for _, photo in select_photos(sources["sign_letters"].photos)
    ]
    assert {later - earlier for earlier, later in pairwise(numbers)} == {10, 11}


def test_only_photos_of_a_single_hand_with_a_known_count_are_corrupted() -> None:
    unknown = replace(HAND, fingers=UNKNOWN)
    sources = [labelled("selfies", 2, hands) for hands in ((HAND, HAND), (unknown,), (HAND,))]
    photos = [photo for source in sources for photo in source.photos]
    assert [photo for _, photo in select_photos(photos)] == sources[2].photos


def test_photos_are_decoded_only_on_demand() -> None:
    read = []

    def load(photo: LabelledPhoto) -> Photo:
        read.append(photo.file)
        return Photo(marked())

    source = replace(labelled("selfies", 5), load=load)
    found = make_test_sets({"selfies": source}, None)
    iterators = [found[name]() for name in CORRUPTIONS]
    assert read == []
    for iterator in iterators:
        next(iterator)
    assert read == ["0.jpg"] * len(CORRUPTIONS)


def test_without_photos_there_are_no_corruptions() -> None:
    assert set(make_test_sets({}, None)) == {SYNTHETIC, HAND_FREE}


def test_only_corruptions_of_the_calibrations_photos_calibrate() -> None:
    sources = {name: labelled(name, 3) for name in ("selfies", "webcam_hands", "sign_digits")}
    found = make_test_sets(sources, None)
    found = {name: found[name] for name in (*sources, *CORRUPTIONS)}
    calibrated = [photo.name for photo in calibration_photos(found)]
    as_they_are = [photo.name for photo in found["selfies"]()]
    assert calibrated == as_they_are + [f"selfies/{name}" for name in as_they_are] * len(
        CORRUPTIONS
    )


def test_each_corruption_has_one_row_and_none_is_in_the_comparison(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[str] = []

    def answers(photos: Iterable[EvaluationPhoto], right: bool) -> list[PhotoPrediction]:
        fingers = HAND.fingers if right else UNKNOWN
        return [PhotoPrediction(photo.name, photo.hands, (), fingers, 1, 0) for photo in photos]

    def of_article(
        photos: Iterable[EvaluationPhoto], models: Sequence[str]
    ) -> dict[str, list[PhotoPrediction]]:
        compared.extend(photo.name for photo in photos)
        return {}

    monkeypatch.setattr(report, "hand_recogniser", object)
    monkeypatch.setattr(report, "our_predictions", lambda photos, _: answers(photos, right=True))
    monkeypatch.setattr(
        report, "baseline_predictions", lambda photos, _: answers(photos, right=False)
    )
    monkeypatch.setattr(report, "article_predictions", of_article)
    test_set = make_test_sets({"selfies": labelled("selfies", 5)}, None)
    few = {name: photos for name, photos in test_set.items() if name not in (SYNTHETIC, HAND_FREE)}
    measured = report.measure(few, Path("python"))
    assert compared == [f"{number}.jpg" for number in range(5)]
    twice, *_ = [row for row in measured.scores if row.measure == "two hands reported"]
    assert (twice.images, twice.value) == (5, 0)
    titles = [row.data for row in metric_rows() if row.test_set in CORRUPTIONS]
    assert len(set(titles)) == len(titles) == len(CORRUPTIONS)
    unchanged = [row for row in measured.scores if row.data == "held-out photos, as they are"]
    assert [(row.images, row.value) for row in unchanged] == [(5, 1.0)]
    assert [row for row in measured.scores if row.data in titles] == [
        MetricScore(title, "count", 5, 1.0, 0.0, "") for title in titles
    ]
    assert (
        "| held-out photos, far away | count | 5 | 100.0% | 56.6%–100.0% | 0.0% |"
        in report.as_table(measured.scores)
    )
