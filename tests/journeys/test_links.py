"""Addresses and the browser's history, in a real Chromium."""

import pytest
from playwright.sync_api import FilePayload, Page, Response, expect

from core.images.decoding import MAX_BYTES
from tests.helpers.browser import wait_until_run

pytestmark = pytest.mark.browser


def go_to(page: Page, title: str, group: str | None = None) -> None:
    """Open another page by the menu."""
    if group:
        page.get_by_test_id("stTopNavSection").filter(has_text=group).click()
    page.get_by_role("menuitem" if group else "link", name=title).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    wait_until_run(page)


def test_going_back_takes_one_step_a_page_and_finds_its_settings(page: Page, address: str) -> None:
    page.goto(address)
    wait_until_run(page)
    page.get_by_role("radio", name="2", exact=True).click()
    page.wait_for_url("**fingers=2**")
    wait_until_run(page)
    page.get_by_role("radio", name="Right").click()
    page.wait_for_url("**hand=Right**")
    wait_until_run(page)
    go_to(page, "Compare models")
    go_to(page, "The data", "Learn")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare models")
    wait_until_run(page)
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("How many fingers?")
    wait_until_run(page)
    assert "fingers=2" in page.url
    assert "hand=Right" in page.url
    expect(page.get_by_role("radio", name="2", exact=True)).to_be_checked()
    expect(page.get_by_role("radio", name="Right")).to_be_checked()


def test_a_link_to_a_page_asks_for_nothing_that_is_missing(page: Page, address: str) -> None:
    missing: list[str] = []

    def note(answer: Response) -> None:
        if answer.status >= 400:
            missing.append(answer.url)

    page.on("response", note)
    page.goto(f"{address}/compare")
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare models")
    expect(page.locator("#standin")).to_have_count(0)
    wait_until_run(page)
    assert missing == []


def test_why_a_large_file_is_refused_is_seen(page: Page, address: str) -> None:
    page.goto(f"{address}/?source=upload")
    photo = FilePayload(name="hand.jpg", mimeType="image/jpeg", buffer=b"\xff" * (MAX_BYTES + 1))
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(photo)
    reason = page.get_by_test_id("stFileChip").get_by_role("alert")
    expect(reason).to_contain_text("12.0MB")
    box = reason.bounding_box()
    assert box is not None
    assert box["width"] > 100
