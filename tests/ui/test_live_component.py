"""What the live camera's component shows and keeps, alone in a real Chromium."""

import io
import zipfile

import pytest
from playwright.sync_api import Page, expect

from tests.helpers.live_component import answer, sent, start

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


def test_a_prompt_appears_above_the_picture_and_is_spoken_once(component: Page) -> None:
    component.evaluate(
        "window.update({ prompt: { ask: 'Show 3 with your left hand', note: '1 s' } })"
    )
    expect(component.get_by_text("Show 3 with your left hand")).to_be_visible()
    component.evaluate(
        """() => { window.spoken = 0; new MutationObserver(() => window.spoken++).observe(
             document.querySelector('.ask'), { childList: true, characterData: true }); }"""
    )
    component.evaluate(
        "window.update({ prompt: { ask: 'Show 3 with your left hand', note: '2 s' } })"
    )
    expect(component.locator(".note")).to_have_text("2 s")
    assert component.evaluate("window.spoken") == 0
    component.evaluate("window.update({ prompt: null })")
    expect(component.locator(".task")).to_be_hidden()


def end_trials(page: Page, *frames: int) -> None:
    """Say with every answer from now on that these frames ended a trial."""
    page.evaluate(
        "frames => window.endTrials(frames.map(frame => window.sent[frame].sequence))", list(frames)
    )


def keep_two(page: Page) -> list[str]:
    kept = []
    start(page)
    for number in range(2):
        kept.append(page.evaluate("window.sent.at(-1).jpeg"))
        end_trials(page, number)
        answer(page)
        page.wait_for_function(f"window.sent.length === {number + 2}")
    return kept


def test_pictures_are_kept_only_on_request_and_come_as_a_zip(component: Page) -> None:
    component.get_by_label("Keep the pictures").check()
    kept = keep_two(component)
    with component.expect_download() as download:
        component.get_by_role("button", name="Download 2 pictures").click()
    content = download.value.path().read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["000.jpg", "001.jpg"]
        lengths = [len(archive.read(name)) for name in archive.namelist()]
    assert lengths == [
        component.evaluate("jpeg => atob(jpeg.split(',')[1]).length", jpeg) for jpeg in kept
    ]
    component.get_by_role("button", name="Forget them").click()
    expect(component.locator(".save")).to_be_disabled()


def test_the_picture_of_a_late_answer_is_kept_once(component: Page) -> None:
    component.get_by_label("Keep the pictures").check()
    start(component, frames=2)  # the first one was given up
    late = component.evaluate("window.sent[0].sequence")
    end_trials(component, 0)
    for _ in range(2):
        answer(component, sequence=late)
    expect(component.locator(".save")).to_have_text("Download 1 picture")
    assert sent(component) == 2


def test_the_picture_of_a_missing_answer_is_kept_with_the_next_one(
    component: Page,
) -> None:
    component.get_by_label("Keep the pictures").check()
    start(component, frames=2)  # nothing answered the first one
    end_trials(component, 0, 1)
    answer(component)
    expect(component.locator(".save")).to_have_text("Download 2 pictures")


def test_pictures_stay_when_the_component_is_restored(component: Page) -> None:
    component.get_by_label("Keep the pictures").check()
    keep_two(component)
    end_trials(component, 2)
    component.evaluate("window.leave(); window.update({ result: null })")
    expect(component.get_by_label("Keep the pictures")).to_be_checked()
    expect(component.get_by_role("button", name="Download 3 pictures")).to_be_enabled()


def test_pictures_are_discarded_when_another_page_is_opened(component: Page) -> None:
    component.get_by_label("Keep the pictures").check()
    keep_two(component)
    component.get_by_role("link").click()
    component.evaluate("window.leave(); window.update({ result: null })")
    expect(component.get_by_label("Keep the pictures")).not_to_be_checked()
    expect(component.locator(".save")).to_be_disabled()


def test_no_picture_is_kept_without_a_request(component: Page) -> None:
    keep_two(component)
    expect(component.locator(".save")).to_be_disabled()


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
