"""The live camera's component alone in a real Chromium: cameras chosen, refused, lost and off."""

import pytest
from playwright.sync_api import Page, expect

from tests.helpers.live_component import answer, sent, start

pytestmark = pytest.mark.browser


def assert_light_is_off(page: Page) -> None:
    states = page.evaluate("window.opened.map(track => track.readyState)")
    assert states
    assert set(states) == {"ended"}
    assert page.evaluate("document.querySelector('video').srcObject") is None


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        ("NotAllowedError", "is blocked"),
        ("NotFoundError", "No camera was found"),
        ("NotReadableError", "Another program is using the camera"),
        ("OverconstrainedError", "no longer available"),
        ("TypeError", "cannot be used (TypeError)"),
    ],
)
def test_a_camera_that_fails_is_reported_and_tried_again(
    component: Page, refusal: str, words: str
) -> None:
    component.evaluate("refusal => { window.refusal = refusal; }", refusal)
    component.get_by_role("button", name="Start the camera").click()
    expect(component.locator(".hint")).to_contain_text(words)
    expect(component.locator(".hint")).to_contain_text("ry again")
    component.evaluate("window.refusal = null")
    component.get_by_role("button", name="Try again").click()
    component.wait_for_function("window.sent.length === 1")
    expect(component.locator(".hint")).to_be_hidden()


def test_an_insecure_address_is_reported(component: Page) -> None:
    component.evaluate(
        "Object.defineProperty(navigator, 'mediaDevices', { value: undefined, configurable: true })"
    )
    component.get_by_role("button", name="Start the camera").click()
    expect(component.locator(".hint")).to_contain_text("https://")
    expect(component.get_by_role("button", name="Try again")).to_be_visible()


def test_a_camera_that_is_taken_away_is_reported(component: Page) -> None:
    start(component)
    component.evaluate("window.opened[0].dispatchEvent(new Event('ended'))")
    expect(component.locator(".hint")).to_contain_text("camera was disconnected")
    assert_light_is_off(component)
    component.get_by_role("button", name="Try again").click()
    component.wait_for_function("window.opened.at(-1).readyState === 'live'")


def test_a_camera_without_a_picture_is_reported(component: Page) -> None:
    start(component)
    component.evaluate("window.opened[0].dispatchEvent(new Event('mute'))")
    expect(component.locator(".hint")).to_contain_text("sending no picture")
    component.evaluate("window.opened[0].dispatchEvent(new Event('unmute'))")
    expect(component.locator(".hint")).to_be_hidden()


def test_the_light_goes_off_on_stop_and_nothing_more_is_sent(component: Page) -> None:
    start(component)
    component.get_by_role("button", name="Stop the camera").click()
    assert_light_is_off(component)
    answer(component)
    component.wait_for_timeout(300)
    assert sent(component) == 1
    expect(component.locator(".hint")).to_have_text("The camera is off.")


def test_nothing_is_sent_after_the_click_on_another_page(component: Page) -> None:
    start(component)
    component.get_by_role("link").click()
    assert_light_is_off(component)
    answer(component)
    component.wait_for_timeout(300)
    assert sent(component) == 1


def test_nothing_is_sent_after_going_back_to_another_page(component: Page) -> None:
    component.evaluate("history.replaceState({}, '', '/before')")
    component.evaluate("history.pushState({}, '', '/live')")
    start(component)
    component.evaluate("history.back()")
    component.wait_for_function("location.pathname === '/before'")
    component.wait_for_function("window.opened[0].readyState === 'ended'")
    answer(component)
    component.wait_for_timeout(300)
    assert sent(component) == 1


@pytest.mark.parametrize("leaving", ["window.leave()", "dispatchEvent(new Event('pagehide'))"])
def test_the_light_goes_off_when_the_page_is_left(component: Page, leaving: str) -> None:
    start(component)
    component.evaluate(leaving)
    assert_light_is_off(component)


def test_an_overtaken_call_is_cleaned_up_without_stopping_the_camera(component: Page) -> None:
    start(component)
    component.evaluate("() => { const first = window.leave; window.update({}); first(); }")
    assert component.evaluate("window.opened.map(track => track.readyState)") == ["live"]
    answer(component)
    component.wait_for_function("window.sent.length === 2")
    component.evaluate("window.leave()")
    assert_light_is_off(component)


