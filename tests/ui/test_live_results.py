"""Results that the browser judged, settings in the link, and a frame that is opened elsewhere."""

import base64
import math
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.hands.pipeline import MAX_HANDS
from core.hands.tracking import HALF_LIFE
from core.live.game import ROUNDS, Game, Round
from core.live.prompts import Prompt
from tests.helpers.browser import encoded, one_hand_of_two_is_unclear
from tests.helpers.live_page import JPEG_HEAD, data_of, message, open_live, send, synthetic_photo
from tests.helpers.page_texts import answer_of
from ui.live.messages import MAX_FRAME, MAX_RESULTS, checked_frame
from ui.photo_input import LIVE_SOURCE, PhotoInput

OpenPage = Callable[..., AppTest]


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

    assert unsure(sure="50%") == [False, False]
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
    for sent in (None, 3, "x", JPEG_HEAD + "!!", JPEG_HEAD + "A" * MAX_FRAME, {"jpeg": JPEG_HEAD}):
        at.session_state["live"] = {"photo": sent}
        assert not at.run().exception
    assert not opened
    at.session_state["live"] = {"photo": JPEG_HEAD + base64.b64encode(b"content").decode()}
    at.run()
    assert opened == [b"content"]
