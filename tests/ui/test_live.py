"""The live camera's frames are untrusted, and the page answers them."""

import base64
import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from core.common.types import Photo, Side
from core.images.decoding import PhotoError
from core.images.frame_decoding import decode_frame
from core.live.game import ROUNDS, Game, Round
from core.live.prompts import Prompt
from core.serving.scheduler import BusyError
from core.synthetic.sample_photos import draw_sample
from tests.helpers.browser import encoded
from tests.helpers.single_page import page_test
from ui.live.camera import MAX_FRAME, Frame, checked_frame

HEAD = "data:image/jpeg;base64,"


def message(content: bytes, sequence: int = 7, taken: float = 1000.0) -> dict[str, object]:
    jpeg = HEAD + base64.b64encode(content).decode()
    return {"sequence": sequence, "taken": taken, "jpeg": jpeg}


def synthetic_photo(fingers: int, side: Side, seed: int) -> bytes:
    return encoded(draw_sample(fingers, side, seed, 320, 240).pixels)


def picture(frame: Frame) -> Photo | None:
    """What the pool decodes of a frame."""
    try:
        return None if frame.jpeg is None else decode_frame(frame.jpeg)
    except PhotoError:
        return None


def test_a_frame_is_decoded() -> None:
    frame = checked_frame(message(synthetic_photo(3, "R", 0)))
    assert frame is not None
    assert (frame.sequence, frame.taken) == (7, 1.0)
    photo = picture(frame)
    assert photo is not None
    assert (photo.width, photo.height) == (320, 240)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=50),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
    ),
    max_leaves=8,
)


@settings(deadline=None, max_examples=200)
@given(JSON | st.fixed_dictionaries({"sequence": JSON, "taken": JSON, "jpeg": JSON}))
def test_anything_else_is_no_frame_or_one_without_a_picture(sent: object) -> None:
    frame = checked_frame(sent)
    assert frame is None or picture(frame) is None


@settings(deadline=None, max_examples=80)
@given(st.binary(max_size=300))
def test_bytes_that_are_not_a_photo_give_no_picture(content: bytes) -> None:
    frame = checked_frame(message(content))
    assert frame is not None
    assert picture(frame) is None


@pytest.mark.parametrize(
    "jpeg",
    [HEAD, HEAD + "!!", HEAD + "A" * MAX_FRAME, "data:text/html;base64,AAAA", "x", None, 3],
)
def test_other_texts_give_no_picture(jpeg: object) -> None:
    frame = checked_frame({"sequence": 1, "taken": 0, "jpeg": jpeg})
    assert frame is not None
    assert picture(frame) is None


@pytest.mark.parametrize("sequence", [0, -1, 2**60, 1.5, "1", True, None])
def test_a_frame_needs_a_number(sequence: object) -> None:
    assert checked_frame({"sequence": sequence, "taken": 1, "jpeg": HEAD}) is None


@pytest.mark.parametrize("taken", [-1, math.nan, math.inf, -math.inf, 2**60, "1", None])
def test_a_frame_needs_a_time(taken: object) -> None:
    assert checked_frame({"sequence": 1, "taken": taken, "jpeg": HEAD}) is None


def open_live(mode: str = "Watch") -> AppTest:
    at = page_test("live")
    at.query_params["mode"] = mode
    return at


def send(at: AppTest, sent: object) -> AppTest:
    at.session_state["live"] = {"frame": sent}
    at.run()
    assert not at.exception
    return at


def test_the_page_answers_a_frame() -> None:
    at = send(open_live(), message(synthetic_photo(5, "L", 12)))
    result = at.session_state["live result"]
    assert result["sequence"] == 7
    assert result["spoken"] == "5 fingers · left hand"
    (shown,) = result["hands"]
    assert (shown["count"], shown["which"], shown["label"]) == ("5", "left hand", "5 · left")
    x0, y0, x1, y1 = shown["box"]
    assert 0 <= x0 < x1 <= 1
    assert 0 <= y0 < y1 <= 1
    assert result["seen"].startswith(HEAD)
    assert [finger["isUp"] for finger in shown["skeleton"]["fingers"]] == [True] * 5
    # Fingertips lie above the palm, which lies in the box.
    assert all(y0 < y < y1 for _, y in shown["skeleton"]["palm"])
    knuckles = min(y for _, y in shown["skeleton"]["palm"])
    assert all(finger["joints"][-1][1] < knuckles for finger in shown["skeleton"]["fingers"][1:])
    assert [name for name, _ in shown["bars"]] == [*map(str, range(6)), "left", "right"]
    assert max(shown["bars"][:6], key=lambda bar: bar[1])[0] == "5"
    assert keepsakes(at) == []


def test_the_page_reports_no_hand_in_an_empty_frame() -> None:
    at = send(open_live(), message(encoded(np.full((240, 320, 3), 150, np.uint8))))
    result = at.session_state["live result"]
    assert (result["spoken"], result["hands"]) == ("No hand", [])
    assert "Show one" in result["message"]


def test_a_frame_without_a_picture_is_reported() -> None:
    at = send(open_live(), {"sequence": 9, "taken": 1, "jpeg": "x"})
    assert at.session_state["live result"]["message"] == "This frame could not be read."


def test_a_rerun_does_not_read_the_same_frame_again() -> None:
    at = send(open_live(), message(synthetic_photo(5, "L", 12)))
    first = at.session_state["live result"]
    at.run()
    assert at.session_state["live result"] is first


