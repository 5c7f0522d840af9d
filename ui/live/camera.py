"""The live camera: read in the visitor's browser, or here, over the page's own connection."""

import base64
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import cv2
import numpy as np
import streamlit as st
from msgspec import Meta

from core.common.serialization import Share, convert
from core.common.types import FINGER_COUNTS, SIDE_NAMES, Photo, Side
from core.hands.classifier import FINGER_JOINTS, PALM_JOINTS
from core.hands.pipeline import DEFAULT_FINGERS_MODEL, MAX_HANDS, HandRecogniser
from core.hands.tracking import TrackedHand, Tracks, track
from core.images.decoding import PhotoError
from core.images.frame_decoding import decode_frame
from core.live.prompts import Observation
from core.serving.scheduler import BusyError
from ui.component import read_component
from ui.server.assets import engine_files
from ui.server.inference import read_frame
from ui.wording import answer_words

MAX_FRAME = 400_000
"""Characters of a frame as text; the browser's own have about 20,000."""

FRAME_SIZE = 320
"""Longer side in pixels of the frames that the browser sends."""

MAX_ANSWERS = 20
"""A second, to frames that are read here; more would not be seen."""

MAX_OBSERVATIONS = 10
"""A second, from a browser that reads the camera itself and is asked for them."""

UNREADABLE = "This frame could not be read."

MAX_KEEPSAKES = 8
"""Pictures that an answer names; the browser remembers as many frames."""

_HEAD = "data:image/jpeg;base64,"
_PARTS = (
    "navigation", "frame_scheduler", "device_reader", "camera", "skeleton", "bars", "timeline",
    "beside", "view", "live_region", "zip", "recorder",
)  # fmt: skip
HTML, CSS, SCRIPT = read_component("live/live", *_PARTS, "main")
_mount = st.components.v2.component("live_camera", html=HTML, css=CSS, js=SCRIPT)


@dataclass(frozen=True)
class _HandMessage:
    """What a browser tells of one hand, as ``Observation``."""

    fingers: Annotated[int, Meta(ge=0, le=5)] | None
    side: Side | None
    fingers_probability: Share
    side_probability: Share


@dataclass(frozen=True)
class _FrameMessage:
    """What ``main.js`` sends; ``taken`` is in milliseconds.

    A browser that reads the camera itself sends the hands, another the picture.
    """

    sequence: Annotated[int, Meta(ge=1, lt=2**53)]
    taken: Annotated[float, Meta(ge=0, lt=2**53)]
    jpeg: Any = None
    hands: Annotated[tuple[_HandMessage, ...], Meta(max_length=MAX_HANDS)] | None = None


@dataclass(frozen=True)
class Frame:
    """One checked frame: when it was taken, in seconds of the browser's clock, and what it shows.

    It has a picture, in JPEG and not yet decoded, or the hands that the browser read, or neither.
    """

    sequence: int
    taken: float
    jpeg: bytes | None
    hands: tuple[Observation, ...] | None = None


@dataclass(frozen=True)
class Instruction:
    """What stands above the picture: what is asked of the person, and a note on it."""

    ask: str
    note: str = ""


@dataclass(frozen=True)
class Activity:
    """What a person does with the camera.

    Attributes:
        follow: takes the observations of a frame, most confident hand first, and when it was taken
            in seconds; returns a file name where the browser may keep the frame's picture, else "".
            None where nothing depends on them.
        shown: what ``draw`` shows now, None where it is as at the start; where that changes, the
            page is drawn again.
        keeping: whether the browser offers to keep pictures.
    """

    title: str
    follow: Callable[[Sequence[Observation], float], str] | None
    prompt: Callable[[], Instruction | None]
    shown: Callable[[], object]
    draw: Callable[[], None]
    keeping: bool = False


def checked_frame(message: object) -> Frame | None:
    """A frame from what the browser sent, which may be anything; None if it is not a frame."""
    try:
        sent = convert(_FrameMessage, message)
    except ValueError:
        return None
    hands = None if sent.hands is None else tuple(Observation(**vars(hand)) for hand in sent.hands)
    return Frame(sent.sequence, sent.taken / 1e3, _content(sent.jpeg), hands)


def _content(jpeg: object) -> bytes | None:
    if not isinstance(jpeg, str) or not jpeg.startswith(_HEAD) or len(jpeg) > MAX_FRAME:
        return None
    try:
        return base64.b64decode(jpeg[len(_HEAD) :], validate=True)
    except ValueError:
        return None


