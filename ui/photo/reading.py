"""Photos of a page and their results, each recognised once and kept in memory while it is shown."""

import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
import streamlit as st

from core.common.types import Box, Photo, Uint8Array
from core.hands.pipeline import Recogniser, Recognition, recognise
from core.images.decoding import PhotoError
from core.serving.metrics import METRICS, Refusal
from ui.photo_input import PhotoInput
from ui.server.inference import read_photo
from ui.server.uploads import NOT_KEPT

SHOWN_SIZE = 960
"""Longer side, in pixels, of a photo as it is shown."""

THUMBNAIL_SIZE = 96

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class PhotoResult:
    """All that a page shows of one photo, small enough to be kept while it is shown.

    Attributes:
        width, height: of the photo, in pixels.
        shown: the photo with the boxes of its hands, as JPEG.
        thumbnail: the same, small.
        recognition: the hands.
        milliseconds: the time of each step from decoding on.
    """

    width: int
    height: int
    shown: bytes
    thumbnail: bytes
    recognition: Recognition
    milliseconds: dict[str, float]


def read_photos(
    photo_inputs: Sequence[PhotoInput], mirrored: bool, recogniser: Recogniser
) -> list[PhotoResult | PhotoError]:
    """The result for each photo that a page shows, or the reason why it cannot be decoded.

    Each is recognised once while it is shown, others are forgotten. ``mirrored`` photos are mirror
    images.

    Raises:
        BusyError: the models were busy for too long; earlier results are kept.
        UserError: a model is not trained or its file is damaged.
    """
    models = recogniser.models
    memory = f"results of {', '.join(model.card.name for model in models)}"
    versions = tuple(model.version for model in models)
    return read_each(
        memory,
        (mirrored, versions),
        photo_inputs,
        lambda photo, seconds: _read(photo, seconds, mirrored, recogniser),
    )


def read_each(
    memory: str,
    settings: Hashable,
    photo_inputs: Sequence[PhotoInput],
    read: Callable[[Photo, float], Answer],
    meanwhile: Callable[[list[Answer | PhotoError]], None] | None = None,
) -> list[Answer | PhotoError]:
    """What ``read`` makes of each photo, or why it cannot be decoded, with a bar of progress.

    Each is read once while it is shown with these settings; others are forgotten. While they are
    read, ``meanwhile`` is given those that were read so far.

    Raises:
        UserError: of ``read``, or the models were busy for too long; earlier results are kept.
    """
    kept: dict[Hashable, Answer | PhotoError] = st.session_state.setdefault(memory, {})
    keys = [(photo_input.identity, settings) for photo_input in photo_inputs]
    progress = st.progress(0.0, "Reading photos") if len(photo_inputs) > 1 else None
    for done, (key, photo_input) in enumerate(zip(keys, photo_inputs, strict=True), start=1):
        if key not in kept:
            kept[key] = _read_in_turn(photo_input.source, read)
            if progress is not None:
                progress.progress(done / len(keys), f"{done} of {len(keys)} photos read")
            if meanwhile is not None:
                meanwhile([kept[each] for each in keys[:done]])
    if progress is not None:
        progress.empty()
    st.session_state[memory] = {key: kept[key] for key in keys}
    return [kept[key] for key in keys]


def read_once(
    memory: str,
    key: Hashable,
    source: bytes | Photo,
    read: Callable[[Photo, float], Answer],
) -> Answer:
    """What ``read`` makes of a photo, which is kept in this session until another key comes.

    Raises:
        PhotoError: it cannot be decoded.
        UserError: of ``read``, or the models were busy for too long.
    """
    kept: tuple[Hashable, Answer] | None = st.session_state.get(memory)
    if kept is None or kept[0] != key:
        kept = key, _checked(source, read)
        st.session_state[memory] = kept
    return kept[1]


def _read_in_turn(
    source: bytes | Photo, read: Callable[[Photo, float], Answer]
) -> Answer | PhotoError:
    try:
        return _checked(source, read)
    except PhotoError as error:
        return error


def _checked(source: bytes | Photo, read: Callable[[Photo, float], Answer]) -> Answer:
    if isinstance(source, bytes) and source in NOT_KEPT:
        METRICS.refusals.labels(Refusal.OVER_LIMIT).inc()
        raise PhotoError(NOT_KEPT[source])
    return read_photo(source, read)


def _read(photo: Photo, seconds: float, mirrored: bool, recogniser: Recogniser) -> PhotoResult:
    if mirrored:
        photo = photo.mirrored()
    recognition = recognise(photo, recogniser)
    recognised = time.perf_counter()
    shown = _with_boxes(photo, [hand.detection.box for hand in recognition.hands])
    pictures = _jpeg(shown), _jpeg(_shrink(shown, THUMBNAIL_SIZE))
    drawn = time.perf_counter()
    return PhotoResult(
        *(photo.original_size or (photo.width, photo.height)),
        *pictures,
        recognition,
        {"decode": seconds * 1e3} | recognition.milliseconds | {"draw": (drawn - recognised) * 1e3},
    )


def photo_with_boxes(photo: Photo, boxes: Sequence[Box]) -> bytes:
    """The photo with boxes as it is shown, as JPEG."""
    return _jpeg(_with_boxes(photo, boxes))


def thumbnail_of(photo: Photo) -> bytes:
    """The photo as a thumbnail, as JPEG."""
    return _jpeg(_shrink(photo.pixels, THUMBNAIL_SIZE))


def _with_boxes(photo: Photo, boxes: Sequence[Box]) -> Uint8Array:
    """The photo, not larger than it is shown, with boxes that stand out from any background.

    Several are numbered, the most confident first.
    """
    picture = _shrink(photo.pixels, SHOWN_SIZE)
    scale = picture.shape[1] / photo.width
    thickness = max(1, round(max(picture.shape) / 320))
    for number, box in enumerate(boxes, start=1):
        corners = [round(value * scale) for value in box]
        start, end = (corners[0], corners[1]), (corners[2] - 1, corners[3] - 1)
        cv2.rectangle(picture, start, end, (0, 0, 0), 4 * thickness)
        cv2.rectangle(picture, start, end, (255, 255, 255), 2 * thickness)
        if len(boxes) > 1:
            _number(picture, number, start, thickness)
    return picture


def _number(picture: Uint8Array, number: int, corner: tuple[int, int], thickness: int) -> None:
    side = 14 * thickness
    x, y = max(0, corner[0]), max(0, corner[1])
    cv2.rectangle(picture, (x, y), (x + side, y + side), (255, 255, 255), cv2.FILLED)
    place = (x + 3 * thickness, y + 11 * thickness)
    font, size = cv2.FONT_HERSHEY_SIMPLEX, 0.4 * thickness
    cv2.putText(picture, str(number), place, font, size, (0, 0, 0), thickness, cv2.LINE_AA)


def _shrink(pixels: Uint8Array, longest: int) -> Uint8Array:
    """A copy whose longer side has at most that many pixels."""
    scale = min(1.0, longest / max(pixels.shape[:2]))
    size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    return np.array(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _jpeg(pixels: Uint8Array) -> bytes:
    return cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))[1].tobytes()
