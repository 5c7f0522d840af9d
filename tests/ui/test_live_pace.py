"""How often the live camera's component sends frames and speaks, alone in a real Chromium."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.helpers.live_component import answer, sent, start
from ui.live.camera import SCRIPT

pytestmark = pytest.mark.browser


def test_only_one_frame_is_in_flight(component: Page) -> None:
    start(component)
    component.wait_for_timeout(500)
    assert sent(component) == 1
    answer(component)
    component.wait_for_function("window.sent.length === 2")
    component.wait_for_timeout(300)
    assert sent(component) == 2
    frame = component.evaluate("window.sent[1]")
    assert frame["sequence"] == component.evaluate("window.sent[0].sequence") + 1
    assert frame["jpeg"].startswith("data:image/jpeg;base64,/9j/")
    assert frame["taken"] > component.evaluate("window.sent[0].taken")


def test_an_answer_to_another_frame_sends_nothing(component: Page) -> None:
    start(component)
    answer(component, sequence=1, message="late")
    component.wait_for_timeout(300)
    assert sent(component) == 1
    expect(component.locator(".message")).to_have_text("")


@pytest.fixture
def parts(browser: Browser) -> Iterator[Page]:
    """A page that holds the component's parts, where time goes on only when the test says so."""
    context = browser.new_context()
    page = context.new_page()
    page.clock.install(time=0)
    page.goto("about:blank")
    page.clock.pause_at(3_600_000)
    script = SCRIPT.replace("export default", "window.mount =").replace("export ", "")
    page.add_script_tag(content=script)
    yield page
    context.close()


def start_scheduler(page: Page) -> None:
    page.evaluate(
        """() => {
        window.times = []; window.silences = 0;
        window.scheduler = createFrameScheduler({
          isReady: () => true,
          send: (number) => { window.number = number; window.times.push(performance.now()); },
          onTimeout: () => window.silences++,
        });
        window.scheduler.start(); }"""
    )


def test_the_frame_rate_is_limited(parts: Page) -> None:
    start_scheduler(parts)
    parts.clock.run_for(20)
    assert parts.evaluate("window.times.length") == 1
    parts.evaluate("window.scheduler.answered(window.number, 2)")
    parts.clock.run_for(450)
    assert parts.evaluate("window.times.length") == 1
    parts.clock.run_for(50)
    assert parts.evaluate("window.times.length") == 2


def test_a_silent_server_is_retried_less_and_less_often(parts: Page) -> None:
    page = parts
    start_scheduler(page)
    page.clock.run_for(100_000)
    times = page.evaluate("window.times")
    pauses = [round(late - early, -2) for early, late in pairwise(times)]
    assert pauses == [3000, 6000, 12000, 24000, 24000, 24000]
    assert page.evaluate("window.silences") == 6
    # An answer brings the usual patience back, and one that was slow gives a pause.
    page.clock.run_for(1000)
    took = page.evaluate("window.scheduler.answered(window.number, 20)")
    before = page.evaluate("window.times.length")
    page.clock.run_for(int(took / 5) - 50)
    assert page.evaluate("window.times.length") == before
    page.clock.run_for(100)
    assert page.evaluate("window.times.length") == before + 1
    page.clock.run_for(3050)
    assert page.evaluate("window.times.length") == before + 2


def test_nothing_is_sent_while_the_tab_is_hidden(component: Page) -> None:
    start(component)
    component.evaluate("window.hide(true)")
    answer(component)
    component.wait_for_timeout(600)
    assert sent(component) == 1
    component.evaluate("window.hide(false)")
    component.wait_for_function("window.sent.length === 2")


def test_a_new_session_is_asked_at_once_if_the_old_one_was_silent(component: Page) -> None:
    start(component, frames=2)  # the second one because nothing answered the first
    component.evaluate("window.update({ result: null })")
    component.wait_for_function("window.sent.length === 3", timeout=2_000)
    component.evaluate("window.update({ result: null })")
    component.wait_for_timeout(300)
    assert sent(component) == 3


def test_answers_are_spoken_rarely_and_only_when_stable(parts: Page) -> None:
    parts.evaluate(
        """() => {
        window.region = document.body.appendChild(document.createElement("p"));
        window.liveRegion = createLiveRegion(window.region); }"""
    )
    heard: list[tuple[int, str]] = []
    for number in range(100):
        # Ten seconds: three stands, four and five take turns, then two stands, then one.
        changing = "four" if number % 2 else "five"
        words = "three" if number < 20 else changing if number < 60 else "two"
        parts.evaluate(
            "words => window.liveRegion.announce(words)", "one" if number > 75 else words
        )
        parts.clock.run_for(100)
        spoken = parts.evaluate("window.region.textContent")
        if spoken and (not heard or heard[-1][1] != spoken):
            heard.append((number, spoken))
    assert [words for _, words in heard] == ["three", "two", "one"]
    assert all(late - early >= 20 for (early, _), (late, _) in pairwise(heard))
    parts.evaluate("window.liveRegion.clear()")
    assert parts.evaluate("window.region.textContent") == ""