def live_camera(
    recogniser: Callable[[], HandRecogniser], activity: Activity, on_device: bool, key: str
) -> None:
    """The camera with its answers; call it in a fragment, which each frame runs again.

    Args:
        recogniser: returns the models that are to read the next frame, where the browser cannot.
        activity: what follows the answers.
        on_device: whether the browser reads the frames where it can.
        key: of the component, and of all that the session remembers.
    """
    state = st.session_state
    is_new = False
    # The frame can be read before the component is mounted, so one run is enough for an answer.
    frame = checked_frame((state.get(key) or {}).get("frame"))
    result: dict[str, Any] | None = state.get(f"{key} result")
    # A rerun of the page meets the frame of the run before once more.
    if frame is not None and (result is None or result["sequence"] != frame.sequence):
        is_new = True
        result, keepsake = _answered(frame, recogniser, activity, key)
        state[f"{key} result"] = result
        if keepsake:
            _keep(frame.sequence, keepsake, key)
    prompt = activity.prompt()
    _mount(
        key=key,
        on_frame_change=lambda: None,
        data={
            "size": FRAME_SIZE,
            "maxPerSecond": MAX_ANSWERS,
            "engine": engine_files() if on_device else None,
            "onDevice": on_device,
            "observationsPerSecond": MAX_OBSERVATIONS if activity.follow else 0,
            "skeleton": True,
            "beside": DEFAULT_FINGERS_MODEL,
            "keeping": activity.keeping,
            "prompt": prompt and asdict(prompt),
            "keepsakes": state.get(f"{key} keepsakes", ()),
            "result": result,
        },
    )
    if is_new and _is_out_of_date(activity, key):
        st.rerun()


def draw_activity(activity: Activity, key: str) -> None:
    """Draw what belongs to an activity below the camera, and remember what that showed."""
    activity.draw()
    shown = (activity.title, activity.shown())
    drawn, times = st.session_state.get(f"{key} drawn", (None, 0))
    st.session_state[f"{key} drawn"] = (shown, times + 1 if shown == drawn else 1)


def _is_out_of_date(activity: Activity, key: str) -> bool:
    """Whether the page below the camera must be drawn again.

    What an activity shows is drawn twice, since Streamlit may drop what a run of the page drew
    where the run of a frame follows at once.
    """
    drawn: object
    times: int
    drawn, times = st.session_state.get(f"{key} drawn", (None, 0))
    shown = activity.shown()
    return drawn != (activity.title, shown) or (shown is not None and times < 2)


def _keep(sequence: int, name: str, key: str) -> None:
    """Have the browser keep a frame's picture.

    Every answer names the latest of them anew: Streamlit gives the browser only the newest of
    answers that come close together, and drops those that a rerun of the page overtakes.
    """
    earlier = st.session_state.get(f"{key} keepsakes", ())
    keepsakes = (*earlier, {"sequence": sequence, "name": name})[-MAX_KEEPSAKES:]
    st.session_state[f"{key} keepsakes"] = keepsakes


def _answered(
    frame: Frame, recogniser: Callable[[], HandRecogniser], activity: Activity, key: str
) -> tuple[dict[str, Any], str]:
    """What the browser is to show for a frame, and the name under which it may keep the picture."""
    jpeg = frame.jpeg
    if frame.hands is not None:
        return _result(frame.sequence, ""), _followed(activity, frame.hands, frame.taken)
    if jpeg is None:
        return _result(frame.sequence, UNREADABLE), ""
    started = time.perf_counter()
    before: Tracks = st.session_state.get(f"{key} hands", Tracks())
    try:
        photo, tracks = read_frame(lambda: _tracked(jpeg, recogniser(), before, frame.taken))
    except BusyError as error:
        return _result(frame.sequence, str(error)) | {"busy": True}, ""
    except PhotoError:
        return _result(frame.sequence, UNREADABLE), ""
    st.session_state[f"{key} hands"] = tracks
    hands = tracks.hands
    observed = [Observation.of(hand.prediction) for hand in hands]
    result = _result(frame.sequence, "" if hands else "No hand. Show one to the camera.")
    result |= {
        "spoken": " and ".join(answer_words(hand.prediction)[0] for hand in hands) or "No hand",
        "hands": [_shown(hand, photo) for hand in hands],
        "seen": _seen(tracks),
        "milliseconds": (time.perf_counter() - started) * 1e3,
    }
    return result, _followed(activity, observed, frame.taken)


def _followed(activity: Activity, observed: Sequence[Observation], taken: float) -> str:
    return activity.follow(observed, taken) if activity.follow else ""


def _tracked(
    jpeg: bytes, recogniser: HandRecogniser, before: Tracks, now: float
) -> tuple[Photo, Tracks]:
    photo = decode_frame(jpeg)
    return photo, track(photo, recogniser, before, now)


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
    return _HEAD + base64.b64encode(jpeg).decode()
