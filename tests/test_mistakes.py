"""The pages on mistakes and on the hand's side, and what they call."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import artifacts
from core.artifacts import Mistake
from core.cards import ArtifactError
from core.dataset.importing import IMPORTED_NAME
from core.dataset.store import SPLITS, Facts, open_store
from core.dataset.store_writer import StoreWriter
from core.drawn_sets import PHOTOS_OF_A_CLASS, LabelledImages, drawn_hands, drawn_photos
from core.experiments.near_copies_record import NearCopiesRecord
from core.experiments.records import MissingRecordError, read_record
from core.experiments.transfer import TransferPoint, TransferRecord
from core.mistakes import (
    Example,
    Findings,
    has_test_images,
    mirrored,
    on_test_images,
    read_all,
    without_mirror_images,
)
from core.questions import Question, answers_to, questions
from core.recognition import LabRecogniser
from core.transfer import MODES
from core.types import FINGER_COUNTS, IMAGE_SIZE, SIDES, Float32Array, Uint8Array
from ui import confusion
from ui.overlay import AGAINST, FOR, overlaid, scale_of

OpenPage = Callable[..., AppTest]

CNN, SIDE = "CNN with BatchNorm", "Hand side by transfer"


@pytest.fixture(autouse=True)
def stores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of stores that is still empty."""
    root = tmp_path / "stores"
    monkeypatch.setenv("FINGERS_DATA", str(root))
    return root


@cache
def few_hands() -> LabelledImages:
    return drawn_hands(2)


def question_of(title: str) -> Question:
    (found,) = [each for each in questions() if each.title == title]
    return found


def texts_of(at: AppTest) -> str:
    assert not at.exception
    return "\n".join(element.value for element in [*at.markdown, *at.caption, *at.info])


def headline_of(at: AppTest) -> str:
    assert not at.exception
    return next(text.value for text in at.markdown if 'role="status"' in text.value)


def select(at: AppTest, label: str) -> Any:
    (found,) = [each for each in at.selectbox if each.label.startswith(label)]
    return found


def test_every_trained_model_can_be_asked() -> None:
    asked = questions()
    assert len({each.title for each in asked}) == len(asked)
    assert [each.target for each in asked if each.model == "reader"] == ["fingers", "side"]
    assert {each.model for each in asked} >= {"cnn_batch_norm", "hand_side", "reader"}
    for each in asked:
        said = answers_to(each)(few_hands().images[:3])
        assert said.shape == (3, 6 if each.target == "fingers" else 2)
        np.testing.assert_allclose(said.sum(axis=1), 1, atol=1e-3)


def test_drawn_hands_come_with_their_mirror_images() -> None:
    hands = few_hands()
    assert len(hands.images) == 2 * 2 * len(FINGER_COUNTS)
    assert len(set(hands.names)) == len(hands.names)
    right, left = np.split(hands.images, 2)
    np.testing.assert_array_equal(left, right[:, :, ::-1])
    assert set(hands.sides[: len(right)]) == {SIDES.index("R")}
    np.testing.assert_array_equal(hands.images, drawn_hands(2).images)


def test_drawn_photos_are_found_and_prepared() -> None:
    photos = drawn_photos(LabRecogniser(), 1)
    assert len(photos.images) + photos.not_found == len(FINGER_COUNTS) * len(SIDES)
    assert photos.images.shape[1:] == (IMAGE_SIZE, IMAGE_SIZE)
    assert photos.not_found <= 2
    with pytest.raises(ValueError, match="its labels"):
        replace(photos, names=())


def bright_ones(images: Uint8Array) -> Float32Array:
    """Says right of bright images, left of dark ones."""
    share = images.mean(axis=(1, 2)).astype(np.float32) / 255
    return np.stack([1 - share, share], axis=1)


def plain(brightness: list[int]) -> Uint8Array:
    return np.array(brightness, np.uint8)[:, None, None].repeat(128, axis=1).repeat(128, axis=2)


def test_all_that_is_read_is_counted() -> None:
    asked = Question("m", "M", "side", of_the_article=True)
    given = LabelledImages(
        plain([10, 240, 60, 200]),
        np.zeros(4, np.uint8),
        np.array([0, 1, 1, 1], np.uint8),
        ("a", "b", "c", "d"),
        not_found=2,
    )
    findings = read_all(asked, bright_ones, given)
    assert findings.confusion_matrix == ((1, 0), (1, 2))
    assert (findings.images, findings.wrong, findings.not_found) == (4, 1, 2)
    assert [each.name for each in findings.mistakes] == ["c"]
    assert [each.name for each in findings.cell(1, 1)] == ["b", "d"]
    assert not findings.cell(0, 1)


