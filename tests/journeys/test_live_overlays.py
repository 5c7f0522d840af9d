"""The game on the picture, full screen, settings in the link, and a frame opened in Try it."""

from collections.abc import Iterator, Sequence

import pytest
from playwright.sync_api import Browser, Page, WebSocket, expect

from core.live.prompts import ALL_PROMPTS
from tests.helpers.browser import (
    TIMEOUT,
    another_browser,
    assert_sound,
    confidently_classified_sample,
    one_hand_of_two_is_unclear,
    save_screenshot,
    wait_until,
    write_camera_film,
)

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def showing_all(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A Chromium whose camera shows every hand in turn, each for a second and a half."""
    film = tmp_path_factory.mktemp("camera") / "hands.mjpeg"
    hands = (confidently_classified_sample(each.fingers, each.side) for each in ALL_PROMPTS)
    write_camera_film(film, *hands, frames=45)
    with another_browser(browser, film) as started:
        yield started


def assert_in_sight(page: Page, *selectors: str) -> None:
    """Assert that these are seen without scrolling, the question and the buttons on the picture.

    Streamlit may put the component back meanwhile, when nothing of it is seen for a moment.
    """
    wait_until(page, lambda: are_in_sight(page, selectors))


def are_in_sight(page: Page, selectors: Sequence[str]) -> bool:
    height = page.evaluate("innerHeight")
    scrolled = page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop")
    stage, *shown = (page.locator(each).bounding_box() for each in (".stage", *selectors))
    if scrolled or stage is None:
        return False
    lowest = min(height, stage["y"] + stage["height"] + 1)
    return all(
        box is not None and box["y"] >= stage["y"] - 1 and box["y"] + box["height"] <= lowest
        for box in shown
    )


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_a_game_goes_from_question_to_result_without_scrolling(
    showing_all: Browser, address: str, width: int, height: int
) -> None:
    context = showing_all.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.set_default_timeout(TIMEOUT)
    sent: list[str | bytes] = []

    def watch(socket: WebSocket) -> None:
        # Playwright takes no method of a list.
        socket.on("framesent", lambda content: sent.append(content))  # noqa: PLW0108

    page.on("websocket", watch)
    page.goto(f"{address}/live?mode=Play")
    page.get_by_role("button", name="Start the camera").click()
    expect(page.locator(".place")).to_contain_text("Computed on this device")
    expect(page.locator(".hint")).to_be_hidden()
    before = len(sent)
    assert_in_sight(page, ".begin")
    page.get_by_role("button", name="Start a game").click()
    expect(page.locator(".ask")).to_contain_text("Show ")
    assert_in_sight(page, ".question", ".ask", ".clock", ".skip", ".end")
    expect(page.locator(".verdict")).to_contain_text("✓")
    assert_in_sight(page, ".verdict", ".skip")
    page.screenshot(path=f"test-output/live_game_{width}.png")
    expect(page.get_by_test_id("stTable").locator("tbody tr")).to_have_count(1)
    # Of the round, its result; no frame and no observation.
    assert 1 <= len(sent) - before <= 3
    assert max(map(len, sent[before:])) < 5_000
    while "Show" in page.locator(".ask").inner_text():
        page.keyboard.press("s")
    expect(page.locator(".ask")).to_contain_text("The game is over")
    assert_in_sight(page, ".ask", ".begin")
    expect(page.get_by_test_id("stTable").locator("tbody tr")).to_have_count(10)
    expect(page.get_by_test_id("stMetric").first).to_contain_text("Best")
    assert_sound(page)
    save_screenshot(page, f"live_game_over_{width}")
    context.close()


def start(page: Page, address: str, query: str = "") -> None:
    page.goto(f"{address}/live{query}")
    page.get_by_role("button", name="Start the camera").click()
    expect(page.locator(".count")).to_have_text("1")


def test_full_screen_is_entered_and_left(page: Page, address: str) -> None:
    start(page, address)
    page.keyboard.press("f")
    expect(page.locator(".live.projector")).to_be_visible()
    expect(page.locator(".count")).to_have_text("1")
    page.get_by_role("button", name="Leave full screen").click()
    expect(page.locator(".live.projector")).to_have_count(0)
    expect(page.locator(".count")).to_have_text("1")
    assert_sound(page)


@pytest.mark.parametrize("reads", ["This+device", "The+server"])
def test_a_frame_is_opened_in_try_it(page: Page, address: str, reads: str) -> None:
    start(page, address, f"?reads={reads}")
    page.get_by_role("button", name="Open this frame in Try it").click()
    expect(page.get_by_role("status").first).to_have_text("1 finger · right hand")
    expect(page.get_by_role("radio", name="From Live")).to_be_checked()
    assert "source=From+Live" in page.url
    assert_sound(page)
    save_screenshot(page, f"live_opened_{reads}")
    # It stays there, and other photos are chosen as ever.
    page.get_by_text("The photo is mirrored").click()
    expect(page.get_by_role("status").first).to_have_text("1 finger · left hand")
    page.get_by_role("radio", name="Sample").click()
    expect(page.get_by_role("radio", name="Sample")).to_be_checked()
    page.get_by_role("link", name="Live").first.click()
    expect(page.get_by_role("button", name="Start the camera")).to_be_visible()


@pytest.fixture(scope="module")
def showing_two(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A Chromium whose camera shows two hands, one of them not clearly."""
    film = tmp_path_factory.mktemp("camera") / "hands.mjpeg"
    write_camera_film(film, one_hand_of_two_is_unclear())
    with another_browser(browser, film) as started:
        yield started


@pytest.mark.parametrize("reads", ["This device", "The server"])
def test_settings_hold_at_once_and_stand_in_the_link(
    showing_two: Browser, address: str, reads: str
) -> None:
    page = showing_two.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(TIMEOUT)
    page.goto(f"{address}/live?reads={reads.replace(' ', '+')}")
    page.get_by_role("button", name="Start the camera").click()
    expect(page.locator(".count")).to_have_count(2)
    unsure = page.locator(".count", has_text="?")
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("radio", name="50%").click()
    expect(unsure).to_have_count(0)
    page.get_by_role("radio", name="90%").click()
    expect(unsure).to_have_count(1)
    page.get_by_role("radio", name="50%").click()
    expect(unsure).to_have_count(0)
    page.get_by_role("radio", name="1", exact=True).click()
    expect(page.locator(".count")).to_have_count(1)
    page.get_by_role("radio", name="Off").click()
    page.get_by_text("Draw the joints").click()
    page.get_by_role("radio", name="Nothing").click()
    page.wait_for_url("**beside=Nothing**")
    assert_sound(page)
    page.goto(page.url)
    page.get_by_role("button", name="Settings").click()
    for name in ("50%", "Off", "1", "Nothing"):
        expect(page.get_by_role("radio", name=name, exact=True)).to_be_checked()
    expect(page.get_by_role("switch", name="Draw the joints")).not_to_be_checked()
    expect(page.get_by_role("radio", name=reads)).to_be_checked()
    page.context.close()
