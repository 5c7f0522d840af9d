"""The live camera's component alone in a real Chromium; its worker only pretends to read."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.helpers.live_component import ENGINE, start

pytestmark = pytest.mark.browser

_COUNT_FRAMES = """() => {
  window.frames = [];
  window.channel = new BroadcastChannel("worker");
  window.channel.onmessage = ({ data }) => window.frames.push(data);
}"""


def read_here(page: Page) -> None:
    """Have the component read frames itself."""
    page.evaluate(_COUNT_FRAMES)
    page.evaluate("engine => window.update({ engine, onDevice: true })", ENGINE)
    page.get_by_role("button", name="Start the camera").click()


def have_worker(page: Page, **settings: Any) -> None:
    page.evaluate(
        "settings => window.channel.postMessage(settings)",
        {"milliseconds": 5, "hands": []} | settings,
    )


def frames(page: Page) -> int:
    return int(page.evaluate("window.frames.length"))


def test_loading_says_how_much_is_there(component: Page) -> None:
    read_here(component)
    expect(component.locator(".loading")).to_have_text("4.0 of 12.0 MB")
    expect(component.locator(".hint")).to_contain_text("Loading the models")
    component.wait_for_function("window.frames.length > 3")
    expect(component.locator(".loading")).to_be_hidden()
    expect(component.locator(".hint")).to_be_hidden()
    expect(component.locator(".place")).to_have_text(
        "Computed on this device. No picture leaves it."
    )


def test_a_slow_device_says_so_reads_less_and_recovers(component: Page) -> None:
    read_here(component)
    component.wait_for_function("window.frames.length > 0")
    have_worker(component, milliseconds=200)
    expect(component.locator(".place")).to_contain_text("slow: it reads fewer frames")
    expect(component.locator(".place")).to_contain_text("“The server”")
    before = frames(component)
    component.wait_for_timeout(3000)
    assert 4 <= frames(component) - before <= 8  # 15 where it did not rest
    have_worker(component, milliseconds=5)
    expect(component.locator(".place")).not_to_contain_text("slow")


def test_a_tab_in_the_background_reads_nothing_and_comes_back(component: Page) -> None:
    read_here(component)
    component.wait_for_function("window.frames.length > 3")
    component.evaluate("window.hide(true)")
    component.wait_for_timeout(200)
    before = frames(component)
    component.wait_for_timeout(500)
    assert frames(component) == before
    component.evaluate("window.hide(false)")
    component.wait_for_function(f"window.frames.length > {before}")


def test_settings_hold_from_the_next_frame_on(component: Page) -> None:
    read_here(component)
    component.wait_for_function("window.frames.length > 0")
    assert component.evaluate("window.frames.at(-1)") == {
        "seen": {"max_hands": 4, "half_life": 0.08, "answer": None},
        "beside": False,
    }
    wanted = {"max_hands": 1, "half_life": 0, "answer": 0.9}
    component.evaluate("settings => window.update({ settings, beside: 'cnn_batch_norm' })", wanted)
    component.wait_for_function("window.frames.at(-1).beside")
    assert component.evaluate("window.frames.at(-1).seen") == wanted


def test_nothing_is_sent_while_the_device_reads(component: Page) -> None:
    read_here(component)
    component.wait_for_function("window.frames.length > 5")
    assert component.evaluate("window.sent.length + window.told.length") == 0


def test_full_screen_is_entered_and_left_by_button_and_key(component: Page) -> None:
    section = component.locator(".live")
    component.get_by_role("button", name="Full screen").click()
    component.wait_for_function("document.fullscreenElement?.className === 'live projector'")
    component.get_by_role("button", name="Leave full screen").click()
    expect(section).not_to_have_class("live projector")
    component.keyboard.press("f")
    expect(section).to_have_class("live projector")
    # Chromium leaves at Escape by itself, which keys that are not of the system do not do.
    component.evaluate("document.exitFullscreen()")
    expect(section).not_to_have_class("live projector")
    expect(component.get_by_role("button", name="Full screen")).to_be_visible()


def test_without_full_screen_there_is_no_button(component: Page) -> None:
    component.evaluate("window.leave()")
    component.evaluate("Object.defineProperty(document, 'fullscreenEnabled', { value: false })")
    component.evaluate("window.update({})")
    expect(component.locator(".full")).to_be_hidden()
    component.keyboard.press("f")
    component.wait_for_timeout(200)
    assert component.evaluate("document.fullscreenElement") is None


def test_the_frame_that_is_opened_is_sent_once_and_the_camera_goes_off(component: Page) -> None:
    opening = component.get_by_role("button", name="Open this frame in Try it")
    expect(opening).to_be_disabled()
    start(component)
    opening.click()
    assert component.evaluate("window.photos.map((each) => each.slice(0, 15))") == [
        "data:image/jpeg"
    ]
    width = component.evaluate(
        """async () => { const picture = new Image(); picture.src = window.photos[0];
           await picture.decode(); return picture.naturalWidth; }"""
    )
    assert width == 640
    assert component.evaluate("window.opened.map(track => track.readyState)") == ["ended"]
    expect(opening).to_be_disabled()
    sent = component.evaluate("window.sent.length")
    component.wait_for_timeout(300)
    assert component.evaluate("window.sent.length") == sent
