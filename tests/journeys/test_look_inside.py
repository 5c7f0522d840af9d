"""A visitor looks inside a network, down to the products of one pixel, in a real Chromium."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.helpers.browser import assert_sound, save_screenshot, settle, wait_until_run

pytestmark = pytest.mark.browser


def test_down_to_the_products_of_one_pixel_and_back_by_a_link(page: Page, address: str) -> None:
    page.goto(f"{address}/look_inside")
    expect(page.get_by_role("status").first).to_have_text("5 fingers")
    page.get_by_role("button", name=re.compile(r"^Convolution 2, map 29,")).click()
    expect(page.get_by_role("heading", name="Convolution 2, map 29")).to_be_visible()
    page.wait_for_url("**layer=convolution_2&map=29**")
    wait_until_run(page)
    products = page.get_by_role("table", name="Products")
    expect(products.get_by_role("cell")).to_have_count(9)
    # Hovering needs no server: the window follows at once.
    output = page.get_by_role("img", name="Out: ReLU")
    output.hover(position={"x": 5, "y": 5})
    expect(page.get_by_text("Row 1 of 31")).to_be_visible()
    equation = page.locator(".equation")
    expect(equation).to_contain_text("All 64 maps and the bias")
    output.click(position={"x": 60, "y": 90})
    page.wait_for_url("**pixel=*-*")
    wait_until_run(page)
    shown, cells, link = equation.inner_text(), products.inner_text(), page.url
    assert_sound(page)
    save_screenshot(page, "look_inside")

    page.goto("about:blank")
    page.goto(link)
    expect(page.get_by_role("heading", name="Convolution 2, map 29")).to_be_visible()
    expect(page.locator(".equation")).to_have_text(shown)
    assert page.get_by_role("table", name="Products").inner_text() == cells


def test_keys_move_between_maps_and_along_the_path(page: Page, address: str) -> None:
    page.goto(f"{address}/look_inside?model=CNN+with+BatchNorm")
    first = page.get_by_role("button", name=re.compile(r"^Convolution 1, map 1,"))
    first.focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name=re.compile(r"^Convolution 1, map 9,"))).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("button", name="Image: look closely")).to_be_focused()
    page.get_by_role("button", name="Trace the strongest path").click()
    expect(page.get_by_text("Strongest path: the answer 5 ←")).to_be_visible()


def test_it_fits_a_phone(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/look_inside?model=Softmax")
    page.get_by_role("heading", name="Softmax: 5").wait_for()
    settle(page)
    assert_sound(page)
    save_screenshot(page, "look_inside_390")
