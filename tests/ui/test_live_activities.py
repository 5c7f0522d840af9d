"""The game and the self-test on the live camera's picture, alone in a real Chromium."""

import io
import zipfile
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from core.live.prompts import ALL_PROMPTS, LONGEST_PAUSE
from tests.helpers.live_component import sent, start
from ui.live.messages import MAX_RESULTS

pytestmark = pytest.mark.browser

_HANDS = [{"fingers": each.fingers, "side": each.side} for each in ALL_PROMPTS]
_TASK = {"longestPause": LONGEST_PAUSE, "sideNames": {"L": "left", "R": "right"}, "recorded": 0}
GAME = _TASK | {
    "kind": "game", "hands": _HANDS, "begin": "Start a game", "key": "G", "rounds": 2, "held": 0.1,
    "longest": 60.0,
}  # fmt: skip
TEST = _TASK | {
    "kind": "test", "hands": _HANDS[7:8], "begin": "Record", "key": "T", "pose": 0.2,
}  # fmt: skip


def offer(page: Page, task: dict[str, Any] | None) -> None:
    page.evaluate("task => window.update({ task })", task)


def show(page: Page, *hands: tuple[int | None, str]) -> None:
    """Answer the frame on its way with these hands, and wait for the next one."""
    frames = sent(page)
    page.evaluate(
        "hands => window.answer({ hands: hands.map((hand) => window.hand(...hand)) })",
        list(map(list, hands)),
    )
    page.wait_for_function(f"window.sent.length > {frames}")


def asked(page: Page) -> tuple[int, str]:
    """The count and the side that the picture asks for."""
    words = page.locator(".ask").inner_text().split()
    return int(words[1]), {"left": "L", "right": "R"}[words[-2]]


def show_until_it_counts(page: Page) -> None:
    before, hand = page.locator(".ask").inner_text(), asked(page)
    while page.locator(".ask").inner_text() == before:
        show(page, hand)


def told(page: Page, kind: str) -> list[dict[str, Any]]:
    """All results of which the app was told, each once."""
    results = page.evaluate("kind => window.told.flatMap((each) => each[kind] ?? [])", kind)
    return list({each["number"]: each for each in results}.values())


def test_a_game_is_judged_here_from_its_question_to_its_verdict(component: Page) -> None:
    offer(component, GAME)
    start(component)
    component.get_by_role("button", name="Start a game").click()
    expect(component.locator(".note")).to_have_text("Round 1 of 2")
    show(component)
    show(component)
    hand = asked(component)
    show_until_it_counts(component)
    expect(component.locator(".verdict")).to_contain_text("✓")
    expect(component.locator(".note")).to_have_text("Round 2 of 2")
    component.get_by_role("button", name="Skip this one").click()
    expect(component.locator(".ask")).to_contain_text("The game is over")
    expect(component.get_by_role("button", name="Play again")).to_be_visible()
    component.wait_for_function("window.told.at(-1)?.rounds.length === 2")
    first, second = told(component, "rounds")
    assert first["round"]["prompt"] == {"fingers": hand[0], "side": hand[1]}
    assert 0 < first["round"]["seconds"] < 60
    assert second["round"]["seconds"] is None
    assert first["game"] == second["game"] < first["number"] < second["number"]


def test_results_are_told_until_they_are_confirmed(component: Page) -> None:
    offer(component, GAME)
    component.get_by_role("button", name="Start a game").click()
    component.wait_for_function("window.sent.length === 1")
    component.get_by_role("button", name="Skip this one").click()
    # A frame that the server reads brings them along, and a camera that stops has them sent alone.
    show(component)
    assert "rounds" in component.evaluate("window.sent.at(-1)")
    component.get_by_role("button", name="Stop the camera").click()
    assert "jpeg" not in component.evaluate("window.told.at(-1)")
    tellings = int(component.evaluate("window.told.length"))
    component.wait_for_function(f"window.told.length > {tellings}")  # nobody confirmed
    component.evaluate("window.update({ confirmed: window.told.at(-1).rounds.at(-1).number })")
    tellings = int(component.evaluate("window.told.length"))
    component.wait_for_timeout(3500)
    assert component.evaluate("window.told.length") == tellings


def test_one_message_tells_of_few_results(component: Page) -> None:
    offer(component, GAME | {"rounds": 12})
    for _ in range(2):
        component.keyboard.press("g")
        for _ in range(12):
            component.keyboard.press("s")
    component.get_by_role("button", name="Stop the camera").click()
    assert component.evaluate("window.told.at(-1).rounds.length") == MAX_RESULTS
    assert (
        component.evaluate("Math.max(...window.told.map(each => each.rounds.length))")
        == MAX_RESULTS
    )


def test_nothing_is_told_after_the_click_on_another_page(component: Page) -> None:
    offer(component, GAME)
    component.keyboard.press("g")
    component.wait_for_function("window.sent.length === 1")
    component.get_by_role("link").click()
    component.keyboard.press("s")
    tellings = component.evaluate("window.told.length")
    component.wait_for_timeout(3500)
    assert component.evaluate("window.told.length") == tellings == 0


