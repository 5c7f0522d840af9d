"""The pages on mistakes and on the hand's side as visitors use them, and what they draw."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.artifacts import store as artifacts
from core.artifacts.cards import ArtifactError
from core.artifacts.store import Mistake
from core.evaluation.error_analysis import Findings, Predictor, on_test_images, predictors
from core.evaluation.synthetic_sets import PHOTOS_PER_CLASS
from core.experiments.records.near_duplicates import NearDuplicatesRecord
from core.experiments.records.store import MissingRecordError, read_record
from core.experiments.transfer import TransferRecord
from core.training.transfer import MODES, TransferPoint
from tests.helpers.mistaken_models import SIDE, model_with_mistakes
from ui.charts import confusion_matrix
from ui.photo.examples import AGAINST, FOR, overlaid, scale_of

pytestmark = pytest.mark.usefixtures("stores")

OpenPage = Callable[..., AppTest]

CNN = "CNN with BatchNorm"


def texts_of(at: AppTest) -> str:
    assert not at.exception
    return "\n".join(element.value for element in [*at.markdown, *at.caption, *at.info])


def headline_of(at: AppTest) -> str:
    assert not at.exception
    return next(text.value for text in at.markdown if 'role="status"' in text.value)


def select(at: AppTest, label: str) -> Any:
    (found,) = [each for each in at.selectbox if each.label.startswith(label)]
    return found


@pytest.mark.slow
def test_on_a_fresh_clone_synthetic_hands_are_shown_and_labelled(open_page: OpenPage) -> None:
    at = open_page("mistakes").run()
    assert "of 360 misread" in headline_of(at)
    assert "The test images are not imported here" in texts_of(at)
    assert "drawn by the program" in texts_of(at)
    # Each mistake beside its mirror image, and one of them closely.
    assert len(at.image) % 2 == 1
    assert not at.error
    assert select(at, "Model").options == [each.title for each in predictors()]


def test_hands_are_drawn_in_the_place_of_recorded_mistakes(
    open_page: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model_with_mistakes(tmp_path, [Mistake("test/x_3R.png", "R", "L", (0.8, 0.2))])
    path = tmp_path

    def recorded(asked: Predictor, answers: Any) -> Findings:
        return on_test_images(asked, answers, path)

    monkeypatch.setattr("pages.mistakes.on_test_images", recorded)
    at = open_page("mistakes", model=SIDE, images="Test images").run()
    assert "1 of 3,600 misread" in headline_of(at)
    assert "not imported here" in texts_of(at)
    assert "drawn by the program in the place of 1 of its images" in texts_of(at)
    assert list(at.dataframe[0].value["image"]) == ["test/x_3R.png"]
    assert len(at.image) == 1


def test_a_model_without_mistakes_and_the_synthetic_hands_are_named(open_page: OpenPage) -> None:
    card = artifacts.read_card("cnn_batch_norm")
    at = open_page("mistakes", model=CNN, images="Test images").run()
    assert f"{card.on_dataset.errors} of 3,600 misread" in headline_of(at)
    assert "makes no mistakes there" in texts_of(at)


@pytest.mark.slow
def test_the_photos_show_the_cell_that_the_link_asks_for(open_page: OpenPage) -> None:
    at = open_page("mistakes", model=SIDE, images="Drawn photos", cell="left taken for right").run()
    assert select(at, "Show").value == "left taken for right"
    rows = at.dataframe[0].value
    assert set(rows["shown"]) == {"left"}
    assert set(rows["read as"]) == {"right"}
    assert f"of {12 * PHOTOS_PER_CLASS} misread" in headline_of(at)


@pytest.mark.slow
def test_another_model_and_another_image_may_be_chosen(open_page: OpenPage) -> None:
    at = open_page("mistakes", images="Drawn photos", cell="2 taken for 1").run()
    image = select(at, "Image")
    image.set_value(image.options[-1]).run()
    assert not at.exception
    select(at, "Model").set_value(SIDE).run()
    assert select(at, "Show").value == confusion_matrix.ALL_MISTAKES
    select(at, "Model").set_value("Hand classifier: which hand").run()
    assert not at.exception
    assert f"of {12 * PHOTOS_PER_CLASS} misread" in headline_of(at)


@pytest.mark.slow
@pytest.mark.parametrize("text", ["0", "1e400", "<b>", "\0", "x" * 9999])
def test_senseless_settings_of_mistakes_give_the_defaults(open_page: OpenPage, text: str) -> None:
    settings = dict.fromkeys(("model", "images", "cell", "cover", "most"), text)
    at = open_page("mistakes", **settings).run()
    assert "of 360 misread" in headline_of(at)
    assert select(at, "Model").value == CNN
    assert select(at, "Show").value == confusion_matrix.ALL_MISTAKES


@pytest.mark.parametrize("name", ["mistakes", "hand_side"])
def test_an_untrained_model_is_explained_in_plain_words(
    open_page: OpenPage, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ArtifactError("Train it with: python -m core train hand_side")

    where = "has_test_images" if name == "mistakes" else "artifacts.read_card"
    monkeypatch.setattr(f"pages.{name}.{where}", fail)
    at = open_page(name).run()
    assert not at.exception
    assert "python -m core train" in at.error[0].value


def test_cells_are_correct_wrong_or_empty() -> None:
    matrix = ((5, 0, 2), (3, 4, 0), (0, 0, 6))
    chart = confusion_matrix._chart(["a", "b", "c"], matrix, ("Shown", "Read as"), (1, 0)).to_dict()
    (rows,) = chart["datasets"].values()
    errors = [row["name"] for row in rows if row["kind"] == "wrong"]
    assert errors == ["a taken for c", "b taken for a"]
    assert [row["name"] for row in rows if row["marked"]] == ["b taken for a"]
    assert [row["count"] for row in rows if row["kind"] == "right"] == [5, 4, 6]
    assert [row["count"] for row in rows if row["kind"] == "empty"] == [0, 0, 0, 0]


def choose_cell_and_show_it() -> None:
    # The source of this function becomes a script of its own.
    import streamlit as st

    from ui.charts.confusion_matrix import choose_cell

    st.write(str(choose_cell(["a", "b"], ((5, 2), (0, 4)), ("Shown", "Read as"), "cell")))


def test_the_list_has_every_filled_cell_mistakes_first() -> None:
    at = AppTest.from_function(choose_cell_and_show_it).run()
    box = select(at, "Show")
    assert box.options == [
        "All mistakes",
        "a taken for b",
        "a, read right",
        "b, read right",
    ]
    assert at.markdown[0].value == "None"
    box.set_value("a taken for b").run()
    assert at.markdown[0].value == "(0, 1)"


def test_what_the_answer_depends_on_is_orange_and_the_rest_stays_grey() -> None:
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
    source = read_record("near_duplicates", NearDuplicatesRecord)
    errors = {"frozen": 300, "fine_tuned": 200, "from_scratch": 900}
    points = [
        TransferPoint(mode, images, seed, 120, 3_600, errors[mode] // images * 20, 1.5)
        for mode in MODES
        for images in (20, 200)
        for seed in ((0, 1, 2) if images == 20 else (0,))
    ]
    facts = source.provenance
    record = TransferRecord(facts, "M.", "hand_side", "cnn_batch_norm", "0" * 64, tuple(points))
    monkeypatch.setattr("pages.hand_side.read_record", lambda *_: record)
    return record


@pytest.mark.slow
def test_the_side_page_opens_with_both_networks_and_its_mistakes(open_page: OpenPage) -> None:
    card = artifacts.read_card("hand_side")
    at = open_page("hand_side").run()
    assert f"{card.trainable_parameters:,} weights are trained" in headline_of(at)
    counting, side = (each.proto.body for each in at.get("html"))
    assert "184,518 weights learned" in counting
    assert "kept" not in counting
    assert "30,753 weights learned" in side
    assert "18,592 weights kept" in side
    assert 'aria-label="Tells left from right' in side
    assert "mistakes?model=Hand+side+by+transfer&images=Drawn+photos" in texts_of(at)
    assert len(at.image) == 12


@pytest.mark.slow
def test_the_curves_of_transfer_are_those_recorded(
    open_page: OpenPage, recorded: TransferRecord
) -> None:
    at = open_page("hand_side", accuracy="From 95% up").run()
    assert "With 20 labelled images" in texts_of(at)
    assert "**91.7%**" in texts_of(at)
    assert "**75.0%**" in texts_of(at)
    table = at.dataframe[0].value
    assert list(table["wrong of 3600"]) == [each.errors for each in recorded.points]
    assert not at.error


@pytest.mark.slow
def test_missing_curves_come_with_how_to_measure_them(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise MissingRecordError("Run it: python -m core experiment transfer")

    monkeypatch.setattr("pages.hand_side.read_record", fail)
    at = open_page("hand_side").run()
    assert "python -m core experiment transfer" in at.info[0].value
    assert not at.error
    assert "Its mistakes" in [each.value for each in at.header]
