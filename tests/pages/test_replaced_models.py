"""A model that is published while pages are open: they follow, or go on with the one before."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.artifacts import store as artifacts
from core.hands import loading
from core.hands.pipeline import HAND_CLASSIFIER, HAND_DETECTOR
from tests.helpers.page_texts import answer_of, texts_of

OpenPage = Callable[..., AppTest]


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder in which the program looks for the hand models, whenever it is asked."""
    for name in (HAND_DETECTOR, HAND_CLASSIFIER):
        shutil.copytree(artifacts.MODELS_ROOT / name, tmp_path / name)

    def folder_of(name: str, root: Path = artifacts.MODELS_ROOT) -> Path:
        return (tmp_path if root == artifacts.MODELS_ROOT else root) / name

    monkeypatch.setattr(artifacts, "model_folder", folder_of)
    monkeypatch.setattr(loading, "LOOK_SECONDS", 0.0)
    forget_what_was_read()
    yield tmp_path
    forget_what_was_read()


def forget_what_was_read() -> None:
    st.cache_resource.clear()
    st.cache_data.clear()
    loading._current.cache_clear()


def publish_a_doubtful_classifier(root: Path) -> None:
    """Publish one that is never sure, and has another number of training photos."""
    card = artifacts.read_card(HAND_CLASSIFIER)
    files = {file: artifacts.read_verified(HAND_CLASSIFIER, file) for file in card.sha256}
    facts = card.on_photos
    calibration = replace(card.calibration, answer=0.9999999)
    data = replace(facts.data, photos={"selfies": 4_321})
    artifacts.write_model(
        replace(card, photos=replace(facts, calibration=calibration, data=data)), files, root
    )


def test_an_open_page_follows_the_published_model_and_back(
    open_page: OpenPage, models: Path
) -> None:
    at = open_page("try_it").run()
    before = answer_of(at)
    assert "Not sure" not in before
    publish_a_doubtful_classifier(models)
    at.run()
    assert "Not sure" in answer_of(at)
    assert "4,321 photos" in texts_of(at)
    artifacts.roll_back(HAND_CLASSIFIER, models)
    at.run()
    assert answer_of(at) == before
    assert "4,321 photos" not in texts_of(at)


@pytest.mark.parametrize("file", ["card.json", "serving.tflite"])
def test_an_open_page_goes_on_where_the_new_model_is_broken(
    open_page: OpenPage, models: Path, file: str
) -> None:
    at = open_page("try_it").run()
    before = answer_of(at), texts_of(at)
    publish_a_doubtful_classifier(models)
    (models / HAND_CLASSIFIER / file).write_bytes(b"{")
    at.run()
    assert not at.error
    assert answer_of(at) == before[0]
    assert "4,321 photos" not in texts_of(at)
    # New sessions see the same.
    assert answer_of(open_page("try_it").run()) == before[0]
