"""The live camera's frames are untrusted, and the page answers them."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.common.types import Photo
from core.images.decoding import PhotoError
from core.images.frame_decoding import decode_frame
from core.serving.scheduler import BusyError
from core.synthetic.sample_photos import draw_sample
from tests.helpers.browser import encoded
from tests.helpers.live_page import JPEG_HEAD, message, open_live, send, synthetic_photo
from ui.live.messages import MAX_FRAME, Frame, checked_frame


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
    [
        JPEG_HEAD,
        JPEG_HEAD + "!!",
        JPEG_HEAD + "A" * MAX_FRAME,
        "data:text/html;base64,AAAA",
        "x",
        None,
        3,
    ],
)
def test_other_texts_give_no_picture(jpeg: object) -> None:
    frame = checked_frame({"sequence": 1, "taken": 0, "jpeg": jpeg})
    assert frame is not None
    assert picture(frame) is None


@pytest.mark.parametrize("sequence", [0, -1, 2**60, 1.5, "1", True, None])
def test_a_frame_needs_a_number(sequence: object) -> None:
    assert checked_frame({"sequence": sequence, "taken": 1, "jpeg": JPEG_HEAD}) is None


@pytest.mark.parametrize("taken", [-1, math.nan, math.inf, -math.inf, 2**60, "1", None])
def test_a_frame_needs_a_time(taken: object) -> None:
    assert checked_frame({"sequence": 1, "taken": taken, "jpeg": JPEG_HEAD}) is None


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
    assert result["seen"].startswith(JPEG_HEAD)
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