def test_a_running_game_goes_on_when_the_component_is_restored(component: Page) -> None:
    offer(component, GAME)
    component.keyboard.press("g")
    component.wait_for_function("window.sent.length === 1")
    component.keyboard.press("s")
    question = component.locator(".ask").inner_text()
    component.evaluate("window.leave(); window.update({ result: null })")
    expect(component.locator(".ask")).to_have_text(question)
    expect(component.locator(".note")).to_have_text("Round 2 of 2")
    component.wait_for_function("window.told.at(-1)?.rounds?.length === 1")


def test_a_question_is_spoken_once(component: Page) -> None:
    offer(component, GAME)
    start(component)
    component.keyboard.press("g")
    show(component)
    component.evaluate(
        """() => { window.spoken = 0; new MutationObserver(() => window.spoken++).observe(
             document.querySelector('.ask'), { childList: true, characterData: true }); }"""
    )
    clock = component.locator(".clock").inner_text()
    while component.locator(".clock").inner_text() == clock:
        show(component)
    assert component.evaluate("window.spoken") == 0
    offer(component, None)
    expect(component.locator(".task")).to_be_hidden()


@pytest.mark.parametrize(
    ("hand", "verdict", "name"),
    [
        ((3, "R"), "✓ Correct: 3 · right hand", "001_shown_3_right_answered_3_right.jpg"),
        ((4, "R"), "✗ Wrong: the app said 4 · right hand", "001_shown_3_right_answered_4_right"),
        ((None, "L"), "✗ Wrong: the app said ? · left hand", "answered_not-sure_left.jpg"),
        (None, "✗ Wrong: the app said “no hand”", "001_shown_3_right_answered_no-hand_no-hand.jpg"),
    ],
)
def test_a_trial_ends_in_a_verdict_and_its_picture_is_kept_on_request(
    component: Page, hand: tuple[int, str] | None, verdict: str, name: str
) -> None:
    offer(component, TEST)
    start(component)
    component.get_by_label("Keep the pictures").check()
    component.get_by_role("button", name="Record").click()
    expect(component.locator(".ask")).to_have_text("Show 3 with your right hand")
    pictures = component.evaluate("[]")
    while component.get_by_role("button", name="Stop", exact=False).count() > 1:
        pictures.append(component.evaluate("window.sent.at(-1).jpeg"))
        show(component, *filter(None, [hand]))
    expect(component.locator(".verdict")).to_have_text(verdict)
    right = int(hand is not None and hand[0] == 3)
    expect(component.locator(".ask")).to_have_text(f"Done: {right} of 1 counts right")
    (trial,) = told(component, "trials")
    observed = trial["trial"]["observed"]
    assert (None if observed is None else observed["fingers"]) == (hand and hand[0])
    with component.expect_download() as download:
        component.get_by_role("button", name="Download 1 picture").click()
    with zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())) as archive:
        assert archive.testzip() is None
        (kept,) = archive.namelist()
        assert name in kept
        length = len(archive.read(kept))
    # It is the frame that was judged.
    assert length == component.evaluate("jpeg => atob(jpeg.split(',')[1]).length", pictures[-1])
    component.get_by_role("button", name="Forget them").click()
    expect(component.locator(".save")).to_be_disabled()


def record(page: Page) -> None:
    page.keyboard.press("t")
    while "Show" in page.locator(".ask").inner_text():
        show(page)


def test_no_picture_is_kept_without_a_request(component: Page) -> None:
    offer(component, TEST)
    start(component)
    record(component)
    expect(component.locator(".save")).to_be_disabled()


def test_pictures_stay_when_the_component_is_restored(component: Page) -> None:
    offer(component, TEST)
    start(component)
    component.get_by_label("Keep the pictures").check()
    for _ in range(2):
        record(component)
    expect(component.get_by_role("button", name="Download 2 pictures")).to_be_enabled()
    component.evaluate("window.leave(); window.update({ result: null })")
    expect(component.get_by_label("Keep the pictures")).to_be_checked()
    expect(component.get_by_role("button", name="Download 2 pictures")).to_be_enabled()


def test_pictures_are_discarded_when_another_page_is_opened(component: Page) -> None:
    offer(component, TEST)
    start(component)
    component.get_by_label("Keep the pictures").check()
    record(component)
    component.get_by_role("link").click()
    component.evaluate("window.leave(); window.update({ result: null })")
    expect(component.get_by_label("Keep the pictures")).not_to_be_checked()
    expect(component.locator(".save")).to_be_disabled()


def test_keys_do_nothing_where_text_is_typed(component: Page) -> None:
    offer(component, GAME)
    component.evaluate("document.body.append(document.createElement('textarea'))")
    component.locator("textarea").press("g")
    expect(component.get_by_role("button", name="Start a game")).to_be_visible()
    expect(component.locator("textarea")).to_have_value("g")


def test_results_are_numbered_on_where_the_clock_was_put_back(component: Page) -> None:
    later = component.evaluate("Date.now() + 3_600_000")
    offer(component, GAME)
    component.evaluate("confirmed => window.update({ confirmed })", later)
    component.keyboard.press("g")
    component.keyboard.press("s")
    component.wait_for_function("window.told.length > 0")
    (finished,) = told(component, "rounds")
    assert finished["number"] > later
