"""Journeys through the live page in a real Chromium, with the real detector and hand classifier."""

import csv
import re
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.helpers.browser import (
    TIMEOUT,
    assert_sound,
    free_port,
    running_app,
    save_screenshot,
    settle,
    wait_until,
    wait_until_run,
)

pytestmark = pytest.mark.browser

_WATCH_TRACKS = """
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
window.opened = [];
navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = await ask(wanted);
  window.opened.push(...stream.getTracks());
  return stream;
};
"""

_BACKGROUND = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"


def background_of(page: Page) -> str:
    return str(page.evaluate(_BACKGROUND))


def open_live(page: Page, address: str, query: str = "") -> None:
    page.add_init_script(_WATCH_TRACKS)
    page.goto(f"{address}/live{query}")
    page.get_by_role("button", name="Start the camera").click()
    expect(page.locator(".count")).to_have_text("1")


def assert_light_is_off(page: Page) -> None:
    assert page.evaluate("window.opened.map(track => track.readyState)") == ["ended"]


def test_the_live_camera_answers_and_stops(page: Page, address: str) -> None:
    open_live(page, address)
    expect(page.locator(".which")).to_have_text("right hand")
    expect(page.locator(".rate")).to_contain_text("frames a second")
    expect(page.locator(".seen")).to_be_visible()
    expect(page.locator(".spoken")).to_have_text("1 finger · right hand")
    expect(page.locator(".box")).to_have_count(1)
    assert_sound(page)
    page.get_by_role("button", name="Stop the camera").click()
    expect(page.locator(".hint")).to_have_text("The camera is off.")
    assert_light_is_off(page)


def test_the_light_goes_off_when_another_page_is_opened(page: Page, address: str) -> None:
    open_live(page, address)
    page.get_by_role("link", name="Compare models").click()
    page.get_by_role("heading", name="Compare models").wait_for()
    page.wait_for_function("() => window.opened.every(track => track.readyState === 'ended')")


_SLOW_CONNECTION = """
const send = WebSocket.prototype.send;
let held = null;
WebSocket.prototype.send = function (data) {
  if (held) held.push([this, data]);
  else send.call(this, data);
};
document.addEventListener("click", (event) => {
  if (!event.target.closest("a")) return;
  held = [];
  setTimeout(() => {
    for (const [socket, data] of held) send.call(socket, data);
    held = null;
  }, 2000);
}, true);
"""


def test_another_page_opens_on_a_slow_connection(page: Page, address: str) -> None:
    page.add_init_script(_SLOW_CONNECTION)
    open_live(page, address, "?reads=The+server")
    page.get_by_role("link", name="Compare models").click()
    page.get_by_role("heading", name="Compare models").wait_for()
    # A frame that was sent after the click would empty the page as soon as it is drawn.
    wait_until_run(page)
    expect(page.get_by_role("heading", name="Compare models")).to_be_visible()


def test_the_camera_keeps_running_when_the_colours_change(page: Page, address: str) -> None:
    open_live(page, address)
    light = background_of(page)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"before => {_BACKGROUND} !== before", arg=light)
    settle(page)
    expect(page.get_by_role("button", name="Stop the camera")).to_be_visible()
    expect(page.locator(".count")).to_have_text("1")
    expect(page.locator(".rate")).to_contain_text("frames a second")


def test_a_server_restart_is_reported_and_survived(browser: Browser) -> None:
    port = free_port()
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(TIMEOUT)
    with running_app(port) as address:
        open_live(page, address, "?reads=The+server")
    expect(page.locator(".rate")).to_contain_text("does not answer")
    with running_app(port):
        expect(page.locator(".rate")).to_contain_text("frames a second")
        expect(page.locator(".count")).to_have_text("1")
        # Streamlit may have put the component back once in between, which opens the camera again.
        opened = page.evaluate("window.opened.map(track => track.readyState)")
        assert opened in (["live"], ["ended", "live"])
    context.close()


def test_a_game_is_played(page: Page, address: str) -> None:
    open_live(page, address, "?mode=Play&reads=The+server")
    page.get_by_role("button", name="Start a game").click()
    expect(page.locator(".ask")).to_contain_text("Show ")
    # The film shows one finger of a right hand all the time, so that is not asked.
    for number in range(1, 11):
        expect(page.locator(".note")).to_have_text(f"Round {number} of 10")
        page.keyboard.press("s")
    expect(page.locator(".ask")).to_contain_text("The game is over")
    expect(page.get_by_role("button", name="Play again")).to_be_visible()
    expect(page.get_by_test_id("stTable").get_by_text("skipped")).to_have_count(10)
    assert_sound(page)


def test_a_self_test_is_scored_and_saved(page: Page, address: str) -> None:
    open_live(page, address, "?mode=Test+yourself&asks=I+choose&shown=1")
    page.get_by_label("Keep the pictures").check()
    for trials in range(1, 3):
        page.get_by_role("button", name="Record the answer").click()
        expect(page.locator(".ask")).to_have_text("Show 1 with your right hand")
        # How many of them are right depends on how often a busy machine lets a frame be read.
        tallied = page.get_by_text(re.compile(rf"^\d of {trials} counts right"))
        expect(tallied).to_be_visible()
    expect(page.get_by_role("button", name="Download 2 pictures")).to_be_enabled()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV").click()
    with Path(download.value.path()).open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["shown count"] for line in lines] == ["1", "1"]
    right = sum(line["answered count"] == "1" for line in lines)
    assert page.get_by_text(re.compile(f"^{right} of 2 counts right")).is_visible()
    assert_sound(page)


def is_above(page: Page, selector: str, y: int) -> bool:
    bounds = page.locator(f".live {selector}").first.bounding_box()
    return bounds is not None and bounds["y"] + bounds["height"] <= y


@pytest.mark.parametrize("mode", ["Watch", "Play", "Test+yourself"])
def test_the_running_camera_fits_every_screen(page: Page, address: str, mode: str) -> None:
    begin = {"Play": "Start a game", "Test+yourself": "Start: 12 hands"}.get(mode)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.set_viewport_size({"width": 1280, "height": 844})
        open_live(page, address, f"?mode={mode}")
        if begin:
            page.get_by_role("button", name=begin).click()
            expect(page.locator(".ask")).to_contain_text("Show ")
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            settle(page)
            assert_sound(page)
            # Video, count and side are seen at one glance, without scrolling.
            chosen = (".question", ".moves") if begin else ()
            for selector in ("video", ".count", ".which", *chosen):
                wait_until(page, partial(is_above, page, selector, 844))
            save_screenshot(page, f"live_{mode.partition('+')[0].lower()}_{width}_{scheme}")
