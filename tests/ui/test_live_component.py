"""What the live camera's component shows and keeps, alone in a real Chromium."""

import pytest
from playwright.sync_api import Page, expect

from tests.helpers.live_component import answer, start

pytestmark = pytest.mark.browser

_HAND = {
    "count": "3",
    "which": "left hand",
    "sure": "Sure.",
    "label": "3 · left",
    "box": [0.1, 0.2, 0.4, 0.8],
}


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
