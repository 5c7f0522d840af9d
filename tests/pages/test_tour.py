"""The page "Guided tour" as visitors use it."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.artifacts.cards import ArtifactError
from core.experiments.records.store import RecordError
from core.reports.tour import STEPS
from core.reports.tour_mistakes import MisreadImage
from tests.helpers.browser import confidently_classified_sample, encoded
from ui.tour.slides import NOT_RECORDED

OpenPage = Callable[..., AppTest]

MISREAD = (MisreadImage(np.zeros((128, 128), np.uint8), 3, 2, "Softmax", is_drawn=True),) * 4


@pytest.fixture(autouse=True)
def mistakes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing the pictures of mistakes takes seconds."""
    monkeypatch.setattr("pages.tour.misread_pictures", lambda: MISREAD)


def data_of(at: AppTest) -> dict[str, Any]:
    assert not at.exception
    (show,) = at.get("bidi_component")
    data: dict[str, Any] = json.loads(show.proto.json)
    return data


def said_in(slide: dict[str, Any]) -> list[str]:
    return [panel["said"] for panel in slide["panels"]]


def test_every_step_has_its_words_a_figure_and_a_picture(open_page: OpenPage) -> None:
    data = data_of(open_page("tour").run())
    assert data["start"] == 1
    assert data["problem"] == ""
    assert [each["title"] for each in data["slides"]] == [step.title for step in STEPS]
    for slide in data["slides"]:
        assert slide["sentence"].count(". ") == 0
        assert slide["notes"]
        assert slide["number"]
        assert slide["panels"] or slide["chart"]
        assert all(panel["image"] and panel["alt"] for panel in slide["panels"])
        assert slide["link"]["address"].startswith("./")


def test_a_drawn_hand_is_read_from_step_to_step(open_page: OpenPage) -> None:
    slides = data_of(open_page("tour", fingers="1", hand="Right", person="1").run())["slides"]
    assert slides[0]["panels"][0]["title"] == "A hand drawn by the program"
    assert said_in(slides[0])[0] == "1 finger, right hand"
    assert slides[12]["panels"][-1]["said"] == "1 finger, right hand"
    assert slides[12]["panels"][-1]["mark"] == "right"
    assert said_in(slides[8]) == ["Read as 2"] * 4


def test_a_camera_photo_goes_through_all_steps(open_page: OpenPage) -> None:
    at = open_page("tour", source="Camera").run()
    assert data_of(at)["slides"][0]["panels"][0]["title"] == "A hand drawn by the program"
    at.camera_input[0].upload("photo.jpg", encoded(confidently_classified_sample(2, "R"))).run()
    slides = data_of(at)["slides"]
    assert slides[0]["panels"][0]["title"] == "The photo"
    assert slides[12]["panels"][-1]["said"] == "2 fingers, right hand"
    # What a photo shows is not known.
    assert not any("mark" in panel for n in (0, 1, 4, 12) for panel in slides[n]["panels"])


@pytest.mark.parametrize("content", [encoded(np.full((240, 320, 3), 200, np.uint8)), b"no photo"])
def test_a_photo_without_a_hand_says_so_and_a_drawn_hand_goes_on(
    open_page: OpenPage, content: bytes
) -> None:
    at = open_page("tour", source="Upload").run()
    at.file_uploader[0].upload("a.jpg", content, "image/jpeg").run()
    data = data_of(at)
    assert data["problem"]
    assert [each.value for each in at.error] == [data["problem"]]
    assert data["slides"][0]["panels"][0]["title"] == "A hand drawn by the program"


def test_the_link_holds_the_step(open_page: OpenPage) -> None:
    for number in range(1, len(STEPS) + 1):
        if number in (1, 7, len(STEPS)):
            assert data_of(open_page("tour", step=str(number)).run())["start"] == number


@pytest.mark.parametrize("text", ["-1", "0", "15", "1e400", "<b>", "\0", "x" * 9999, "²"])
def test_a_senseless_step_is_the_first(open_page: OpenPage, text: str) -> None:
    assert data_of(open_page("tour", step=text).run())["start"] == 1


def test_the_speakers_window_gets_nothing_but_the_name_of_its_walk(open_page: OpenPage) -> None:
    walk = "0123456789abcdef" * 2
    at = open_page("tour", notes=walk).run()
    assert data_of(at) == {"notesOf": walk}
    assert at.title[0].value == "Speaker notes"
    for senseless in ("1", "<script>", walk.upper(), walk + "\n"):
        assert "slides" in data_of(open_page("tour", notes=senseless).run())


def test_steps_without_results_show_the_hand_and_say_so(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RecordError("The experiment has no results yet.")

    def fail_too(*_: object) -> None:
        raise ArtifactError("It is not trained yet.")

    monkeypatch.setattr("core.reports.tour_figures.read_record", fail)
    monkeypatch.setattr("core.reports.tour_figures.artifacts.read_card", fail_too)
    slides = data_of(open_page("tour").run())["slides"]
    assert [each["label"] for each in slides] == [NOT_RECORDED] * len(STEPS)
    assert slides[1]["panels"]


def test_the_picture_is_in_the_handout_only_if_wanted(open_page: OpenPage) -> None:
    at = open_page("tour", tour_picture="true").run()
    assert [each.value for each in at.toggle if each.label == "With the picture of the hand"] == [
        False
    ]
