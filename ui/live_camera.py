"""The live camera: frames from the browser in, answers out, over the page's own connection."""

import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import streamlit as st

import ui
from core.errors import UserError
from core.inference_pool import BusyError
from core.photos import decode_frame
from core.prediction import Prediction
from core.recognition import Recogniser, Recognition, recognise
from core.steadying import SteadyHand, steadied
from core.types import SIDE_NAMES, Photo
from ui.inference import read_frame

LARGEST_FRAME = 400_000
"""Characters of a frame as text; the browser's own have about 20,000."""

FRAME_SIZE = 320
"""Longer side in pixels of the frames that the browser sends."""

MOST_ANSWERS = 20
"""A second; more would not be seen."""

_HEAD = "data:image/jpeg;base64,"
_FOLDER = Path(__file__).with_name("live")
_mount = st.components.v2.component(
    "live_camera",
    html=(_FOLDER / "camera.html").read_text(encoding="utf-8"),
    css=(_FOLDER / "camera.css").read_text(encoding="utf-8"),
    js=(_FOLDER / "camera.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Frame:
    """One frame of the browser, checked: its number and its picture, None where it has none."""

    sequence: int
    photo: Photo | None


def checked_frame(message: object) -> Frame | None:
    """A frame from what the browser sent, which may be anything; None where it is no frame."""
    if not isinstance(message, Mapping):
        return None
    sequence, jpeg = message.get("sequence"), message.get("jpeg")
    if type(sequence) is not int or not 0 < sequence < 2**53:
        return None
    if not isinstance(jpeg, str) or not jpeg.startswith(_HEAD) or len(jpeg) > LARGEST_FRAME:
        return Frame(sequence, None)
    try:
        content = base64.b64decode(jpeg[len(_HEAD) :], validate=True)
        return Frame(sequence, decode_frame(content))
    except (ValueError, UserError):
        return Frame(sequence, None)


def live_camera(recogniser: Recogniser, key: str) -> None:
    """The camera with its answers; call it in a fragment, which each frame runs again.

    Args:
        recogniser: what reads the frames.
        key: of the component.
    """
    state = st.session_state
    # The frame can be read before the component is mounted, so one run is enough for an answer.
    frame = checked_frame((state.get(key) or {}).get("frame"))
    if frame is not None:
        state[f"{key} result"] = _answer(frame, recogniser, key)
    _mount(
        key=key,
        on_frame_change=lambda: None,
        data={"size": FRAME_SIZE, "most": MOST_ANSWERS, "result": state.get(f"{key} result")},
    )


def _answer(frame: Frame, recogniser: Recogniser, key: str) -> dict[str, Any]:
    started = time.perf_counter()
    if frame.photo is None:
        return _result(frame, "–", "This frame could not be read.", 0.0)
    photo = frame.photo
    try:
        recognition = read_frame(lambda: recognise(photo, recogniser))
    except BusyError as error:
        return _result(frame, "–", str(error), 0.0) | {"busy": True}
    before: tuple[SteadyHand, ...] = st.session_state.get(f"{key} hands", ())
    hands = steadied(before, recognition.hands, time.monotonic())
    st.session_state[f"{key} hands"] = hands
    milliseconds = (time.perf_counter() - started) * 1e3
    if not hands:
        return _result(frame, "No hand", "Show a hand to the camera.", milliseconds)
    words = [ui.answer_words(hand.prediction) for hand in hands]
    headline = " + ".join(head for head, _ in words)
    result = _result(frame, headline, words[0][1] if len(hands) == 1 else "", milliseconds)
    width, height = frame.photo.width, frame.photo.height
    result["boxes"] = [
        {
            "box": [
                hand.box.x0 / width,
                hand.box.y0 / height,
                hand.box.x1 / width,
                hand.box.y1 / height,
            ],
            "label": _label(hand.prediction),
        }
        for hand in hands
    ]
    result["seen"] = _seen(recognition)
    return result


def _result(frame: Frame, answer: str, sureness: str, milliseconds: float) -> dict[str, Any]:
    return {
        "sequence": frame.sequence,
        "answer": answer,
        "sureness": sureness,
        "milliseconds": milliseconds,
        "busy": False,
        "boxes": [],
        "seen": None,
    }


def _label(prediction: Prediction) -> str:
    count = "?" if prediction.fingers_unsure else str(prediction.fingers)
    side = "?" if prediction.side_unsure else SIDE_NAMES[prediction.side]
    return f"{count} · {side}"


def _seen(recognition: Recognition) -> str:
    """What the model sees of the surest hand, as a data URL."""
    image = recognition.hands[0].prepared.image
    return _HEAD + base64.b64encode(cv2.imencode(".jpg", image)[1].tobytes()).decode()
