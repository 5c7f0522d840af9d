"""The live camera's component alone in a real Chromium: no server, answers given by hand."""

import io
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from ui.live_camera import CSS, HTML, SCRIPT

pytestmark = pytest.mark.browser

_ADDRESS = "http://localhost:9/live"
_HARNESS = """
import mount from "/script.js";
window.sent = [];
window.opened = [];
window.wanted = [];
const ask = navigator.mediaDevices?.getUserMedia?.bind(navigator.mediaDevices);
if (ask) navigator.mediaDevices.getUserMedia = async (wanted) => {
  window.wanted.push(wanted.video);
  if (window.refusal) throw new DOMException("refused", window.refusal);
  if (window.hold) await window.hold;
  const stream = await ask(wanted);
  window.opened.push(...stream.getTracks());
  return stream;
};
const data = { size: 320, most: 1000, keeping: true, prompt: null, result: null };
const parentElement = document.querySelector("#root");
const setTriggerValue = (name, value) => window.sent.push(value);
// Gives nothing back: a function that an expression gives, Playwright would call.
window.update = (given) => {
  window.leave = mount({ parentElement, setTriggerValue, data: Object.assign(data, given) });
};
window.result = (given) => ({
  sequence: window.sent.at(-1)?.sequence, message: "", spoken: "", hands: [], seen: null,
  keepsake: "", milliseconds: 5, ...given });
window.answer = (given) => window.update({ result: window.result(given) });
window.hide = (hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
};
window.update({});
"""
_PAGE = (
    f'<!doctype html><style>{CSS}</style><div id="root">{HTML}</div>'
    f'<script type="module">{_HARNESS}</script>'
)
_HAND = {
    "count": "3",
    "which": "left hand",
    "sure": "Sure.",
    "label": "3 · left",
    "box": [0.1, 0.2, 0.4, 0.8],
}


@pytest.fixture
def component(browser: Browser) -> Iterator[Page]:
    """A page that is nothing but the component."""
    context = browser.new_context()
    page = context.new_page()
    page.route(_ADDRESS, lambda route: route.fulfill(body=_PAGE, content_type="text/html"))
    page.route(
        "**/script.js", lambda route: route.fulfill(body=SCRIPT, content_type="text/javascript")
    )
    page.goto(_ADDRESS)
    page.wait_for_function("typeof window.update === 'function'")
    yield page
    context.close()


def start(page: Page, frames: int = 1) -> None:
    page.get_by_role("button", name="Start the camera").click()
    page.wait_for_function(f"window.sent.length >= {frames}")


def sent(page: Page) -> int:
    return int(page.evaluate("window.sent.length"))


def answer(page: Page, **given: Any) -> None:
    page.evaluate("given => window.answer(given)", given)


def assert_light_is_off(page: Page) -> None:
    states = page.evaluate("window.opened.map(track => track.readyState)")
    assert states
    assert set(states) == {"ended"}
    assert page.evaluate("document.querySelector('video').srcObject") is None


def test_one_frame_is_on_its_way_at_a_time(component: Page) -> None:
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
    page.add_script_tag(content=SCRIPT.replace("export default", "window.mount ="))
    yield page
    context.close()


def start_pacer(page: Page) -> None:
    page.evaluate(
        """() => {
        window.times = []; window.silences = 0;
        window.pacer = createPacer({
          isReady: () => true,
          send: (number) => { window.number = number; window.times.push(performance.now()); },
          onSilence: () => window.silences++,
        });
        window.pacer.start(); }"""
    )


def test_at_most_so_many_frames_a_second_are_sent(parts: Page) -> None:
    start_pacer(parts)
    parts.clock.run_for(20)
    assert parts.evaluate("window.times.length") == 1
    parts.evaluate("window.pacer.answered(window.number, 2)")
    parts.clock.run_for(450)
    assert parts.evaluate("window.times.length") == 1
    parts.clock.run_for(50)
    assert parts.evaluate("window.times.length") == 2


