"""A journey: three signs are taught with the camera, saved, and opened again."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from core.common.types import Uint8Array
from core.synthetic.photo import PhotoSettings, draw_photo
from core.synthetic.pose import DATASET_GESTURES
from tests.helpers.browser import (
    TIMEOUT,
    another_browser,
    assert_sound,
    save_screenshot,
    write_camera_film,
)

pytestmark = pytest.mark.browser

NAMES = ("Palm", "Point", "Three")
_BOX_IS_IN_THIRD = """([root, third]) => {
  const [frame, box] = [".stage", ".box"].map((name) => root.querySelector(name));
  if (!box) return false;
  const [all, one] = [frame, box].map((each) => each.getBoundingClientRect());
  // The picture is mirrored.
  const middle = 1 - ((one.left + one.right) / 2 - all.left) / all.width;
  return Math.floor(3 * middle) === third;
}"""


def clip(number: int, fingers: int) -> Uint8Array:
    """One sign in its own third of the picture, by which the journey knows what is shown."""
    settings = PhotoSettings(
        width=214, height=480, fingers=DATASET_GESTURES[fingers], side="R", face="palm",
        tilt=(-5, 5), size=(0.4, 0.45), arm="none", background="plain", disturbance=0.1,
    )  # fmt: skip
    pixels = draw_photo(1000 + number, settings).pixels
    picture = np.empty((480, 642, 3), np.uint8)
    picture[:] = pixels[4, 4]
    picture[:, 214 * number : 214 * (number + 1)] = pixels
    return picture


@pytest.fixture(scope="module")
def showing_signs(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A Chromium whose camera shows three signs in turn."""
    film = tmp_path_factory.mktemp("film") / "signs.mjpeg"
    write_camera_film(film, *(clip(*each) for each in enumerate((5, 1, 3))), frames=150)
    with another_browser(browser, film) as started:
        yield started


@pytest.fixture
def signs(showing_signs: Browser) -> Iterator[Page]:
    """A page before that camera."""
    page = showing_signs.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(TIMEOUT)
    yield page
    page.context.close()


def wait_for_third(page: Page, third: int) -> None:
    # A selector of the document does not reach into the component's shadow root.
    root = page.locator(".teach").element_handle()
    page.wait_for_function(_BOX_IS_IN_THIRD, arg=[root, third])


def record(page: Page, sign: int) -> None:
    hold = page.locator(".hold").nth(sign)
    before = hold.inner_text()
    hold.hover()
    wait_for_third(page, (sign + 2) % 3)
    wait_for_third(page, sign)
    page.mouse.down()
    expect(hold).to_have_text(re.compile(r"Gathering · ([5-9]|\d\d)"))
    page.mouse.up()
    expect(hold).not_to_have_text(before)


def expect_signs_told(page: Page) -> None:
    for sign, name in enumerate(NAMES):
        wait_for_third(page, sign)
        expect(page.locator(".said")).to_have_text(name)
        expect(page.locator(".sign.likely input")).to_have_value(name)


def start(page: Page, address: str) -> None:
    page.goto(f"{address}/teach_it")
    page.get_by_role("button", name="Start the camera").click()
    expect(page.locator(".place")).to_contain_text("Pictures stay on this device")


def test_three_signs_are_taught_saved_and_opened_again(
    signs: Page, address: str, tmp_path: Path
) -> None:
    page = signs
    start(page, address)
    page.get_by_role("button", name="Add a sign").click()
    expect(page.locator(".sign")).to_have_count(3)
    for sign, name in enumerate(NAMES):
        field = page.get_by_label(f"Name of sign {sign + 1}")
        field.fill(name)
        field.press("Enter")
        expect(page.get_by_role("button", name=f"Hold to teach: {name}")).to_be_enabled()
    for sign in range(len(NAMES)):
        record(page, sign)
    expect(page.get_by_text("Too little to judge")).to_be_visible()
    expect_signs_told(page)
    first = page.get_by_role("button", name="Remove sample 1 of Palm")
    expect(first.locator("canvas")).to_have_count(1)
    assert_sound(page)
    save_screenshot(page, "teach_it")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download the head").click()
    file = tmp_path / "my_signs.json"
    saved.value.save_as(file)
    start(page, address)
    page.get_by_test_id("stFileUploaderDropzoneInput").last.set_input_files(file)
    expect(page.locator(".sign input").nth(2)).to_have_value("Three")
    expect_signs_told(page)
