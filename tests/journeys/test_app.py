"""Journeys through the app in a real Chromium, on a real server, with a fake camera."""

import io
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, expect

from tests.helpers.browser import (
    assert_sound,
    confidently_classified_sample,
    encoded,
    save_screenshot,
    settle,
    wait_until,
    wait_until_run,
)

pytestmark = pytest.mark.browser

_SLIP_IN = """() => new Promise((done) => {
  const seen = new Set();
  document.addEventListener("securitypolicyviolation", (event) => {
    if (seen.add(event.effectiveDirective).size === 5) done([...seen].sort());
  });
  const script = (source) => Object.assign(document.createElement("script"), source);
  document.body.append(
    script({ textContent: "window.slippedIn = true" }),
    script({ src: "https://other.example/script.js" }),
    Object.assign(new Image(), { src: "https://other.example/picture.png" }),
    Object.assign(document.createElement("iframe"), { src: "https://other.example/" }));
  document.body.setAttribute("onclick", "window.slippedIn = true");
  document.body.click();
  fetch("https://other.example/").catch(() => {});
})"""
"""Resolves to the rules that forbid what it tries."""

ACCENTS = {"light": (0x0F, 0x76, 0x6E), "dark": (0x2D, 0xD4, 0xBF)}
"""As ``.streamlit/config.toml`` has them."""


def answer_of(page: Page) -> str:
    page.get_by_role("status").first.wait_for()
    return page.get_by_role("status").first.inner_text()


def upload(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "image/jpeg", "buffer": content}


def shows_bars(page: Page, colour: tuple[int, int, int]) -> bool:
    """Whether many pixels of the first chart have the colour of the highest bar."""
    content = page.get_by_test_id("stVegaLiteChart").first.screenshot()
    image = Image.open(io.BytesIO(content)).convert("RGB")
    return bool((np.abs(np.asarray(image, int) - colour).max(axis=2) < 8).sum() > 1000)


def test_a_photo_taken_with_the_camera_is_classified_correctly(page: Page, address: str) -> None:
    page.goto(address)
    assert answer_of(page)
    page.get_by_role("radio", name="Camera").click()
    page.wait_for_function("() => document.querySelector('video')?.readyState >= 2")
    page.get_by_test_id("stCameraInputButton").click()
    expect(page.get_by_role("status").first).to_have_text("1 finger · right hand")
    assert "source=Camera" in page.url
    assert_sound(page)
    save_screenshot(page, "camera")


def test_an_uploaded_photo_is_classified_correctly_and_mirroring_swaps_its_side(
    page: Page, address: str
) -> None:
    page.goto(f"{address}/?source=Upload")
    expect(page).to_have_title("Try it · How many fingers?")
    photo = encoded(confidently_classified_sample(0, "L"))
    uploader = page.get_by_test_id("stFileUploaderDropzoneInput")
    uploader.set_input_files(upload("hand.jpg", photo))
    expect(page.get_by_role("status").first).to_have_text("0 fingers · left hand")
    page.get_by_text("The photo is mirrored").click()
    page.wait_for_url("**mirror=true**")
    expect(page.get_by_role("status").first).to_contain_text("right hand")
    assert_sound(page)
    save_screenshot(page, "upload")


def test_many_photos_come_as_a_table_and_as_csv(page: Page, address: str) -> None:
    page.goto(f"{address}/?source=Upload")
    wall = np.full((240, 320, 3), 200, np.uint8)
    contents = [encoded(confidently_classified_sample(1, "R")), encoded(wall), b"no photo"]
    uploader = page.get_by_test_id("stFileUploaderDropzoneInput")
    uploader.set_input_files([upload(f"{n}.jpg", content) for n, content in enumerate(contents)])
    expect(page.get_by_role("status").first).to_have_text("3 photos")
    page.get_by_test_id("stDataFrame").first.wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV").click()
    lines = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert lines[1].startswith("0.jpg,1,right,yes,")
    assert len(lines) == 4
    assert_sound(page)
    save_screenshot(page, "many")


def test_the_page_fits_every_screen_and_contacts_no_other_host(page: Page, address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    assert "not sure" not in answer_of(page).lower()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            page.get_by_text("What the models can").wait_for()
            page.get_by_test_id("stVegaLiteChart").nth(1).wait_for()
            settle(page)
            assert_sound(page)
            wait_until(page, partial(shows_bars, page, ACCENTS[scheme]))
            save_screenshot(page, f"sample_{width}_{scheme}")
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []


def test_nothing_that_was_slipped_into_a_page_runs_or_is_sent(
    browser: Browser, address: str
) -> None:
    with closing(browser.new_page()) as page:
        page.goto(address)
        assert page.evaluate(_SLIP_IN) == [
            "connect-src",
            "frame-src",
            "img-src",
            "script-src-attr",
            "script-src-elem",
        ]
        assert page.evaluate("window.slippedIn") is None


def test_a_link_reopens_the_same_view(page: Page, address: str) -> None:
    page.goto(f"{address}/?fingers=2&hand=Left&person=4&mirror=true")
    page.get_by_text("What the models can").wait_for()
    expect(page.get_by_role("radio", name="2", exact=True)).to_be_checked()
    expect(page.get_by_role("radio", name="Left")).to_be_checked()
    expect(page.get_by_role("combobox")).to_have_value("4")
    expect(page.get_by_role("switch", name="The photo is mirrored")).to_be_checked()


@pytest.mark.parametrize(
    "name",
    ["live", "compare", "data", "pooling", "mistakes", "hand_side", "train_live", "tour", "replay"],
)
def test_every_page_fits_every_screen(page: Page, address: str, name: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/{name}")
    page.get_by_role("heading", level=1).wait_for()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            settle(page)
            assert_sound(page)
            save_screenshot(page, f"{name}_{width}_{scheme}")
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []


def test_a_click_on_a_cell_of_the_confusion_matrix_shows_its_images(
    page: Page, address: str
) -> None:
    page.goto(f"{address}/mistakes?images=Drawn+photos&model=Hand+side+by+transfer")
    # Of the four cells the upper right one: left hands that were taken for right ones.
    cells = page.get_by_test_id("stVegaLiteChart").first.locator("g.mark-rect").last
    cells.locator("path").nth(1).click()
    page.wait_for_url("**cell=left+taken+for+right**")
    expect(page.get_by_role("combobox", name="Show (or click a cell)")).to_have_value(
        "left taken for right"
    )
    # A choice from the list is not undone by the click before, nor does it stop the next one.
    wait_until_run(page)
    page.get_by_role("combobox", name="Show (or click a cell)").click()
    page.get_by_role("combobox", name="Show (or click a cell)").fill("right taken for left")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url("**cell=right+taken+for+left**")
    wait_until_run(page)
    cells.locator("path").nth(1).click()
    page.wait_for_url("**cell=left+taken+for+right**")
    assert_sound(page)
