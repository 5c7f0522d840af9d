"""What pages share: what a page is, the hand input, cached readings, pictures and bars."""

import html
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import cv2
import numpy as np
import streamlit as st

from core.photos import FORMAT_NAMES, MAX_BYTES, PhotoError, decode_photo
from core.prediction import ANSWER_THRESHOLD, Prediction
from core.recognition import Reader, Recognition, recognise
from core.samples import draw_sample
from core.types import FINGER_COUNTS, SIDE_NAMES, SIDES, Box, Photo, Side, Uint8Array

APP_NAME = "How many fingers?"
ABOUT = (
    f"**{APP_NAME}** tells from a photo how many fingers a hand holds up, and which hand it is. "
    "Photos are read in memory and never stored."
)
PAGE_WIDTH = 1120
MOST_PHOTOS = 50
APP_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<g fill="none" stroke="#0f766e" stroke-width="4" stroke-linecap="round">'
    '<path d="M10 15V7M15.5 14V4M21 15V6M26 18v-7M10 22l-6-6"/></g>'
    '<rect x="8" y="15" width="20" height="14" rx="7" fill="#0f766e"/></svg>'
)
"""An image, since Streamlit's browser code fetches the icons it knows from a font server."""

SHOWN_SIZE = 960
"""Longer side, in pixels, of a photo as it is shown."""

THUMBNAIL_SIZE = 96

_SOURCES = {"sample": "Sample", "camera": "Camera", "upload": "Upload"}
_SAMPLE_DRAWINGS = 20
_MEGABYTE = 1024 * 1024
_MIDDLE_GREY = "#808080"
"""Stands out from the light background and from the dark one."""


@dataclass(frozen=True)
class Page:
    """What the router needs to know of a page, before it runs.

    Attributes:
        title: its name in the navigation.
        icon: an emoji, or a Material icon as ``:material/name:``.
        order: pages are listed by it; the first one opens the app.
        group: the heading under which the navigation lists it; none where it is empty.
    """

    title: str
    icon: str
    order: int
    group: str = ""


@dataclass(frozen=True)
class Arrival:
    """A photo that came in, not yet decoded unless it was drawn here.

    Attributes:
        name: to be shown as plain text; untrusted.
        identity: the same for the same photo, within a session.
        source: the file's content, or the drawn photo.
        truth: what a drawn photo shows.
    """

    name: str
    identity: str
    source: bytes | Photo
    truth: tuple[int, Side] | None = None


@dataclass(frozen=True)
class Reading:
    """All that a page shows of one photo, small enough to be kept while it is on the page.

    Attributes:
        width, height: of the photo, in pixels.
        shown: the photo with the boxes of its hands, as JPEG.
        thumbnail: the same, small.
        recognition: what was found and read.
        milliseconds: the time of each step from the arrival on.
    """

    width: int
    height: int
    shown: bytes
    thumbnail: bytes
    recognition: Recognition
    milliseconds: dict[str, float]


def choose_photos() -> tuple[list[Arrival], bool]:
    """The hand input: where photos come from, and whether they are mirrored.

    All its settings live in the URL. Returns the photos, none yet where the visitor is to act
    first, and the mirror switch.
    """
    source = st.segmented_control(
        "Where the photo comes from",
        list(_SOURCES),
        default="sample",
        required=True,
        format_func=_SOURCES.__getitem__,
        key="source",
        bind="query-params",
        width="stretch",
    )
    arrivals = {"sample": _sample, "camera": _camera, "upload": _upload}[source or "sample"]()
    mirrored = st.toggle(
        "The photo is mirrored",
        key="mirror",
        bind="query-params",
        help="Many selfie cameras save what a mirror would show, so a left hand looks like a right "
        "one. Switch this on for such photos: they are turned back before they are read. "
        "The camera of this page does not mirror; leave it off there.",
    )
    return arrivals, mirrored


def _sample() -> list[Arrival]:
    fingers = st.segmented_control(
        "Fingers up",
        FINGER_COUNTS,
        default=3,
        required=True,
        key="fingers",
        bind="query-params",
        width="stretch",
    )
    left, right = st.columns(2, gap="medium")
    side = left.segmented_control(
        "Hand",
        SIDES,
        default="R",
        required=True,
        format_func=lambda side: SIDE_NAMES[side].capitalize(),
        key="hand",
        bind="query-params",
        width="stretch",
    )
    person = right.number_input("Person", 1, _SAMPLE_DRAWINGS, 1, key="person", bind="query-params")
    st.caption("Samples are drawn by this program; they are not photos of people.")
    assert fingers is not None
    assert side is not None
    name = f"Drawing {person}: {hand_words(fingers, side)}"
    photo = Photo(_draw_sample(fingers, side, person))
    return [Arrival(name, name, photo, truth=(fingers, side))]