def test_a_running_camera_continues_when_the_component_is_restored(component: Page) -> None:
    start(component)
    component.get_by_label("Mirror the picture").uncheck()
    component.evaluate("window.leave()")
    assert_light_is_off(component)
    before = sent(component)
    component.evaluate("window.update({ result: null })")
    component.wait_for_function(f"window.sent.length > {before}")
    assert component.evaluate("window.opened.map(track => track.readyState)") == ["ended", "live"]
    expect(component.get_by_label("Mirror the picture")).not_to_be_checked()
    component.get_by_role("button", name="Stop the camera").click()
    assert_light_is_off(component)
    component.evaluate("window.leave(); window.update({})")
    component.wait_for_timeout(300)
    assert_light_is_off(component)


def test_the_camera_stays_off_after_a_click_on_another_page_while_it_was_away(
    component: Page,
) -> None:
    start(component)
    component.evaluate("window.leave()")
    component.get_by_role("link").click()
    component.evaluate("window.update({ result: null })")
    component.wait_for_timeout(300)
    assert_light_is_off(component)
    assert sent(component) == 1


@pytest.mark.parametrize(("page", "milliseconds"), [("/other", 0), ("/live", 10_100)])
def test_the_camera_stays_off_on_another_page_and_after_a_while(
    component: Page, page: str, milliseconds: int
) -> None:
    start(component)
    component.evaluate("window.leave()")
    component.evaluate("page => history.pushState({}, '', page)", page)
    component.evaluate(
        """later => { const now = performance.now.bind(performance);
                      performance.now = () => now() + later; }""",
        milliseconds,
    )
    component.evaluate("window.update({ result: null })")
    component.wait_for_timeout(300)
    assert_light_is_off(component)
    expect(component.get_by_role("button", name="Start the camera")).to_be_visible()


def hold_the_camera(page: Page) -> None:
    # In braces: a promise that is returned would be waited for.
    page.evaluate("() => { window.hold = new Promise(done => { window.release = done; }); }")


def test_the_light_goes_off_when_the_page_is_left_before_the_camera_opens(component: Page) -> None:
    hold_the_camera(component)
    component.get_by_role("button", name="Start the camera").click()
    component.evaluate("window.leave()")
    component.evaluate("window.release()")
    component.wait_for_function("window.opened.length === 1")
    component.wait_for_timeout(100)
    assert_light_is_off(component)
    assert sent(component) == 0


def test_a_pending_permission_can_be_cancelled(component: Page) -> None:
    hold_the_camera(component)
    component.get_by_role("button", name="Start the camera").click()
    component.get_by_role("button", name="Cancel").click()
    component.evaluate("window.release()")
    component.wait_for_function("window.opened.length === 1")
    component.wait_for_timeout(100)
    assert_light_is_off(component)
    expect(component.get_by_role("button", name="Start the camera")).to_be_visible()


def test_the_rear_camera_is_requested_and_not_mirrored(component: Page) -> None:
    start(component)
    assert component.evaluate("window.wanted[0].facingMode") == "user"
    component.locator(".device").select_option("environment")
    component.wait_for_function("window.wanted.length === 2")
    assert component.evaluate("window.wanted[1].facingMode") == "environment"
    component.wait_for_function("window.opened.length === 2")
    expect(component.get_by_label("Mirror the picture")).not_to_be_checked()
    assert component.evaluate("window.opened[0].readyState") == "ended"


def test_one_of_several_cameras_can_be_chosen(component: Page) -> None:
    component.evaluate(
        """() => { navigator.mediaDevices.enumerateDevices = async () => ["Desk", "Lid"].map(
             (label, index) => ({ kind: "videoinput", deviceId: `id${index}`, label })); }"""
    )
    start(component)
    component.wait_for_function("document.querySelectorAll('.device option').length === 4")
    component.evaluate("window.refusal = 'OverconstrainedError'")
    component.locator(".device").select_option(label="Lid")
    expect(component.locator(".hint")).to_contain_text("Choose another one")
    assert component.evaluate("window.wanted.at(-1).deviceId.exact") == "id1"