def test_the_surest_mistakes_come_first() -> None:
    examples = tuple(
        Example(name, None, 0, (1 - sure, sure)) for name, sure in (("a", 0.6), ("b", 0.9))
    )
    findings = Findings(3, ((1, 2), (0, 0)), examples)
    assert [each.name for each in findings.mistakes] == ["b", "a"]
    for damage in ({"images": 4}, {"examples": examples[:1]}):
        with pytest.raises(ValueError, match=r"mistake|every image"):
            replace(findings, **damage)


def test_a_mirror_image_shows_the_other_hand_and_the_same_count() -> None:
    image = few_hands().images[0]
    of_side = Example("e", image, 1, (0.3, 0.7))
    asked = Question("m", "M", "side", of_the_article=True)
    turned = mirrored(of_side, asked, bright_ones)
    assert turned.true == 0
    assert turned.image is not None
    np.testing.assert_array_equal(turned.image, image[:, ::-1])
    assert turned.probabilities == tuple(bright_ones(image[None, :, ::-1])[0].tolist())
    count = mirrored(replace(of_side, true=1), replace(asked, target="fingers"), bright_ones)
    assert count.true == 1
    with pytest.raises(ValueError, match="not at hand"):
        mirrored(replace(of_side, image=None), asked, bright_ones)


def test_of_two_mirror_images_one_is_shown() -> None:
    one, two = few_hands().images[:2]
    named = [("a", one), ("b", two), ("c", one[:, ::-1]), ("d", None), ("e", two)]
    examples = [Example(name, image, 0, (0.1, 0.9)) for name, image in named]
    assert [each.name for each in without_mirror_images(examples)] == ["a", "b", "e"]


def model_with_mistakes(root: Path, mistakes: list[Mistake], data: Facts | None = None) -> None:
    """The side network under another root, as if it had made these mistakes on that dataset."""
    card = artifacts.read_card("hand_side")
    files = {file: artifacts.read_verified("hand_side", file) for file in card.sha256}
    files["mistakes.json"] = artifacts.mistakes_json(mistakes)
    wrong = [sum(each.true == side for each in mistakes) for side in SIDES]
    tested = card.data.test_images // 2
    matrix = ((tested - wrong[0], wrong[0]), (wrong[1], tested - wrong[1]))
    fingerprint = card.data.fingerprint if data is None else data.fingerprint
    card = replace(
        card,
        wrong=sum(wrong),
        confusion_matrix=matrix,
        data=replace(card.data, fingerprint=fingerprint),
        sha256={file: artifacts.sha256_of(content) for file, content in files.items()},
    )
    artifacts.write_model(card, files, root)


def import_drawn(root: Path) -> Facts:
    """An imported dataset of 48 drawn hands, half of them test images."""
    hands = drawn_hands(4)
    with StoreWriter(IMPORTED_NAME, origin="a test", rendered=False, root=root) as writer:
        writer.append(hands.images)
        return writer.commit(
            fingers=hands.fingers.tolist(),
            sides=[SIDES[side] for side in hands.sides],
            splits=[SPLITS[number % 2] for number in range(len(hands.images))],
            names=[f"test/{number}.png" for number in range(len(hands.images))],
        )


def test_test_images_are_those_of_the_names(tmp_path: Path, stores: Path) -> None:
    facts = import_drawn(stores)
    # Number 1 is a right hand, 25 its mirror image.
    named = [Mistake("test/1.png", "R", "L", (0.8, 0.2)), Mistake("gone", "L", "R", (0.4, 0.6))]
    model_with_mistakes(tmp_path, named, facts)
    asked = question_of(SIDE)
    assert has_test_images(asked, tmp_path)
    findings = on_test_images(asked, lambda: bright_ones, tmp_path)
    assert (findings.images, findings.wrong) == (3_600, 2)
    first, second = findings.examples[:2]
    assert first.image is not None
    np.testing.assert_array_equal(first.image, open_store(IMPORTED_NAME, stores).images[1])
    assert second.image is None
    right = findings.examples[2:]
    assert right
    assert not any(each.wrong or each.name == "test/1.png" for each in right)