@st.cache_data(max_entries=48, show_spinner=False)
def _draw_sample(fingers: int, side: Side, seed: int) -> Uint8Array:
    return draw_sample(fingers, side, seed).pixels


def _camera() -> list[Arrival]:
    taken = st.camera_input("Show your palm to the camera, then take the photo", resolution="480p")
    if taken is None:
        return []
    return [Arrival("Camera photo", taken.file_id, taken.getvalue())]


def _upload() -> list[Arrival]:
    files = st.file_uploader(
        f"Photos of a hand, up to {MOST_PHOTOS} at once",
        type=["image", ".heic", ".heif"],
        accept_multiple_files=True,
        max_upload_size=MAX_BYTES // _MEGABYTE,
        key="photos",
        help=f"{FORMAT_NAMES}, up to {MAX_BYTES // _MEGABYTE} MB each. "
        "They are read in memory and never stored.",
    )
    if len(files) > MOST_PHOTOS:
        st.warning(
            f"These are {len(files)} photos. The first {MOST_PHOTOS} are read; "
            "remove them to read the others."
        )
    return [Arrival(file.name, file.file_id, file.getvalue()) for file in files[:MOST_PHOTOS]]


@st.cache_resource(show_spinner="Loading the models")
def ready_reader() -> Reader:
    """The models that read photos, loaded, and used once so that no photo waits for that.

    Raises:
        UserError: a model is not trained or its file is damaged.
    """
    reader = Reader()
    recognise(Photo(draw_sample(5, "R", 0, width=160, height=120).pixels), reader)
    return reader


def read_arrivals(
    arrivals: Sequence[Arrival], mirrored: bool, reader: Reader
) -> list[Reading | PhotoError]:
    """Read photos, each only once as long as it stays on the page, and forget all others.

    Raises:
        UserError: a model is not trained or its file is damaged.
    """
    kept: dict[Any, Reading | PhotoError] = st.session_state.get("readings", {})
    keys = [(arrival.identity, mirrored, reader) for arrival in arrivals]
    progress = st.progress(0.0, "Reading photos") if len(arrivals) > 1 else None
    for done, (key, arrival) in enumerate(zip(keys, arrivals, strict=True), start=1):
        if key not in kept:
            kept[key] = _read(arrival.source, mirrored, reader)
            if progress is not None:
                progress.progress(done / len(keys), f"{done} of {len(keys)} photos read")
    if progress is not None:
        progress.empty()
    st.session_state["readings"] = {key: kept[key] for key in keys}
    return [kept[key] for key in keys]


def _read(source: bytes | Photo, mirrored: bool, reader: Reader) -> Reading | PhotoError:
    started = time.perf_counter()
    try:
        photo = source if isinstance(source, Photo) else decode_photo(source)
    except PhotoError as error:
        return error
    if mirrored:
        photo = photo.mirrored()
    decoded = time.perf_counter()
    recognition = recognise(photo, reader)
    read = time.perf_counter()
    shown = _with_boxes(photo, [hand.found.box for hand in recognition.hands])
    pictures = _jpeg(shown), _jpeg(_shrink(shown, THUMBNAIL_SIZE))
    drawn = time.perf_counter()
    return Reading(
        photo.width,
        photo.height,
        *pictures,
        recognition,
        {"decode": (decoded - started) * 1e3}
        | recognition.milliseconds
        | {"draw": (drawn - read) * 1e3},
    )


def _with_boxes(photo: Photo, boxes: Sequence[Box]) -> Uint8Array:
    """The photo, not larger than it is shown, with boxes that stand out from any background."""
    picture = _shrink(photo.pixels, SHOWN_SIZE)
    scale = picture.shape[1] / photo.width
    thickness = max(1, round(max(picture.shape) / 320))
    for box in boxes:
        corners = [round(value * scale) for value in box]
        start, end = (corners[0], corners[1]), (corners[2] - 1, corners[3] - 1)
        cv2.rectangle(picture, start, end, (0, 0, 0), 4 * thickness)
        cv2.rectangle(picture, start, end, (255, 255, 255), 2 * thickness)
    return picture