@pytest.mark.parametrize("sent", [None, {}, {"sequence": 3}, {"sequence": 3, "jpeg": "x"}, [1]])
def test_a_malformed_message_breaks_nothing(sent: object) -> None:
    at = send(open_live(), sent)
    assert at.title[0].value == "Live"


def keepsakes(at: AppTest) -> Any:
    """What the browser is told to keep with the present answer."""
    return json.loads(at.get("bidi_component")[0].proto.json)["keepsakes"]


def press(at: AppTest, label: str) -> AppTest:
    at.session_state["live"] = {}
    next(button for button in at.button if button.label == label).click()
    at.run()
    assert not at.exception
    return at


def test_a_game_takes_the_time_until_the_hand_is_shown() -> None:
    at = press(open_live("Play").run(), "Start a game")
    tasks = (Prompt(5, "L"), Prompt(1, "R"))
    at.session_state["live game"] = Game(tasks)
    hand_shown = synthetic_photo(5, "L", 12)
    wall = encoded(np.full((240, 320, 3), 150, np.uint8))
    send(at, message(wall, 1, 0))
    send(at, message(wall, 2, 1500))
    for number in range(4):
        send(at, message(hand_shown, 3 + number, 2000 + 150 * number))
    (finished,) = at.session_state["live game"].rounds
    assert finished == Round(tasks[0], 2.0)
    assert [metric.value for metric in at.metric] == ["2.0 s", "2.0 s"]
    press(at, "Skip this one")
    assert at.session_state["live game"].over
    assert list(at.table[0].value["time"]) == ["2.0 s", "skipped"]
    press(at, "Play again")
    assert len(at.session_state["live game"].prompts) == ROUNDS
    press(at, "End the game")
    assert "live game" not in at.session_state


def read_by_browser(sequence: int, taken: float, *hands: dict[str, object]) -> dict[str, object]:
    return {"sequence": sequence, "taken": taken, "hands": list(hands)}


HAND = {"fingers": 5, "side": "L", "fingers_probability": 0.9, "side_probability": 1.0}


def test_a_game_takes_what_the_browser_read_itself() -> None:
    at = press(open_live("Play").run(), "Start a game")
    at.session_state["live game"] = Game((Prompt(5, "L"), Prompt(1, "R")))
    send(at, read_by_browser(1, 0))
    send(at, read_by_browser(2, 1500, HAND | {"fingers": None}))
    for number in range(4):
        send(at, read_by_browser(3 + number, 2000 + 150 * number, HAND))
    assert at.session_state["live game"].rounds == (Round(Prompt(5, "L"), 2.0),)
    assert at.session_state["live result"]["hands"] == []


@pytest.mark.parametrize(
    "hands",
    [
        [HAND] * 5,
        [HAND | {"fingers": 6}],
        [HAND | {"side": "both"}],
        [HAND | {"side_probability": 1.5}],
        [{"fingers": 5}],
        {"0": HAND},
    ],
)
def test_a_browser_tells_of_few_possible_hands(hands: object) -> None:
    assert checked_frame({"sequence": 1, "taken": 0, "hands": hands}) is None


def test_a_self_test_compares_what_was_shown_with_what_was_observed() -> None:
    at = open_live("Test yourself").run()
    at.segmented_control(key="asks").set_value("person").run()
    at.segmented_control(key="shown").set_value(4)
    at.segmented_control(key="with").set_value("L").run()
    press(at, "Record the answer in 3 s")
    for number in range(5):
        send(at, message(synthetic_photo(5, "L", 12), 1 + number, 800 * number))
    assert at.session_state["live trial log"].trials[0].prompt == Prompt(4, "L")
    name = "001_shown_4_left_answered_5_left.jpg"
    assert keepsakes(at) == [{"sequence": 5, "name": name}]
    # Sent again with later answers, since the browser may never be given that one.
    send(at, message(synthetic_photo(5, "L", 12), 6, 4000))
    assert keepsakes(at) == [{"sequence": 5, "name": name}]
    assert at.session_state["live test"] is None
    texts = " ".join(text.value for text in at.markdown)
    assert "0 of 1 counts right" in texts
    assert "Hands: 1 of 1 right" in texts
    press(at, "Start over")
    assert not at.session_state["live trial log"].trials
    assert "appear here" in at.info[0].value


def test_a_self_test_in_which_the_app_asks_goes_through_all_hands() -> None:
    at = press(open_live("Test yourself").run(), "Start: 12 hands")
    wall = encoded(np.full((240, 320, 3), 150, np.uint8))
    for number in range(1, 5 * 12 + 1):
        send(at, message(wall, number, 1000 * number))
    trial_log = at.session_state["live trial log"]
    assert len({trial.prompt for trial in trial_log.trials}) == 12
    assert all(trial.observed is None for trial in trial_log.trials)
    assert at.session_state["live test"] is None


def test_a_busy_server_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(read: object) -> None:
        raise BusyError

    monkeypatch.setattr("ui.live.camera.read_frame", busy)
    at = send(open_live(), message(encoded(draw_sample(5, "L", 12, 320, 240).pixels)))
    assert not at.exception
    result = at.session_state["live result"]
    assert result["busy"]
    assert "Many people" in result["message"]


@pytest.mark.parametrize(("suffix", "size"), [(".png", (240, 320)), (".jpg", (240, 1400))])
def test_a_frame_is_a_jpeg_of_few_pixels(suffix: str, size: tuple[int, int]) -> None:
    frame = checked_frame(message(encoded(np.zeros((*size, 3), np.uint8), suffix)))
    assert frame is not None
    assert picture(frame) is None
