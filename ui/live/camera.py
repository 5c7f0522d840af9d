"""The live camera: read in the visitor's browser, or here, over the page's own connection."""

import base64
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import cv2
import numpy as np
import streamlit as st

from core.common.types import FINGER_COUNTS, SIDE_NAMES, Photo
from core.hands.classifier import FINGER_JOINTS, PALM_JOINTS
from core.hands.pipeline import HandRecogniser
from core.hands.tracking import TrackedHand, Tracks, track
from core.images.decoding import PhotoError
from core.images.frame_decoding import decode_frame
from core.live.prompts import LONGEST_PAUSE, Observation
from core.serving.scheduler import BusyError
from ui.component import read_component
from ui.live.activity import Activity, is_out_of_date
from ui.live.messages import JPEG_HEAD, MAX_RESULTS, Frame, checked_frame, jpeg_of
from ui.live.settings import LiveSettings
from ui.server.assets import engine_files
from ui.server.inference import read_frame
from ui.wording import answer_words

FRAME_SIZE = 320
"""Longer side in pixels of the frames that the browser sends."""

MAX_ANSWERS = 20
"""A second, to frames that are read here; more would not be seen."""

PHOTO_SIZE = 960
"""Longer side in pixels of the frame that the browser sends to be opened elsewhere."""

UNREADABLE = "This frame could not be read."

_PARTS = (
    "navigation", "keys", "frame_scheduler", "pace", "device_reader", "camera", "skeleton", "bars",
    "timeline", "beside", "view", "live_region", "zip", "recorder", "judge", "activity",
    "full_screen", "loading",
)  # fmt: skip
HTML, CSS, SCRIPT = read_component("live/live", *_PARTS, "main")
_mount = st.components.v2.component("live_camera", html=HTML, css=CSS, js=SCRIPT)


def live_camera(
    recogniser: Callable[[], HandRecogniser],
    activity: Activity,
    settings: LiveSettings,
    on_device: bool,
    take: Callable[[Frame], None],
    open_photo: Callable[[bytes], None],
    key: str,
) -> None:
    """The camera with its answers; call it in a fragment, which each frame runs again.

    Args:
        recogniser: returns the models that are to read the next frame, where the browser cannot.
        activity: what the browser asks meanwhile.
        settings: of recognition.
        on_device: whether the browser reads the frames where it can.
        take: takes the results of a frame.
        open_photo: takes the picture that the person wants to open elsewhere.
        key: of the component, and of all that the session remembers.
    """
    state = st.session_state
    is_new = False
    sent = state.get(key) or {}
    if photo := jpeg_of(sent.get("photo")):
        open_photo(photo)
    # The frame can be read before the component is mounted, so one run is enough for an answer.
    frame = checked_frame(sent.get("frame"))
    result: dict[str, Any] | None = state.get(f"{key} result")
    # A rerun of the page meets the frame of the run before once more.
    if frame is not None and (result is None or result["sequence"] != frame.sequence):
        is_new = True
        take(_new_results(frame, key))
        result = _answered(frame, recogniser, settings, key)
        state[f"{key} result"] = result
    _mount(
        key=key,
        on_frame_change=lambda: None,
        on_photo_change=lambda: None,
        data={
            "size": FRAME_SIZE,
            "photoSize": PHOTO_SIZE,
            "maxPerSecond": MAX_ANSWERS,
            "engine": engine_files() if on_device else None,
            "onDevice": on_device,
            "settings": settings.of_reading,
            "skeleton": settings.skeleton,
            "beside": settings.beside,
            "task": _task_of(activity),
            "maxResults": MAX_RESULTS,
            "confirmed": state.get(f"{key} confirmed", 0),
            "result": result,
        },
    )
    if is_new and is_out_of_date(activity, key):
        st.rerun()


def _task_of(activity: Activity) -> dict[str, Any] | None:
    """What the browser is to ask, with what it needs to know for it."""
    task = activity.task()
    known = {"longestPause": LONGEST_PAUSE, "sideNames": SIDE_NAMES}
    return None if task is None else asdict(task) | known


