"""The live camera's frames are untrusted, and the page answers them."""

import base64
import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from core.common.types import Photo, Side
from core.hands.pipeline import MAX_HANDS
from core.hands.tracking import HALF_LIFE
from core.images.decoding import PhotoError
from core.images.frame_decoding import decode_frame
from core.live.game import ROUNDS, Game, Round
from core.live.prompts import Prompt
from core.serving.scheduler import BusyError
from core.synthetic.sample_photos import draw_sample
from tests.helpers.browser import encoded, one_hand_of_two_is_unclear
from tests.helpers.page_texts import answer_of
from tests.helpers.single_page import page_test
from ui.live.messages import MAX_FRAME, MAX_RESULTS, Frame, checked_frame
from ui.photo_input import LIVE_SOURCE, PhotoInput

OpenPage = Callable[..., AppTest]

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
@given(
    JSON
    | st.fixed_dictionaries(
        {"sequence": JSON, "taken": JSON},
        optional={"jpeg": JSON, "rounds": JSON, "trials": JSON},
    )
)
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


def data_of(at: AppTest) -> Any:
    """What the browser is told."""
    return json.loads(at.get("bidi_component")[0].proto.json)


def finished_round(number: int, game: int, *asked: object, seconds: object) -> dict[str, object]:
    fingers, side = asked
    round_ = {"prompt": {"fingers": fingers, "side": side}, "seconds": seconds}
    return {"number": number, "game": game, "round": round_}


def rounds(sequence: int, *finished: object) -> dict[str, object]:
    return {"sequence": sequence, "taken": 1000.0, "rounds": list(finished)}


def test_a_game_s_rounds_are_kept_once_and_in_order() -> None:
    at = open_live("Play").run()
    task = data_of(at)["task"]
    assert (task["kind"], len(task["hands"]), task["rounds"]) == ("game", 12, ROUNDS)
    assert not at.metric
    first = finished_round(5, 4, 5, "L", seconds=2.0)
    send(at, rounds(1, first))
    assert at.session_state["live game"] == Game(4, (Round(Prompt(5, "L"), 2.0),))
    assert [metric.value for metric in at.metric] == ["2.0 s", "2.0 s"]
    assert data_of(at)["confirmed"] == 5
    # Sent again with the next one, where the browser has not heard that it came.
    send(at, rounds(2, first, finished_round(6, 4, 1, "R", seconds=None)))
    assert list(at.table[0].value["time"]) == ["2.0 s", "skipped"]
    send(at, rounds(3, finished_round(9, 8, 5, "L", seconds=0.5)))
    assert at.session_state["live game"] == Game(8, (Round(Prompt(5, "L"), 0.5),))


def test_a_round_that_comes_with_a_picture_is_kept_whatever_the_person_does_by_then() -> None:
    at = open_live("Watch").run()
    assert data_of(at)["task"] is None
    photo = message(synthetic_photo(5, "L", 12))
    send(at, photo | {"rounds": [finished_round(5, 4, 5, "L", seconds=2.0)]})
    assert at.session_state["live game"].best == 2.0
    assert at.session_state["live result"]["hands"][0]["observed"]["fingers"] == 5


HAND = {"fingers": 5, "side": "L", "fingers_probability": 0.9, "side_probability": 1.0}


def finished_trial(number: int, *asked: object, observed: object) -> dict[str, object]:
    fingers, side = asked
    trial = {"prompt": {"fingers": fingers, "side": side}, "observed": observed}
    return {"number": number, "trial": trial}


@pytest.mark.parametrize(
    "results",
    [
        {"rounds": [finished_round(1, 1, 5, "L", seconds=-0.1)]},
        {"rounds": [finished_round(1, 1, 5, "L", seconds=3601)]},
        {"rounds": [finished_round(1, 1, 5, "L", seconds=math.nan)]},
        {"rounds": [finished_round(1, 1, 6, "L", seconds=1)]},
        {"rounds": [finished_round(1, 1, 5, "both", seconds=1)]},
        {"rounds": [finished_round(0, 1, 5, "L", seconds=1)]},
        {"rounds": [finished_round(1, 2**60, 5, "L", seconds=1)]},
        {"rounds": [finished_round(1, 1, 5, "L", seconds=1) | {"more": 1}]},
        {"rounds": [finished_round(1, 1, 5, "L", seconds=1)] * (MAX_RESULTS + 1)},
        {"rounds": {"0": finished_round(1, 1, 5, "L", seconds=1)}},
        {"trials": [finished_trial(1, 5, "L", observed=HAND | {"fingers": 6})]},
        {"trials": [finished_trial(1, 5, "L", observed=HAND | {"side": "both"})]},
        {"trials": [finished_trial(1, 5, "L", observed=HAND | {"side_probability": 1.5})]},
        {"trials": [finished_trial(1, 5, "L", observed={"fingers": 5})]},
        {"trials": [finished_trial(1, -1, "L", observed=None)]},
        {"trials": [finished_trial(1, 5, "L", observed=None)] * (MAX_RESULTS + 1)},
    ],
)
def test_impossible_results_are_refused(results: dict[str, object]) -> None:
    assert checked_frame({"sequence": 1, "taken": 0} | results) is None