def test_a_silent_server_is_asked_again_ever_more_rarely(parts: Page) -> None:
    page = parts
    start_pacer(page)
    page.clock.run_for(100_000)
    times = page.evaluate("window.times")
    pauses = [round(late - early, -2) for early, late in pairwise(times)]
    assert pauses == [3000, 6000, 12000, 24000, 24000, 24000]
    assert page.evaluate("window.silences") == 6
    # An answer brings the usual patience back, and one that was slow gives a pause.
    page.clock.run_for(1000)
    took = page.evaluate("window.pacer.answered(window.number, 20)")
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


def test_a_new_session_is_asked_at_once_where_the_old_one_fell_silent(component: Page) -> None:
    start(component, frames=2)  # the second one because nothing answered the first
    component.evaluate("window.update({ result: null })")
    component.wait_for_function("window.sent.length === 3", timeout=2_000)
    component.evaluate("window.update({ result: null })")
    component.wait_for_timeout(300)
    assert sent(component) == 3


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        ("NotAllowedError", "not allowed"),
        ("NotFoundError", "No camera was found"),
        ("NotReadableError", "Another program uses the camera"),
        ("OverconstrainedError", "not there any more"),
        ("TypeError", "cannot be used (TypeError)"),
    ],
)
def test_a_camera_that_fails_is_told_and_tried_again(
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


def test_an_insecure_address_is_told(component: Page) -> None:
    component.evaluate(
        "Object.defineProperty(navigator, 'mediaDevices', { value: undefined, configurable: true })"
    )
    component.get_by_role("button", name="Start the camera").click()
    expect(component.locator(".hint")).to_contain_text("https://")
    expect(component.get_by_role("button", name="Try again")).to_be_visible()


def test_a_camera_that_is_taken_away_is_told(component: Page) -> None:
    start(component)
    component.evaluate("window.opened[0].dispatchEvent(new Event('ended'))")
    expect(component.locator(".hint")).to_contain_text("unplugged or taken away")
    assert_light_is_off(component)
    component.get_by_role("button", name="Try again").click()
    component.wait_for_function("window.opened.at(-1).readyState === 'live'")


def test_a_camera_without_a_picture_is_told(component: Page) -> None:
    start(component)
    component.evaluate("window.opened[0].dispatchEvent(new Event('mute'))")
    expect(component.locator(".hint")).to_contain_text("sends no picture")
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


@pytest.mark.parametrize("leaving", ["window.leave()", "dispatchEvent(new Event('pagehide'))"])
def test_the_light_goes_off_where_the_page_is_left(component: Page, leaving: str) -> None:
    start(component)
    component.evaluate(leaving)
    assert_light_is_off(component)


def test_a_call_that_another_one_overtook_is_cleaned_up_without_a_stop(component: Page) -> None:
    start(component)
    component.evaluate("() => { const first = window.leave; window.update({}); first(); }")
    assert component.evaluate("window.opened.map(track => track.readyState)") == ["live"]
    answer(component)
    component.wait_for_function("window.sent.length === 2")
    component.evaluate("window.leave()")
    assert_light_is_off(component)


def test_a_camera_that_ran_goes_on_where_the_component_is_put_back(component: Page) -> None:
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


@pytest.mark.parametrize(("page", "milliseconds"), [("/other", 0), ("/live", 1100)])
def test_the_camera_stays_off_on_another_page_and_after_a_while(
    component: Page, page: str, milliseconds: int
) -> None:
    start(component)
    component.evaluate("window.leave()")
    component.evaluate("page => history.pushState({}, '', page)", page)
    component.wait_for_timeout(milliseconds)
    component.evaluate("window.update({ result: null })")
    component.wait_for_timeout(300)
    assert_light_is_off(component)
    expect(component.get_by_role("button", name="Start the camera")).to_be_visible()


def hold_the_camera(page: Page) -> None:
    # In braces: a promise that is returned would be waited for.
    page.evaluate("() => { window.hold = new Promise(done => { window.release = done; }); }")


def test_the_light_goes_off_where_the_page_is_left_before_the_camera_opens(component: Page) -> None:
    hold_the_camera(component)
    component.get_by_role("button", name="Start the camera").click()
    component.evaluate("window.leave()")
    component.evaluate("window.release()")
    component.wait_for_function("window.opened.length === 1")
    component.wait_for_timeout(100)
    assert_light_is_off(component)
    assert sent(component) == 0


def test_a_permission_that_is_waited_for_can_be_cancelled(component: Page) -> None:
    hold_the_camera(component)
    component.get_by_role("button", name="Start the camera").click()
    component.get_by_role("button", name="Cancel").click()
    component.evaluate("window.release()")
    component.wait_for_function("window.opened.length === 1")
    component.wait_for_timeout(100)
    assert_light_is_off(component)
    expect(component.get_by_role("button", name="Start the camera")).to_be_visible()


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


def test_the_rear_camera_is_asked_for_and_not_mirrored(component: Page) -> None:
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


def test_answers_are_spoken_seldom_and_only_when_they_stand(parts: Page) -> None:
    parts.evaluate(
        """() => {
        window.region = document.body.appendChild(document.createElement("p"));
        window.announcer = createAnnouncer(window.region); }"""
    )
    heard: list[tuple[int, str]] = []
    for number in range(100):
        # Ten seconds: three stands, four and five take turns, then two stands, then one.
        changing = "four" if number % 2 else "five"
        words = "three" if number < 20 else changing if number < 60 else "two"
        parts.evaluate("words => window.announcer.announce(words)", "one" if number > 75 else words)
        parts.clock.run_for(100)
        spoken = parts.evaluate("window.region.textContent")
        if spoken and (not heard or heard[-1][1] != spoken):
            heard.append((number, spoken))
    assert [words for _, words in heard] == ["three", "two", "one"]
    assert all(late - early >= 20 for (early, _), (late, _) in pairwise(heard))
    parts.evaluate("window.announcer.hush()")
    assert parts.evaluate("window.region.textContent") == ""


def test_a_prompt_stands_above_the_picture_and_is_spoken_once(component: Page) -> None:
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


def keep_two(page: Page) -> list[str]:
    kept = []
    start(page)
    for number in range(2):
        kept.append(page.evaluate("window.sent.at(-1).jpeg"))
        answer(page, keepsake=f"00{number}.jpg")
        page.wait_for_function(f"window.sent.length === {number + 2}")
    return kept


def test_pictures_are_kept_only_where_asked_and_come_as_a_zip(component: Page) -> None:
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


def test_the_picture_of_an_answer_that_comes_too_late_is_kept_once(component: Page) -> None:
    component.get_by_label("Keep the pictures").check()
    start(component, frames=2)  # the first one was given up
    late = {"sequence": component.evaluate("window.sent[0].sequence"), "keepsake": "late.jpg"}
    for _ in range(2):
        answer(component, **late)
    expect(component.locator(".save")).to_have_text("Download 1 picture")
    assert sent(component) == 2


def test_no_picture_is_kept_unasked(component: Page) -> None:
    keep_two(component)
    expect(component.locator(".save")).to_be_disabled()


def test_the_camera_is_worked_by_keyboard_alone(component: Page) -> None:
    component.keyboard.press("Tab")
    component.keyboard.press("Enter")
    component.wait_for_function("window.sent.length === 1")
    component.keyboard.press("Enter")
    expect(component.locator(".hint")).to_have_text("The camera is off.")
    component.keyboard.press("Tab")
    assert component.evaluate("document.activeElement.className") == "device"
    component.keyboard.press("Tab")
    component.keyboard.press("Space")
    expect(component.get_by_label("Mirror the picture")).not_to_be_checked()
