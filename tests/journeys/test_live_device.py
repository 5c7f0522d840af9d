"""Journeys through the live page where the visitor's own browser reads the camera."""

import re

import pytest
from playwright.sync_api import Page, WebSocket, expect

from tests.helpers.browser import SCREENSHOTS, assert_sound, save_screenshot, settle

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
    expect(page.locator(".skeleton .up")).to_have_attribute("d", re.compile("^M"))
    expect(page.locator(".answer.likely .name")).to_have_text(["1", "right"])
    expect(page.locator(".timeline path")).to_have_attribute("d", re.compile(r"^M\d+ \d+H\d+"))
    expect(page.locator(".beside .label")).to_have_text(re.compile(r"\d · "))
    expect(page.locator(".score")).to_have_text(re.compile(r"agrees in \d+ of [1-9]\d* frames"))
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


_SHOWN = (
    "video", ".skeleton", ".count", ".which", ".bars", ".model canvas", ".beside canvas", ".score",
    ".strip", ".rate", ".place", ".go",
)  # fmt: skip
_SHOWN_ON_A_PHONE = ("video", ".skeleton", ".count", ".which", ".bars")


@pytest.mark.parametrize(
    ("width", "height", "shown"),
    [(1280, 800, _SHOWN), (1920, 1080, _SHOWN), (390, 844, _SHOWN_ON_A_PHONE)],
)
def test_why_it_answers_so_is_seen_at_one_glance(
    page: Page, address: str, width: int, height: int, shown: tuple[str, ...]
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    start(page, address)
    expect(page.locator(".score")).to_be_visible()
    settle(page)
    for selector in shown:
        bounds = page.locator(f".live {selector}").first.bounding_box()
        assert bounds is not None, selector
        assert bounds["y"] + bounds["height"] <= height, selector
    assert_sound(page)
    page.screenshot(path=SCREENSHOTS / f"live_glance_{width}.png")
