"""The live camera's frames are untrusted, and its answers steady."""

import base64
from dataclasses import replace

import numpy as np
import pytest
from browser import encoded
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from core.finding import FoundHand
from core.inference_pool import BusyError
from core.prediction import Prediction
from core.preparation import Prepared
from core.recognition import ReadHand
from core.samples import draw_sample
from core.steadying import FORGOTTEN, SteadyHand, steadied
from core.types import Box, Step
from ui.live_camera import LARGEST_FRAME, checked_frame

HEAD = "data:image/jpeg;base64,"
IMAGE = np.zeros((128, 128), np.uint8)
BOX = Box(100, 100, 200, 200)


def hand(count: int, box: Box = BOX, sure: float = 0.95) -> ReadHand:
    rest = (1 - sure) / 5
    probabilities = tuple(sure if n == count else rest for n in range(6))
    prepared = Prepared(IMAGE, (Step("a", "b", IMAGE),))
    return ReadHand(FoundHand(box, 0.9), box, prepared, Prediction(probabilities, (0.1, 0.9)))


def counts(hands: tuple[SteadyHand, ...]) -> list[int]:
    return [each.prediction.fingers for each in hands]


def test_one_odd_frame_changes_no_answer() -> None:
    hands: tuple[SteadyHand, ...] = ()
    for number in range(10):
        hands = steadied(hands, [hand(3)], number * 0.07)
    assert counts(steadied(hands, [hand(4, sure=0.6)], 0.7)) == [3]


def test_a_changed_count_is_told_within_a_quarter_of_a_second() -> None:
    hands: tuple[SteadyHand, ...] = ()
    now = 0.0
    for _ in range(20):
        hands = steadied(hands, [hand(3)], now := now + 0.07)
    changed = now
    while counts(hands) == [3]:
        hands = steadied(hands, [hand(4)], now := now + 0.07)
    assert counts(hands) == [4]
    assert now - changed <= 0.25


def test_a_hand_that_left_is_forgotten() -> None:
    hands = steadied((), [hand(3)], 0.0)
    assert steadied(hands, [], 0.1) == ()
    (again,) = steadied(hands, [hand(4, sure=0.5)], FORGOTTEN + 0.1)
    assert (
        again.prediction.fingers_probabilities == hand(4, sure=0.5).prediction.fingers_probabilities
    )


def test_two_hands_are_kept_apart() -> None:
    far = Box(400, 100, 500, 200)
    hands = steadied((), [hand(1), hand(5, far)], 0.0)
    swapped = steadied(hands, [hand(5, far), hand(1)], 0.07)
    assert counts(swapped) == [5, 1]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 5), st.floats(0.2, 1), st.floats(0, 0.5)), max_size=20))
def test_steadied_probabilities_stay_probabilities(
    frames: list[tuple[int, float, float]],
) -> None:
    hands: tuple[SteadyHand, ...] = ()
    now = 0.0
    for count, sure, pause in frames:
        now += pause
        hands = steadied(hands, [hand(count, sure=sure)], now)
        (one,) = hands
        assert sum(one.prediction.fingers_probabilities) == pytest.approx(1)
        assert min(one.prediction.fingers_probabilities) >= 0


def message(content: bytes) -> dict[str, object]:
    return {"sequence": 7, "jpeg": HEAD + base64.b64encode(content).decode()}


def test_a_frame_is_decoded() -> None:
    frame = checked_frame(message(encoded(draw_sample(3, "R", 0, 320, 240).pixels)))
    assert frame is not None
    assert frame.sequence == 7
    assert frame.photo is not None
    assert (frame.photo.width, frame.photo.height) == (320, 240)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=50),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
    ),
    max_leaves=8,
)


@settings(deadline=None, max_examples=200)
@given(JSON | st.fixed_dictionaries({"sequence": JSON, "jpeg": JSON}))
def test_whatever_comes_is_no_frame_or_one_without_a_picture(sent: object) -> None:
    frame = checked_frame(sent)
    assert frame is None or frame.photo is None


@settings(deadline=None, max_examples=80)
@given(st.binary(max_size=300))
def test_bytes_that_are_no_photo_give_no_picture(content: bytes) -> None:
    frame = checked_frame(message(content))
    assert frame is not None
    assert frame.photo is None


@pytest.mark.parametrize(
    "jpeg",
    [HEAD, HEAD + "!!", HEAD + "A" * LARGEST_FRAME, "data:text/html;base64,AAAA", "x", None, 3],
)
def test_other_texts_give_no_picture(jpeg: object) -> None:
    frame = checked_frame({"sequence": 1, "jpeg": jpeg})
    assert frame is not None
    assert frame.photo is None


@pytest.mark.parametrize("sequence", [0, -1, 2**60, 1.5, "1", True, None])
def test_a_frame_needs_a_number(sequence: object) -> None:
    assert checked_frame({"sequence": sequence, "jpeg": HEAD}) is None


def run_page(sent: object) -> AppTest:
    at = AppTest.from_string("from pages.live import render\nrender()", default_timeout=60)
    at.session_state["live"] = {"frame": sent}
    return at.run()


def test_the_page_answers_a_frame() -> None:
    at = run_page(message(encoded(draw_sample(5, "L", 12, 320, 240).pixels)))
    assert not at.exception
    result = at.session_state["live result"]
    assert result["sequence"] == 7
    assert "5 fingers" in result["answer"]
    ((x0, y0, x1, y1),) = [box["box"] for box in result["boxes"]]
    assert 0 <= x0 < x1 <= 1
    assert 0 <= y0 < y1 <= 1
    assert result["seen"].startswith(HEAD)


def test_the_page_says_of_an_empty_frame_that_there_is_no_hand() -> None:
    at = run_page(message(encoded(np.full((240, 320, 3), 150, np.uint8))))
    assert not at.exception
    assert at.session_state["live result"]["answer"] == "No hand"


@pytest.mark.parametrize("sent", [None, {}, {"sequence": 3}, {"sequence": 3, "jpeg": "x"}, [1]])
def test_a_senseless_message_breaks_nothing(sent: object) -> None:
    at = run_page(sent)
    assert not at.exception
    assert at.title[0].value == "Live"


def test_a_photo_s_own_threshold_holds() -> None:
    (one,) = steadied((), [hand(3, sure=0.7)], 0.0)
    assert not one.prediction.fingers_unsure
    strict = replace(one.prediction, threshold=0.8)
    assert strict.fingers_unsure


def test_a_busy_server_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(read: object) -> None:
        raise BusyError

    monkeypatch.setattr("ui.live_camera.read_frame", busy)
    at = run_page(message(encoded(draw_sample(5, "L", 12, 320, 240).pixels)))
    assert not at.exception
    result = at.session_state["live result"]
    assert result["busy"]
    assert "Many people" in result["sureness"]


@pytest.mark.parametrize(("suffix", "size"), [(".png", (240, 320)), (".jpg", (240, 1400))])
def test_a_frame_is_a_jpeg_of_few_pixels(suffix: str, size: tuple[int, int]) -> None:
    frame = checked_frame(message(encoded(np.zeros((*size, 3), np.uint8), suffix)))
    assert frame is not None
    assert frame.photo is None
