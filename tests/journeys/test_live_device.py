"""Journeys through the live page where the visitor's own browser reads the camera."""

import pytest
from playwright.sync_api import Page, WebSocket, expect

from tests.helpers.browser import assert_sound, save_screenshot

pytestmark = pytest.mark.browser

_COUNT_ANSWERS = """() => {
  window.answers = 0;
  new PerformanceObserver((list) => {
    window.answers += list.getEntriesByName("live answer").length;
  }).observe({ entryTypes: ["measure"] });
}"""


def start(page: Page, address: str, query: str = "") -> None:
    page.goto(f"{address}/live{query}")
    page.get_by_role("button", name="Start the camera").click()
    expect(page.locator(".count")).to_have_text("1")


def test_frames_are_read_on_the_device_and_nothing_is_sent(page: Page, address: str) -> None:
    sent: list[str | bytes] = []

    def watch(socket: WebSocket) -> None:
        # Playwright takes no method of a list.
        socket.on("framesent", lambda content: sent.append(content))  # noqa: PLW0108

    page.on("websocket", watch)
    start(page, address)
    expect(page.locator(".place")).to_contain_text("Computed on this device")
    expect(page.locator(".which")).to_have_text("right hand")
    expect(page.locator(".rate")).to_contain_text("frames a second")
    expect(page.locator(".seen")).to_be_visible()
    expect(page.locator(".spoken")).to_have_text("1 finger · right hand")
    expect(page.locator(".box")).to_have_count(1)
    page.evaluate(_COUNT_ANSWERS)
    before = len(sent)
    page.wait_for_function("() => window.answers >= 20")
    assert len(sent) == before
    assert_sound(page)
    save_screenshot(page, "live_on_device")
    page.get_by_role("button", name="Stop the camera").click()
    expect(page.locator(".place")).to_be_empty()
    page.get_by_role("button", name="Start the camera").click()
    expect(page.locator(".count")).to_have_text("1")
    expect(page.locator(".place")).to_contain_text("Computed on this device")


def test_without_the_runtime_the_server_reads_and_the_page_says_so(
    page: Page, address: str
) -> None:
    page.context.route("**/*.wasm", lambda route: route.abort())
    start(page, address)
    expect(page.locator(".place")).to_contain_text("because this device cannot")
    expect(page.locator(".which")).to_have_text("right hand")


def test_a_switch_chooses_what_reads_and_stands_in_the_link(page: Page, address: str) -> None:
    start(page, address, "?reads=The+server")
    expect(page.locator(".place")).to_have_text("Computed on the server.")
    page.get_by_role("radio", name="This device").click()
    expect(page.locator(".place")).to_contain_text("Computed on this device")
    expect(page.locator(".count")).to_have_text("1")
    page.get_by_role("radio", name="The server").click()
    expect(page.locator(".place")).to_have_text("Computed on the server.")
    expect(page.locator(".count")).to_have_text("1")
    page.wait_for_url("**reads=The+server**")


def test_a_self_test_takes_what_the_device_read(page: Page, address: str) -> None:
    start(page, address, "?mode=Test+yourself&asks=I+choose&shown=1")
    page.get_by_label("Keep the pictures").check()
    page.get_by_role("button", name="Record the answer").click()
    expect(page.locator(".verdict")).to_have_text("✓ Correct: 1 · right hand")
    expect(page.get_by_text("1 of 1 counts right").last).to_be_visible()
    expect(page.locator(".place")).to_contain_text("Computed on this device")
    expect(page.get_by_role("button", name="Download 1 picture")).to_be_enabled()