def test_another_dataset_s_images_are_not_shown(tmp_path: Path, stores: Path) -> None:
    import_drawn(stores)
    model_with_mistakes(tmp_path, [Mistake("test/1.png", "R", "L", (0.8, 0.2))])
    asked = question_of(SIDE)
    assert not has_test_images(asked, tmp_path)

    def fail() -> Any:
        raise AssertionError("nothing is to be read")

    (only,) = on_test_images(asked, fail, tmp_path).examples
    assert only.image is None


def test_on_a_fresh_clone_drawn_hands_are_shown_and_that_is_said(open_page: OpenPage) -> None:
    at = open_page("mistakes").run()
    assert "of 360 misread" in headline_of(at)
    assert "The test images are not imported here" in texts_of(at)
    assert "drawn by this program" in texts_of(at)
    # Each mistake beside its mirror image, and one of them closely.
    assert len(at.image) % 2 == 1
    assert not at.error
    assert select(at, "Model").options == [each.title for each in questions()]


def test_recorded_mistakes_are_told_without_their_images(
    open_page: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model_with_mistakes(tmp_path, [Mistake("test/x_3R.png", "R", "L", (0.8, 0.2))])
    path = tmp_path

    def recorded(asked: Question, answers: Any) -> Findings:
        return on_test_images(asked, answers, path)

    monkeypatch.setattr("pages.mistakes.on_test_images", recorded)
    at = open_page("mistakes", model=SIDE, images="Test images").run()
    assert "1 of 3,600 misread" in headline_of(at)
    assert "not imported here" in texts_of(at)
    assert "not at hand" in texts_of(at)
    assert list(at.dataframe[0].value["image"]) == ["test/x_3R.png"]
    assert not at.image


def test_no_mistake_is_said_so_and_the_drawn_hands_are_named(open_page: OpenPage) -> None:
    card = artifacts.read_card("cnn_batch_norm")
    at = open_page("mistakes", model=CNN, images="Test images").run()
    assert f"{card.wrong} of 3,600 misread" in headline_of(at)
    assert "makes no mistake there" in texts_of(at)


def test_the_photos_show_the_cell_that_the_link_asks_for(open_page: OpenPage) -> None:
    at = open_page("mistakes", model=SIDE, images="Drawn photos", cell="left taken for right").run()
    assert select(at, "Show").value == "left taken for right"
    rows = at.dataframe[0].value
    assert set(rows["shown"]) == {"left"}
    assert set(rows["read as"]) == {"right"}
    assert f"of {12 * PHOTOS_OF_A_CLASS} misread" in headline_of(at)


def test_another_model_and_another_image_may_be_chosen(open_page: OpenPage) -> None:
    at = open_page("mistakes", images="Drawn photos", cell="2 taken for 1").run()
    image = select(at, "Image")
    image.set_value(image.options[-1]).run()
    assert not at.exception
    select(at, "Model").set_value(SIDE).run()
    assert select(at, "Show").value == confusion.ALL_MISTAKES
    select(at, "Model").set_value("Field reader: which hand").run()
    assert not at.exception
    assert f"of {12 * PHOTOS_OF_A_CLASS} misread" in headline_of(at)


@pytest.mark.parametrize("text", ["0", "1e400", "<b>", "\0", "x" * 9999])
def test_senseless_settings_of_mistakes_give_the_defaults(open_page: OpenPage, text: str) -> None:
    settings = dict.fromkeys(("model", "images", "cell", "cover", "most"), text)
    at = open_page("mistakes", **settings).run()
    assert "of 360 misread" in headline_of(at)
    assert select(at, "Model").value == CNN
    assert select(at, "Show").value == confusion.ALL_MISTAKES


@pytest.mark.parametrize("name", ["mistakes", "hand_side"])
def test_an_untrained_model_is_told_in_plain_words(
    open_page: OpenPage, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ArtifactError("Train it with: python -m core train hand_side")

    where = "has_test_images" if name == "mistakes" else "layers_of"
    monkeypatch.setattr(f"pages.{name}.{where}", fail)
    at = open_page(name).run()
    assert not at.exception
    assert "python -m core train" in at.error[0].value


def test_cells_are_right_wrong_or_empty() -> None:
    matrix = ((5, 0, 2), (3, 4, 0), (0, 0, 6))
    chart = confusion._chart(["a", "b", "c"], matrix, ("Shown", "Read as"), (1, 0)).to_dict()
    (rows,) = chart["datasets"].values()
    wrong = [row["name"] for row in rows if row["kind"] == "wrong"]
    assert wrong == ["a taken for c", "b taken for a"]
    assert [row["name"] for row in rows if row["marked"]] == ["b taken for a"]
    assert [row["count"] for row in rows if row["kind"] == "right"] == [5, 4, 6]
    assert [row["count"] for row in rows if row["kind"] == "empty"] == [0, 0, 0, 0]


CHOOSING = """
import streamlit as st
from ui.confusion import choose_cell

st.write(str(choose_cell(["a", "b"], ((5, 2), (0, 4)), ("Shown", "Read as"), "cell")))
"""


def test_the_list_has_every_filled_cell_mistakes_first() -> None:
    at = AppTest.from_string(CHOOSING).run()
    box = select(at, "Show")
    assert box.options == ["All mistakes", "a taken for b", "a, read right", "b, read right"]
    assert at.markdown[0].value == "None"
    box.set_value("a taken for b").run()
    assert at.markdown[0].value == "(0, 1)"


def test_what_the_answer_hung_on_is_orange_and_the_rest_stays_grey() -> None:
    drops = np.zeros((128, 128), np.float32)
    drops[:32, :32], drops[96:, 96:] = 0.5, -0.25
    picture = overlaid(np.full((128, 128), 100, np.uint8), drops).astype(int)
    assert picture.shape == (512, 512, 3)
    assert scale_of(drops) == 0.5
    np.testing.assert_array_equal(picture[256, 256], 100)
    np.testing.assert_allclose(picture[40, 40], 0.2 * 100 + 0.8 * np.array(FOR), atol=1)
    np.testing.assert_allclose(picture[480, 480], 0.6 * 100 + 0.4 * np.array(AGAINST), atol=1)
    assert scale_of(drops * 0) > 0


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TransferRecord:
    """Results of the experiment on transfer, as the page reads them."""
    source = read_record("near_copies", NearCopiesRecord)
    wrong = {"frozen": 300, "fine_tuned": 200, "from_scratch": 900}
    points = [
        TransferPoint(mode, images, seed, 120, 3_600, wrong[mode] // images * 20, 1.5)
        for mode in MODES
        for images in (20, 200)
        for seed in ((0, 1, 2) if images == 20 else (0,))
    ]
    facts = source.provenance
    record = TransferRecord(facts, "M.", "hand_side", "cnn_batch_norm", "0" * 64, tuple(points))
    monkeypatch.setattr("pages.hand_side.read_record", lambda *_: record)
    return record


def test_the_hand_side_opens_with_both_networks_and_its_mistakes(open_page: OpenPage) -> None:
    card = artifacts.read_card("hand_side")
    at = open_page("hand_side").run()
    assert f"{card.trainable_parameters:,} weights learn" in headline_of(at)
    counting, side = (each.proto.body for each in at.get("html"))
    assert "184,518 weights learned" in counting
    assert "kept" not in counting
    assert "30,753 weights learned" in side
    assert "18,592 weights kept" in side
    assert 'aria-label="It tells the hand' in side
    assert "mistakes?model=Hand+side+by+transfer&images=Drawn+photos" in texts_of(at)
    assert len(at.image) == 12


def test_the_curves_of_transfer_are_those_recorded(
    open_page: OpenPage, recorded: TransferRecord
) -> None:
    at = open_page("hand_side", accuracy="From 95 % up").run()
    assert "91.7\u00a0%" in texts_of(at)
    assert "Enough for 99\u00a0%: layers kept: 200 images" in texts_of(at)
    assert "from scratch: never here" in texts_of(at)
    table = at.dataframe[0].value
    assert list(table["wrong of 3600"]) == [each.wrong for each in recorded.points]
    assert not at.error


def test_missing_curves_say_how_to_measure_them(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise MissingRecordError("Run it: python -m core experiment transfer")

    monkeypatch.setattr("pages.hand_side.read_record", fail)
    at = open_page("hand_side").run()
    assert "python -m core experiment transfer" in at.info[0].value
    assert not at.error
    assert "Its mistakes" in [each.value for each in at.header]