def _shrink(pixels: Uint8Array, longest: int) -> Uint8Array:
    """A copy whose longer side has at most that many pixels."""
    scale = min(1.0, longest / max(pixels.shape[:2]))
    size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    return np.array(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _jpeg(pixels: Uint8Array) -> bytes:
    return cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))[1].tobytes()


def hand_words(fingers: int, side: Side) -> str:
    """What a hand shows, in words."""
    return f"{fingers_words(fingers)}, {SIDE_NAMES[side]} hand"


def fingers_words(fingers: int) -> str:
    """A count in words."""
    return "1 finger" if fingers == 1 else f"{fingers} fingers"


def percent(probability: float) -> str:
    """A probability in whole per cent, never rounded to certainty."""
    if probability > 0.99:
        return "over 99 %"
    return "under 1 %" if probability < 0.01 else f"{probability:.0%}".replace("%", " %")


def answer_words(prediction: Prediction) -> tuple[str, str]:
    """The answer for one hand: a headline, and a sentence on how sure it is."""
    count, hand = fingers_words(prediction.fingers), f"{SIDE_NAMES[prediction.side]} hand"
    count_share = percent(max(prediction.fingers_probabilities))
    hand_share = percent(max(prediction.side_probabilities))
    if prediction.fingers_unsure and prediction.side_unsure:
        return "Not sure", f"Perhaps {count} ({count_share}) of a {hand} ({hand_share})."
    if prediction.fingers_unsure:
        return f"Not sure how many · {hand}", (
            f"Perhaps {count} ({count_share}). {hand_share.capitalize()} sure of the hand."
        )
    if prediction.side_unsure:
        return f"{count} · not sure which hand", (
            f"{count_share.capitalize()} sure of the count. Perhaps a {hand} ({hand_share})."
        )
    return f"{count} · {hand}", (
        f"{count_share.capitalize()} sure of the count, {hand_share} of the hand."
    )


def headline(text: str) -> None:
    """The answer, large, and spoken by screen readers as soon as it changes."""
    st.markdown(
        '<div role="status" style="font-size:clamp(2.25rem,6vw,3.5rem);font-weight:700;'
        f'line-height:1.1;letter-spacing:-0.02em;padding-bottom:.25em">{html.escape(text)}</div>',
        unsafe_allow_html=True,
    )


def picture(image: Uint8Array | bytes, title: str, explanation: str, text: str) -> None:
    """A picture with its title above and one sentence below.

    Args:
        image: an encoded file, shown as it is, or pixels, which stay crisp when they are enlarged.
        title: a few words.
        explanation: one sentence.
        text: the alternative for those who do not see it.
    """
    st.markdown(f"**{title}**")
    if isinstance(image, bytes):
        st.image(image, width="stretch", alt=text)
    else:
        times = max(1, SHOWN_SIZE // 2 // max(image.shape[:2]))
        large = image.repeat(times, axis=0).repeat(times, axis=1)
        st.image(large, width="stretch", output_format="PNG", alt=text)
    st.caption(explanation)


def probability_bars(title: str, labels: Sequence[str], probabilities: Sequence[float]) -> None:
    """Horizontal bars, each labelled with its value; the highest is filled, the others are pale."""
    rows = [
        {
            # The value stands in the axis label, whose colour follows the theme, light or dark.
            "label": f"{label} · {percent(probability)}",
            "percent": probability * 100,
            "highest": probability == max(probabilities),
        }
        for label, probability in zip(labels, probabilities, strict=True)
    ]
    bars = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar(cornerRadius=3)
        .encode(
            y=alt.Y(
                "label:N", title=None, sort=None, axis=alt.Axis(labelFontSize=14, labelLimit=0)
            ),
            x=alt.X(
                "percent:Q",
                title="Probability in %",
                scale=alt.Scale(domain=[0, 100]),
                axis=alt.Axis(values=[0, 50, 100]),
            ),
            opacity=alt.condition("datum.highest", alt.value(1), alt.value(0.45)),
            tooltip=[
                alt.Tooltip("label:N", title=title),
                alt.Tooltip("percent:Q", title="Probability in %", format=".2f"),
            ],
        )
    )
    limit = (
        alt.Chart(alt.InlineData(values=[{"percent": ANSWER_THRESHOLD * 100}]))
        .mark_rule(strokeDash=[4, 3], color=_MIDDLE_GREY)
        .encode(x="percent:Q")
    )
    st.markdown(f"**{title}**")
    st.altair_chart(
        alt.layer(bars, limit).properties(height=30 * len(rows) + 64),
        width="stretch",
        alt=f"{title}: " + ", ".join(str(row["label"]) for row in rows) + ".",
    )
