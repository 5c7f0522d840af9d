"""The app's pages as visitors use them: every input, every answer, every way to go wrong."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.artifacts.cards import ArtifactError
from core.artifacts.store import read_card
from core.common.formatting import format_share
from core.common.types import SIDE_NAMES, Side
from core.hands.pipeline import HAND_CLASSIFIER, hand_recogniser
from core.hands.prediction import Prediction
from tests.helpers.own_process import ROOT, in_own_process
from tests.helpers.page_texts import answer_of, texts_of
from ui.navigation import find_pages
from ui.photo_input import FIRST_SAMPLE
from ui.server import models
from ui.wording import answer_words, fingers_words, format_confidence

FIRST_ANSWER = f"{fingers_words(FIRST_SAMPLE[0])} · {SIDE_NAMES[FIRST_SAMPLE[1]]} hand"
PAGE_NAMES = [module.__name__.rpartition(".")[2] for module in find_pages()]

OpenPage = Callable[..., AppTest]


@pytest.mark.parametrize("name", PAGE_NAMES)
def test_every_page_opens(open_page: OpenPage, name: str) -> None:
    at = open_page(name).run()
    assert not at.exception
    assert at.title


@pytest.mark.parametrize("name", PAGE_NAMES)
def test_a_page_that_streamlit_runs_as_a_script_opens_the_app(name: str) -> None:
    at = AppTest.from_file(str(ROOT / "pages" / f"{name}.py"), default_timeout=60).run()
    assert not at.exception
    assert at.title


def test_the_app_opens_with_a_correctly_classified_sample() -> None:
    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
    assert FIRST_ANSWER in answer_of(at)
    assert "the answer is **correct**" in texts_of(at)
    assert "palm or back" in texts_of(at)
    # The photo, the hand detector's view, and what the model saw.
    assert len(at.image) == 3


@pytest.mark.parametrize("side", ["Left", "Right"])
@pytest.mark.parametrize("fingers", range(6))
def test_every_sample_shows_an_answer(open_page: OpenPage, fingers: int, side: str) -> None:
    at = open_page("try_it", fingers=str(fingers), hand=side, person="3").run()
    assert answer_of(at)
    assert f"drawn as {fingers_words(fingers)}, {side.lower()} hand" in texts_of(at)


def test_the_mirror_switch_swaps_the_side(open_page: OpenPage) -> None:
    at = open_page("try_it").run()
    straight = answer_of(at)
    other: Side = "R" if FIRST_SAMPLE[1] == "L" else "L"
    at.toggle(key="mirror").set_value(True).run()
    assert f"{SIDE_NAMES[other]} hand" in answer_of(at)
    at.toggle(key="mirror").set_value(False).run()
    assert answer_of(at) == straight


def test_the_article_s_models_classify_the_same_photo_on_demand(open_page: OpenPage) -> None:
    at = open_page("try_it", compare="true").run()
    assert not at.exception
    assert any("read by the article" in header.value for header in at.header)
    at.toggle(key="compare").set_value(False).run()
    assert not any("read by the article" in header.value for header in at.header)


def test_the_page_distinguishes_the_dataset_from_real_photos(open_page: OpenPage) -> None:
    at = open_page("try_it").run()
    table = at.dataframe[0].value
    assert set(table["question"]) == {"how many", "which hand"}
    assert (table["on_dataset"] > 0.99).all()
    article_model, hand_model = (
        table[table["model"] == title].iloc[0]["on_photos"]
        for title in ("CNN with BatchNorm", "Hand classifier")
    )
    assert hand_model > article_model + 0.1


@pytest.mark.slow
def test_the_page_says_how_well_corrupted_photos_are_classified(open_page: OpenPage) -> None:
    at = open_page("try_it").run()
    assert "Under difficult conditions" in [header.value for header in at.header]
    scores = read_card(HAND_CLASSIFIER).on_photos.of_corrupted_photos
    assert set(scores) >= {"far away", "rotated by 90°", "dark"}
    (chart,) = [
        chart.proto for chart in at.get("vega_lite_chart") if "Correct counts" in chart.proto.spec
    ]
    for score in scores.values():
        assert score.baseline is not None
        ours, theirs = format_share(score.value), format_share(score.baseline)
        assert f"{ours} by this program, {theirs} by MediaPipe." in chart.alt


@pytest.mark.parametrize(
    "text", ["99", "-1", "<script>alert(1)</script>", "\0", "1e400", "x" * 9999]
)
@pytest.mark.parametrize("setting", ["source", "fingers", "hand", "person", "mirror"])
def test_a_senseless_setting_in_the_url_gives_the_default(
    open_page: OpenPage, setting: str, text: str
) -> None:
    at = open_page("try_it", **{setting: text}).run()
    assert FIRST_ANSWER in answer_of(at)


def test_a_missing_model_is_explained_in_plain_words(
    open_page: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    st.cache_resource.clear()
    monkeypatch.setattr(models, "recogniser_with", lambda _: hand_recogniser(tmp_path))
    at = open_page("try_it").run()
    assert not at.exception
    assert "not trained yet" in at.error[0].value


def test_a_damaged_model_is_explained_in_plain_words(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_: Any) -> None:
        raise ArtifactError("The file does not match its card.")

    st.cache_resource.clear()
    monkeypatch.setattr(models, "recogniser_with", damaged)
    at = open_page("try_it").run()
    assert not at.exception
    assert "does not match its card" in at.error[0].value


@pytest.mark.parametrize(
    ("count", "side", "words"),
    [
        (0.99, 0.97, "3 fingers · right hand"),
        (0.99, 0.55, "3 fingers · not sure which hand"),
        (0.5, 0.97, "Not sure how many · right hand"),
        (0.5, 0.55, "Not sure"),
    ],
)
def test_what_is_not_sure_is_not_claimed(count: float, side: float, words: str) -> None:
    rest = (1 - count) / 5
    prediction = Prediction((rest, rest, rest, count, rest, rest), (1 - side, side))
    headline, sureness = answer_words(prediction)
    assert headline == words
    assert ("Perhaps" in sureness) == ("not sure" in words.lower())


def test_a_probability_is_never_rounded_to_certainty() -> None:
    assert format_confidence(0.9999) == "over 99%"
    assert format_confidence(0.0001) == "under 1%"
    assert format_confidence(0.625) == "62%"


@pytest.mark.slow
@in_own_process
def test_the_app_never_imports_tensorflow() -> None:
    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
    assert not at.exception
    assert not {"tensorflow", "keras", "jax", "distributed"} & set(sys.modules)
