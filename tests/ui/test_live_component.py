"""What the live camera's component shows and keeps, alone in a real Chromium."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.helpers.live_component import answer, start

pytestmark = pytest.mark.browser

_HAND: dict[str, Any] = {
    "count": "3",
    "which": "left hand",
    "sure": "Sure.",
    "label": "3 · left",
    "box": [0.1, 0.2, 0.4, 0.8],
    "observed": None,
    "bars": [["2", 0.004], ["3", 0.9], ["left", 0.996]],
    "skeleton": {
        "palm": [[0.2, 0.7], [0.3, 0.7]],
        "fingers": [
            {"isUp": True, "joints": [[0.2, 0.6], [0.2, 0.3]]},
            {"isUp": True, "joints": [[0.3, 0.6], [0.3, 0.3]]},
            {"isUp": False, "joints": [[0.4, 0.6], [0.4, 0.5]]},
        ],
    },
}
_OTHER_HAND = _HAND | {"count": "2", "which": "right hand", "box": [0.6, 0.2, 0.9, 0.8]}
_BESIDE = {"agrees": True, "label": "3 · left", "sure": "60% sure of the count", "seen": None}


def left_of_box(page: Page) -> str:
    return str(page.evaluate("document.querySelector('.box').style.left"))


def test_the_picture_is_mirrored_and_the_box_with_it(component: Page) -> None:
    start(component)
    answer(component, hands=[_HAND])
    assert left_of_box(component) == "60%"
    expect(component.locator(".mirrored video")).to_have_count(1)
    component.get_by_label("Mirror the picture").uncheck()
    component.wait_for_function("window.sent.length >= 2")
    answer(component, hands=[_HAND])
    assert left_of_box(component) == "10%"
    expect(component.locator(".mirrored video")).to_have_count(0)
    expect(component.locator(".box span")).to_have_text("3 · left")


def lines_of(page: Page, name: str) -> str:
    return page.locator(f".skeleton .{name}").get_attribute("d") or ""


def test_each_finger_is_marked_as_up_or_down(component: Page) -> None:
    start(component)
    answer(component, hands=[_HAND])
    lines = {name: lines_of(component, name) for name in ("palm", "up", "ring", "down", "cross")}
    assert {name: line.count("M") for name, line in lines.items()} == {
        "palm": 1, "up": 2, "ring": 2, "down": 1, "cross": 1,
    }  # fmt: skip
    expect(component.locator(".skeleton")).to_have_attribute("viewBox", "0 0 6400 4800")
    assert lines["down"] == "M2560 2880L2560 2400"
    expect(component.locator(".mirrored .skeleton")).to_be_visible()
    component.evaluate("window.update({ skeleton: false })")
    expect(component.locator(".skeleton")).to_be_hidden()
    component.wait_for_function("window.sent.length >= 2")
    answer(component)
    expect(component.locator(".skeleton path")).to_have_count(0)


def test_two_hands_are_added_up_in_the_order_of_the_picture(component: Page) -> None:
    start(component)
    answer(component, hands=[_HAND])
    expect(component.locator(".total")).to_be_hidden()
    component.wait_for_function("window.sent.length >= 2")
    answer(component, hands=[_HAND, _OTHER_HAND])
    expect(component.locator(".total")).to_have_text("5 fingers in all")
    expect(component.locator(".count")).to_have_text(["2", "3"])  # the picture is mirrored
    component.wait_for_function("window.sent.length >= 3")
    answer(component, hands=[_HAND, _OTHER_HAND | {"count": "?"}])
    expect(component.locator(".sum")).to_have_text("?")


def test_bars_show_how_probable_each_answer_is(component: Page) -> None:
    start(component)
    answer(component, hands=[_HAND])
    expect(component.locator(".answer .name")).to_have_text(["2", "3", "left"])
    expect(component.locator(".answer .share")).to_have_text(["<1%", "90%", ">99%"])
    widths = component.evaluate(
        """[...document.querySelectorAll(".fill")].map((fill) =>
             fill.getBoundingClientRect().width / fill.parentElement.clientWidth)"""
    )
    assert [round(width, 2) for width in widths] == [0, 0.9, 1]


def test_the_strip_has_a_gap_where_there_was_no_sure_answer(component: Page) -> None:
    start(component)
    expect(component.locator(".strip")).to_be_hidden()
    shown: list[list[dict[str, Any]]]
    shown = [[_HAND], [], [_HAND, _OTHER_HAND], [_HAND | {"count": "?"}], [_HAND], [_OTHER_HAND]]
    for number, hands in enumerate([*shown, shown[-1]], start=1):
        answer(component, hands=hands)
        component.wait_for_function(f"window.sent.length > {number}")
    expect(component.locator(".strip")).to_be_visible()
    path = component.locator(".timeline path").get_attribute("d") or ""
    assert [part.count("V") for part in path.split("M")[1:]] == [0, 0, 1]
    component.get_by_role("button", name="Stop the camera").click()
    expect(component.locator(".strip")).to_be_hidden()


def test_what_the_article_says_is_shown_and_scored(component: Page) -> None:
    start(component)
    answer(component, hands=[_HAND])
    expect(component.locator(".beside")).to_be_hidden()
    for number, agrees in enumerate((True, False, None), start=2):
        component.wait_for_function(f"window.sent.length >= {number}")
        answer(component, hands=[_HAND], beside=_BESIDE | {"agrees": agrees})
    expect(component.locator(".beside .label")).to_have_text("3 · left")
    expect(component.locator(".score")).to_have_text("The article's CNN agrees in 1 of 2 frames")
    component.wait_for_function("window.sent.length >= 5")
    answer(component, hands=[_HAND])  # by the server, or with nothing beside it
    expect(component.locator(".score")).to_be_hidden()
    expect(component.locator(".beside")).to_be_hidden()


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1920, 1080)])
@pytest.mark.parametrize("hands", [[_HAND], [_HAND, _OTHER_HAND]])
def test_a_projector_shows_video_count_and_bars_large(
    component: Page, width: int, height: int, hands: list[dict[str, Any]]
) -> None:
    component.set_viewport_size({"width": width, "height": height})
    component.evaluate(
        """() => { const live = document.querySelector(".live");
                   live.classList.add("projector"); return live.requestFullscreen(); }"""
    )
    start(component)
    answer(component, hands=[hand | {"bars": [[str(n), 0.1] for n in range(8)]} for hand in hands])
    total = ".sum" if len(hands) > 1 else ".count"
    for selector in ("video", total, ".which >> nth=-1", ".bars", ".go"):
        bounds = component.locator(selector).bounding_box()
        assert bounds is not None
        assert bounds["x"] + bounds["width"] <= width, selector
        assert bounds["y"] + bounds["height"] <= height, selector
    sizes = component.evaluate(
        """names => names.map((name) => parseFloat(
             getComputedStyle(document.querySelector(name)).fontSize) / innerHeight)""",
        [total, ".bars"],
    )
    assert sizes[0] >= 0.3
    assert sizes[1] >= (0.03 if len(hands) > 1 else 0.045)


def test_the_camera_works_by_keyboard_alone(component: Page) -> None:
    component.keyboard.press("Tab")
    component.keyboard.press("Enter")
    component.wait_for_function("window.sent.length >= 1")
    component.keyboard.press("Enter")
    expect(component.locator(".hint")).to_have_text("The camera is off.")
    component.keyboard.press("Tab")
    assert component.evaluate("document.activeElement.className") == "device"
    component.keyboard.press("Tab")
    component.keyboard.press("Space")
    expect(component.get_by_label("Mirror the picture")).not_to_be_checked()
