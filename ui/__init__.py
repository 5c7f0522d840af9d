"""What pages share: what a page is, the hand input, words, pictures and probability bars."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import altair as alt
import cv2
import numpy as np
import streamlit as st

from core.common.types import FINGER_COUNTS, SIDE_NAMES, SIDES, Photo, Side, Target, Uint8Array
from core.hands.prediction import ANSWER_THRESHOLD, Prediction
from core.images.decoding import FORMAT_NAMES, MAX_BYTES
from core.synthetic.sample_photos import draw_sample
from ui.choosing import choose_one
from ui.readings import PhotoInput

APP_NAME = "How many fingers?"
ABOUT = (
    f"**{APP_NAME}** tells from a photo how many fingers a hand holds up, and which hand it is. "
    "Photos are read in memory and never stored."
)
PAGE_WIDTH = 1120
MAX_PHOTOS = 50
APP_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<g fill="none" stroke="#0f766e" stroke-width="4" stroke-linecap="round">'
    '<path d="M10 15V7M15.5 14V4M21 15V6M26 18v-7M10 22l-6-6"/></g>'
    '<rect x="8" y="15" width="20" height="14" rx="7" fill="#0f766e"/></svg>'
)
"""An image, since Streamlit's browser code fetches the icons it knows from a font server."""


_SOURCES = {"sample": "Sample", "camera": "Camera", "upload": "Upload"}
_PEOPLE = range(1, 21)
FIRST_SAMPLE: tuple[int, Side, int] = (5, "L", 12)
"""What a fresh visitor sees: count, side and person of a sample that is read right."""

_MEGABYTE = 1024 * 1024
_CRISP_SIZE = 512
"""Small pictures are enlarged up to this by repeating their pixels, or browsers would blur them."""

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


def choose_photos() -> tuple[list[PhotoInput], bool]:
    """The hand input: where photos come from, and whether they are mirrored.

    All its settings live in the URL. Returns the photos, none yet where the visitor is to act
    first, and the mirror switch.
    """
    source = choose_one(
        "Where the photo comes from",
        list(_SOURCES),
        default="sample",
        format_func=_SOURCES.__getitem__,
        key="source",
        width="stretch",
    )
    photos_in = {"sample": _sample, "camera": _camera, "upload": _upload}[source]()
    mirrored = st.toggle(
        "The photo is mirrored",
        key="mirror",
        bind="query-params",
        help="Many selfie cameras save what a mirror would show, so a left hand looks like a right "
        "one. Switch this on for such photos: they are turned back before they are read. "
        "The camera of this page does not mirror; leave it off there.",
    )
    return photos_in, mirrored


def _sample() -> list[PhotoInput]:
    first_fingers, first_side, first_person = FIRST_SAMPLE
    fingers = choose_one(
        "Fingers up",
        FINGER_COUNTS,
        default=first_fingers,
        key="fingers",
        width="stretch",
    )
    left, right = st.columns(2, gap="medium")
    side = choose_one(
        "Hand",
        SIDES,
        default=first_side,
        format_func=lambda side: SIDE_NAMES[side].capitalize(),
        key="hand",
        width="stretch",
        place=left,
    )
    # Streamlit crashes on a number input whose URL parameter is infinite; a choice is bounded.
    person = right.selectbox(
        "Person", _PEOPLE, index=_PEOPLE.index(first_person), key="person", bind="query-params"
    )
    st.caption("Samples are drawn by this program; they are not photos of people.")
    name = f"Drawing {person}: {hand_words(fingers, side)}"
    photo = Photo(_draw_sample(fingers, side, person))
    return [PhotoInput(name, name, photo, truth=(fingers, side))]


@st.cache_data(max_entries=48, show_spinner=False)
def _draw_sample(fingers: int, side: Side, seed: int) -> Uint8Array:
    return draw_sample(fingers, side, seed).pixels


def _camera() -> list[PhotoInput]:
    taken = st.camera_input("Show your hand to the camera, then take the photo", resolution="480p")
    if taken is None:
        return []
    return [PhotoInput("Camera photo", taken.file_id, taken.getvalue())]