def _new_results(frame: Frame, key: str) -> Frame:
    """The frame without the results that came before; the browser is told which came."""
    before: int = st.session_state.get(f"{key} confirmed", 0)
    rounds = tuple(each for each in frame.rounds if each.number > before)
    trials = tuple(each for each in frame.trials if each.number > before)
    numbers = [each.number for each in rounds] + [each.number for each in trials]
    st.session_state[f"{key} confirmed"] = max([before, *numbers])
    return replace(frame, rounds=rounds, trials=trials)


def _answered(
    frame: Frame, recogniser: Callable[[], HandRecogniser], settings: LiveSettings, key: str
) -> dict[str, Any]:
    """What the browser is to show for a frame."""
    jpeg = frame.jpeg
    if not frame.is_read_here:
        return _result(frame.sequence, "")
    if jpeg is None:
        return _result(frame.sequence, UNREADABLE)
    started = time.perf_counter()
    before: Tracks = st.session_state.get(f"{key} hands", Tracks())
    try:
        photo, tracks = read_frame(
            lambda: _tracked(jpeg, settings.applied_to(recogniser()), before, frame.taken, settings)
        )
    except BusyError as error:
        return _result(frame.sequence, str(error)) | {"busy": True}
    except PhotoError:
        return _result(frame.sequence, UNREADABLE)
    st.session_state[f"{key} hands"] = tracks
    hands = tracks.hands
    return _result(frame.sequence, "" if hands else "No hand. Show one to the camera.") | {
        "spoken": " and ".join(answer_words(hand.prediction)[0] for hand in hands) or "No hand",
        "hands": [_shown(hand, photo) for hand in hands],
        "seen": _seen(tracks),
        "milliseconds": (time.perf_counter() - started) * 1e3,
    }


def _tracked(
    jpeg: bytes, recogniser: HandRecogniser, before: Tracks, now: float, settings: LiveSettings
) -> tuple[Photo, Tracks]:
    photo = decode_frame(jpeg)
    return photo, track(photo, recogniser, before, now, settings.tracking)


def _result(sequence: int, message: str) -> dict[str, Any]:
    return {
        "sequence": sequence,
        "message": message,
        "spoken": message,
        "busy": False,
        "hands": [],
        "seen": None,
        "milliseconds": 0.0,
    }


def _shown(hand: TrackedHand, photo: Photo) -> dict[str, Any]:
    """One hand for the browser; places as shares of the photo's width and height."""
    prediction, box = hand.prediction, hand.box
    count = "?" if prediction.fingers_unsure else str(prediction.fingers)
    side = "" if prediction.side_unsure else SIDE_NAMES[prediction.side]
    size = (photo.width, photo.height, photo.width, photo.height)
    return {
        "count": count,
        "which": f"{side} hand" if side else "not sure which hand",
        "sure": answer_words(prediction)[1],
        "label": f"{count} · {side or '?'}",
        # A hand at the border may reach beyond the picture.
        "box": (np.array(box) / size).clip(0.0, 1.0).tolist(),
        "observed": asdict(Observation.of(prediction)),
        "bars": [
            *zip(map(str, FINGER_COUNTS), prediction.fingers_probabilities, strict=True),
            *zip(SIDE_NAMES.values(), prediction.side_probabilities, strict=True),
        ],
        "skeleton": _skeleton(hand, photo),
    }


def _skeleton(hand: TrackedHand, photo: Photo) -> dict[str, Any]:
    """The lines along the fingers and around the palm, as the browser draws them."""
    assert hand.prediction.details is not None
    joints = hand.joints / (photo.width, photo.height)
    return {
        "palm": joints[list(PALM_JOINTS)].round(4).tolist(),
        "fingers": [
            {"isUp": up > 0.5, "joints": joints[list(places)].round(4).tolist()}
            for places, up in zip(FINGER_JOINTS, hand.prediction.details.extended, strict=True)
        ],
    }


def _seen(tracks: Tracks) -> str | None:
    """What the model sees of the most confident hand, as a data URL; None if there is none."""
    if not tracks.hands:
        return None
    jpeg = cv2.imencode(".jpg", tracks.hands[0].image)[1].tobytes()
    return JPEG_HEAD + base64.b64encode(jpeg).decode()