def trials(sequence: int, *finished: object) -> dict[str, object]:
    return {"sequence": sequence, "taken": 1000.0, "trials": list(finished)}


def press(at: AppTest, label: str) -> AppTest:
    at.session_state["live"] = {}
    next(button for button in at.button if button.label == label).click()
    at.run()
    assert not at.exception
    return at


def test_a_self_test_compares_what_was_shown_with_what_was_observed() -> None:
    at = open_live("Test yourself").run()
    assert (data_of(at)["task"]["kind"], len(data_of(at)["task"]["hands"])) == ("test", 12)
    at.segmented_control(key="asks").set_value("person").run()
    at.segmented_control(key="shown").set_value(4)
    at.segmented_control(key="with").set_value("L").run()
    assert data_of(at)["task"]["hands"] == [{"fingers": 4, "side": "L"}]
    assert data_of(at)["task"]["recorded"] == 0
    send(at, trials(1, finished_trial(3, 4, "L", observed=HAND)))
    send(at, trials(2, finished_trial(3, 4, "L", observed=HAND)))
    (trial,) = at.session_state["live trial log"].trials
    assert (trial.prompt, trial.answer, trial.side_answer) == (Prompt(4, "L"), "5", "left")
    assert data_of(at)["task"]["recorded"] == 1
    texts = " ".join(text.value for text in at.markdown)
    assert "0 of 1 counts right" in texts
    assert "Hands: 1 of 1 right" in texts
    send(at, trials(3, finished_trial(4, 0, "R", observed=None)))
    assert at.session_state["live trial log"].trials[1].answer == "no hand"
    press(at, "Start over")
    assert not at.session_state["live trial log"].trials
    assert "appear here" in at.info[0].value


def test_settings_come_from_the_link_and_reach_the_browser() -> None:
    at = open_live()
    for name, value in (
        ("hands", "1"), ("sure", "90%"), ("smoothing", "Off"), ("skeleton", "false"),
        ("beside", "Nothing"),
    ):  # fmt: skip
        at.query_params[name] = value
    data = data_of(at.run())
    assert data["settings"] == {"max_hands": 1, "half_life": 0.0, "answer": 0.9}
    assert (data["skeleton"], data["beside"]) == (False, "")


def test_without_settings_in_the_link_the_usual_ones_hold() -> None:
    data = data_of(open_live().run())
    assert data["settings"] == {"max_hands": MAX_HANDS, "half_life": HALF_LIFE, "answer": None}
    assert (data["skeleton"], data["beside"]) == (True, "cnn_batch_norm")


def test_settings_hold_where_the_server_reads() -> None:
    def unsure(**chosen: str) -> list[bool]:
        at = open_live()
        for name, value in chosen.items():
            at.query_params[name] = value
        send(at, message(encoded(one_hand_of_two_is_unclear())))
        hands = at.session_state["live result"]["hands"]
        assert all(
            (hand["count"] == "?") == (hand["observed"]["fingers"] is None) for hand in hands
        )
        return sorted(hand["count"] == "?" for hand in hands)

    assert unsure() == [False, False]
    assert unsure(sure="90%") == [False, True]
    assert len(unsure(hands="1")) == 1


def test_the_frame_that_a_person_opens_is_the_photo_of_try_it(open_page: OpenPage) -> None:
    jpeg = synthetic_photo(5, "L", 12)
    at = open_page("try_it", source=LIVE_SOURCE)
    at.session_state["photo from live"] = PhotoInput("Frame from Live", "1", jpeg)
    at.run()
    assert not at.exception
    assert at.segmented_control(key="source").value == "live"
    assert "5 fingers · left hand" in answer_of(at)


def test_a_link_to_a_frame_of_another_session_opens_the_sample(open_page: OpenPage) -> None:
    at = open_page("try_it", source=LIVE_SOURCE).run()
    assert not at.exception
    assert at.segmented_control(key="source").value == "sample"


def test_only_a_picture_is_opened_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[bytes] = []
    monkeypatch.setattr("pages.live._open_in_try_it", opened.append)
    at = open_live().run()
    for sent in (None, 3, "x", HEAD + "!!", HEAD + "A" * MAX_FRAME, {"jpeg": HEAD}):
        at.session_state["live"] = {"photo": sent}
        assert not at.run().exception
    assert not opened
    at.session_state["live"] = {"photo": HEAD + base64.b64encode(b"content").decode()}
    at.run()
    assert opened == [b"content"]


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