def _upload() -> list[PhotoInput]:
    files = st.file_uploader(
        f"Photos of a hand, up to {MAX_PHOTOS} at once",
        type=["image", ".heic", ".heif"],
        accept_multiple_files=True,
        max_upload_size=MAX_BYTES // _MEGABYTE,
        key="photos",
        help=f"{FORMAT_NAMES}, up to {MAX_BYTES // _MEGABYTE} MB each. "
        "They are read in memory and never stored.",
    )
    if len(files) > MAX_PHOTOS:
        st.warning(
            f"These are {len(files)} photos. The first {MAX_PHOTOS} are read; "
            "remove them to read the others."
        )
    return [PhotoInput(file.name, file.file_id, file.getvalue()) for file in files[:MAX_PHOTOS]]


def hand_words(fingers: int, side: Side) -> str:
    """What a hand shows, in words."""
    return f"{fingers_words(fingers)}, {SIDE_NAMES[side]} hand"


def fingers_words(fingers: int) -> str:
    """A count in words."""
    return "1 finger" if fingers == 1 else f"{fingers} fingers"


def class_labels(target: Target) -> list[str]:
    """The classes of what a model answers, in a word each."""
    if target == "side":
        return [SIDE_NAMES[side] for side in SIDES]
    return [str(count) for count in FINGER_COUNTS]


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
        times = max(1, _CRISP_SIZE // max(image.shape[:2]))
        large = image.repeat(times, axis=0).repeat(times, axis=1)
        if large.ndim == 3:
            large = np.asarray(cv2.cvtColor(large, cv2.COLOR_RGB2BGR), np.uint8)
        # OpenCV writes PNG several times faster than st.image does.
        content = cv2.imencode(".png", large, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()
        st.image(content, width="stretch", alt=text)
    st.caption(explanation)


def probability_bars(
    title: str,
    labels: Sequence[str],
    probabilities: Sequence[float],
    threshold: float = ANSWER_THRESHOLD,
) -> None:
    """Horizontal bars, each labelled with its value; the highest is filled, the others are pale.

    Args:
        title: what is asked.
        labels: of the answers.
        probabilities: of the answers, 0 to 1.
        threshold: below it nothing is claimed; drawn as a dashed line.
    """
    rows = [
        {
            # The value stands in the axis label, whose colour follows the theme, light or dark.
            "label": f"{label} · {percent(probability)}",
            "percent": probability * 100,
            "highest": probability == max(probabilities),
        }
        for label, probability in zip(labels, probabilities, strict=True)
    ]
    chart = _bars(title, len(rows), threshold)
    bars, limit = chart["layer"]
    st.markdown(f"**{title}**")
    st.vega_lite_chart(
        chart | {"layer": [bars | {"data": {"values": rows}}, limit]},
        width="stretch",
        alt=f"{title}: " + ", ".join(str(row["label"]) for row in rows) + ".",
    )


@cache
def _bars(title: str, count: int, threshold: float) -> dict[str, Any]:
    """The chart without its data; Altair takes longer to build one than the models to read."""
    bars = (
        alt.Chart()
        .mark_bar(cornerRadius=3)
        .encode(
            y=alt.Y(
                "label:N", title=None, sort=None, axis=alt.Axis(labelFontSize=14, labelLimit=0)
            ),
            x=alt.X(
                "percent:Q",
                title="Probability in %",
                scale=alt.Scale(domain=[0, 100]),
                axis=alt.Axis(values=[0, 50, 100], labelFlush=True),
            ),
            opacity=alt.condition("datum.highest", alt.value(1), alt.value(0.45)),
            tooltip=[
                alt.Tooltip("label:N", title=title),
                alt.Tooltip("percent:Q", title="Probability in %", format=".2f"),
            ],
        )
    )
    limit = (
        alt.Chart(alt.InlineData(values=[{"percent": threshold * 100}]))
        .mark_rule(strokeDash=[4, 3], color=_MIDDLE_GREY)
        .encode(x="percent:Q")
    )
    chart: dict[str, Any] = alt.layer(bars, limit).properties(height=30 * count + 64).to_dict()
    return chart
