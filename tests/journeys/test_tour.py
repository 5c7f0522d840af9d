"""The guided tour as a speaker gives it: from a photo of a hand to the page to leave behind."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.reports.tour import STEPS
from tests.helpers.browser import assert_sound, save_screenshot, settle, wait_until_run

pytestmark = pytest.mark.browser

SCREENS = ((1280, 720), (1920, 1080), (390, 844))

_OUTSIDE = """() => {
  const find = (place) => place.querySelector(".show") ?? [...place.querySelectorAll("*")]
    .filter((each) => each.shadowRoot).map((each) => find(each.shadowRoot)).find(Boolean);
  const show = find(document);
  const frame = (name) => show.querySelector(name).getBoundingClientRect();
  const leaves = (outer) => ({ left, top, right, bottom, width, height }) => width * height > 0 &&
    (left < outer.left - 1 || top < outer.top - 1 || right > outer.right + 1
      || bottom > outer.bottom + 1);
  const screen = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
  return [[".bar *", screen], [".words *", frame(".words")], [".picture *", frame(".picture")]]
    .flatMap(([name, outer]) => [...show.querySelectorAll(`.slide ${name}, ${name}`)]
      .filter((each) => !each.closest(".spoken, [hidden], select"))
      .filter((each) => leaves(outer)(each.getBoundingClientRect()))
      .map((each) => `${name}: ${each.className} ${each.textContent}`));
}"""
"""What of a slide is not in sight, or laps over what is beside it."""


def open_tour(page: Page, address: str, settings: str = "") -> None:
    page.goto(f"{address}/tour{settings}")
    # The slides are there.
    expect(page.locator(".step option")).to_have_count(len(STEPS))
    wait_until_run(page)


def test_a_hand_goes_from_the_camera_to_the_last_step_and_into_the_pdf(
    page: Page, address: str
) -> None:
    open_tour(page, address)
    expect(page).to_have_title("Guided tour · How many fingers?")
    title = page.get_by_role("heading", level=2)
    expect(title).to_have_text(STEPS[0].title)
    page.get_by_role("button", name="Your hand").click()
    page.get_by_role("radio", name="Camera").click()
    page.wait_for_function("() => document.querySelector('video')?.readyState >= 2")
    page.get_by_test_id("stCameraInputButton").click()
    expect(page.locator(".slide .panel").first).to_contain_text("The photo")
    page.keyboard.press("Escape")
    for number, step in enumerate(STEPS[1:], start=2):
        page.keyboard.press("PageDown")
        expect(title).to_have_text(step.title)
        assert f"step={number}" in page.url
        expect(page.locator(".slide .picture")).not_to_be_empty()
        if number == 13:
            expect(page.locator(".slide .panel").last).to_contain_text("1 finger, right hand")
            save_screenshot(page, "tour_camera")
    expect(page.get_by_role("link", name="Open “Live”")).to_have_attribute(
        "href", re.compile(r"^\./live\?beside=")
    )
    page.get_by_role("button", name="Handout").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as PDF").click()
    content = Path(download.value.path()).read_bytes()
    assert content.startswith(b"%PDF-")
    assert b"/Subtype /Image" not in content
    assert_sound(page)


def test_keys_go_to_every_step_and_links_open_it(page: Page, address: str) -> None:
    open_tour(page, address, "?step=5")
    title = page.get_by_role("heading", level=2)
    expect(title).to_have_text(STEPS[4].title)
    for keys, number in (
        (["ArrowRight"], 6), (["ArrowLeft"], 5), (["PageUp"], 4), (["End"], 14), (["PageDown"], 14),
        (["Home"], 1), (["1", "2", "Enter"], 12), (["7", "Enter"], 7),
    ):  # fmt: skip
        for key in keys:
            page.keyboard.press(key)
        expect(title).to_have_text(STEPS[number - 1].title)
        expect(page.get_by_label("Step")).to_have_value(str(number))
    page.reload()
    expect(title).to_have_text(STEPS[6].title)


def test_the_speakers_notes_stay_in_step(page: Page, address: str) -> None:
    open_tour(page, address, "?step=2")
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Speaker notes").click()
    notes = opened.value
    expect(notes.get_by_text(STEPS[1].notes)).to_be_visible()
    expect(notes.locator(".next")).to_contain_text(STEPS[2].title)
    page.keyboard.press("ArrowRight")
    expect(notes.get_by_text(STEPS[2].notes)).to_be_visible()
    # Its own keys move the slides.
    notes.bring_to_front()
    notes.keyboard.press("PageDown")
    expect(notes.get_by_text(STEPS[3].notes)).to_be_visible()
    expect(page.get_by_role("heading", level=2)).to_have_text(STEPS[3].title)
    assert_sound(notes)


@pytest.mark.parametrize(("width", "height"), SCREENS)
def test_nothing_of_a_step_is_below_the_fold(
    page: Page, address: str, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    open_tour(page, address)
    for number in range(1, len(STEPS) + 1):
        page.get_by_label("Step").select_option(str(number))
        settle(page)
        assert page.evaluate(_OUTSIDE) == [], f"step {number}"
    assert_sound(page)
