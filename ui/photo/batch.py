"""Many photos of a visitor: what each shows, which models are right, and what they mistook."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.column_types import ColumnConfig

from core.artifacts.store import version_of
from core.common.errors import UserError
from core.common.formatting import as_csv, format_share, percent
from core.common.types import QUESTION_WORDS, Photo, Target
from core.hands.model_answers import CropSource
from core.images.decoding import PhotoError
from core.reports.comparison import ModelRow
from core.reports.leaderboard import (
    Answers,
    ReadPhoto,
    Standing,
    answer_rows,
    batch_matrix,
    cell_of,
    leaderboard,
    read_with_all,
)
from ui.charts.confusion_matrix import choose_cell
from ui.charts.intervals import SharePoint, draw_shares, shares_file
from ui.choice import choose_one
from ui.page import draw_download, draw_headline, picture_cells
from ui.photo.batch_labels import edit_labels, labels_of
from ui.photo.reading import read_each, thumbnail_of
from ui.photo.tiles import CROP_WORDS
from ui.photo_input import PhotoInput, upload_photos
from ui.server.models import ready_recogniser
from ui.wording import class_labels

_WHERE = "on your photos"
_NONE = "no hand"

_REDRAW_SECONDS = 0.5
"""Between two leaderboards while photos are read."""


@dataclass(frozen=True)
class _Reading:
    """What is kept of one photo."""

    thumbnail: bytes
    answers: Answers


@dataclass(frozen=True)
class _Asked:
    """What the leaderboard is about."""

    rows: Sequence[ModelRow]
    target: Target
    crop: CropSource

    @property
    def titles(self) -> dict[str, str]:
        """The models' titles by name."""
        return {row.name: row.title for row in self.rows}


def draw_batch(all_rows: Sequence[ModelRow], target: Target) -> None:
    """The uploader, the labels, the leaderboard of one question, and its confusion matrix."""
    st.header("On your own photos", anchor=False)
    st.markdown(
        "Which model reads **your** hands best? A name such as `3L.jpg` or `two left.png` says "
        "what a photo shows; what it does not say, you choose in the table."
    )
    photo_inputs = upload_photos("batch")
    if not photo_inputs:
        return
    crop = choose_one("How each model finds the hand", CROP_WORDS, key="batch_cut_out")
    rows = [row for row in all_rows if row.question == QUESTION_WORDS[target]]
    asked = _Asked(rows, target, crop)
    board = st.container()
    try:
        readings = _read(photo_inputs, sorted({row.name for row in all_rows}), asked, board)
    except UserError as error:
        st.error(str(error), icon=":material/error:")
        return
    with st.expander("What your photos show", icon=":material/edit:", expanded=True):
        edit_labels(
            photo_inputs,
            [read if isinstance(read, PhotoError) else read.thumbnail for read in readings],
        )
    photos, thumbnails = _with_labels(photo_inputs, readings)
    with board:
        _draw_board(photos, asked)
    if leaderboard(photos, list(asked.titles), target, crop):
        _draw_matrix(photos, thumbnails, asked)


def _read(
    photo_inputs: Sequence[PhotoInput],
    names: Sequence[str],
    asked: _Asked,
    board: DeltaGenerator,
) -> list[_Reading | PhotoError]:
    ready_recogniser()
    growing = board.empty()
    drawn = time.monotonic()

    def read(photo: Photo, _seconds: float) -> _Reading:
        return _Reading(thumbnail_of(photo), read_with_all(photo, names))

    def redraw(so_far: list[_Reading | PhotoError]) -> None:
        nonlocal drawn
        if time.monotonic() - drawn < _REDRAW_SECONDS:
            return
        photos, _ = _with_labels(photo_inputs[: len(so_far)], so_far)
        growing.dataframe(
            _board_rows(_standings(photos, asked), asked),
            hide_index=True,
            height="content",
            column_config=_BOARD_COLUMNS,
            alt=_BOARD_TEXT,
        )
        drawn = time.monotonic()

    versions = tuple(map(version_of, names))
    readings = read_each("readings of the batch", versions, photo_inputs, read, redraw)
    growing.empty()
    return readings


def _with_labels(
    photo_inputs: Sequence[PhotoInput], readings: Sequence[_Reading | PhotoError]
) -> tuple[list[ReadPhoto], list[bytes]]:
    """The photos that were read, and their thumbnails."""
    labels = labels_of(photo_inputs)
    read = [
        (ReadPhoto(each.name, labels[each.identity], reading.answers), reading.thumbnail)
        for each, reading in zip(photo_inputs, readings, strict=True)
        if not isinstance(reading, PhotoError)
    ]
    return [photo for photo, _ in read], [thumbnail for _, thumbnail in read]


def _standings(photos: Sequence[ReadPhoto], asked: _Asked) -> list[Standing]:
    return leaderboard(photos, list(asked.titles), asked.target, asked.crop)


_BOARD_COLUMNS: dict[str, ColumnConfig] = {
    "model": st.column_config.TextColumn(width=255),
    **{
        name: st.column_config.NumberColumn(format="%.1f%%", width=90)
        for name in ("correct", "from", "to")
    },
}
_BOARD_TEXT = "The models by their share of right answers on your photos, with 95% intervals."


def _board_rows(standings: Sequence[Standing], asked: _Asked) -> list[dict[str, str | float]]:
    return [
        {
            "model": asked.titles[each.model],
            "right": f"{each.right} of {each.photos}",
            "correct": percent(each.share),
            "from": percent(each.interval[0]),
            "to": percent(each.interval[1]),
            "no hand found": each.not_found,
        }
        for each in standings
    ]


def _draw_board(photos: Sequence[ReadPhoto], asked: _Asked) -> None:
    standings = _standings(photos, asked)
    if not standings:
        st.info("Say below what your photos show, and the leaderboard appears here.")
        return
    best = standings[0]
    draw_headline(f"{asked.titles[best.model]}: {best.right} of {best.photos} right")
    unknown = len(photos) - best.photos
    words = (
        f" {unknown} photos are not counted, since nothing says what they show." if unknown else ""
    )
    st.markdown(
        f"{format_share(best.share)} of your photos, with a 95% interval from "
        f"{format_share(best.interval[0])} to {format_share(best.interval[1])}. A hand that is not "
        f"found counts as wrong.{words}"
    )
    points = [
        SharePoint(asked.titles[each.model], _WHERE, each.share, *each.interval)
        for each in standings
    ]
    table, chart = st.tabs(["Leaderboard", "Chart"])
    rows = _board_rows(standings, asked)
    with table:
        st.dataframe(
            rows,
            hide_index=True,
            height="content",
            column_config=_BOARD_COLUMNS,
            alt=_BOARD_TEXT,
        )
    with chart:
        draw_shares(points, [_WHERE])
    title = f"{asked.rows[0].question.capitalize()}: {best.photos} photos of my own"
    with st.container(horizontal=True, gap="small"):
        draw_download("Leaderboard as CSV", as_csv(rows), "leaderboard.csv", "text/csv")
        draw_download(
            "All answers as CSV",
            as_csv(answer_rows(photos, asked.titles, asked.target)),
            "answers.csv",
            "text/csv",
        )
        draw_download(
            "Leaderboard as PNG",
            lambda: shares_file(points, [_WHERE], title, "png"),
            "leaderboard.png",
            "image/png",
        )
        draw_download(
            "Leaderboard as SVG",
            lambda: shares_file(points, [_WHERE], title, "svg"),
            "leaderboard.svg",
            "image/svg+xml",
        )


def _draw_matrix(photos: Sequence[ReadPhoto], thumbnails: Sequence[bytes], asked: _Asked) -> None:
    st.subheader("What a model takes for what", anchor=False)
    st.caption("Click a cell to see its photos.")
    names = {title: name for name, title in asked.titles.items()}
    # Each question has its own models, and a link of one may not choose for the other.
    key = f"batch_model_{asked.target}"
    name = names[choose_one("Model", list(names), key, listed=True)]
    labels = class_labels(asked.target)
    matrix = batch_matrix(photos, name, asked.target, asked.crop)
    chart, pictures = st.columns([5, 7], gap="large")
    with chart:
        shown = "Fingers shown" if asked.target == "fingers" else "Hand shown"
        cell = choose_cell(
            labels, matrix, (shown, "Read as"), f"batch_cell_{asked.target}", [*labels, _NONE]
        )
    places = [cell_of(photo, name, asked.target, asked.crop) for photo in photos]
    chosen = [
        (photo.name, thumbnail)
        for photo, thumbnail, place in zip(photos, thumbnails, places, strict=True)
        if place is not None and (place[0] != place[1] if cell is None else place == cell)
    ]
    with pictures:
        st.markdown(f"**{len(chosen)} photos**" if len(chosen) != 1 else "**1 photo**")
        if not chosen:
            st.info("There are no mistakes.", icon=":material/check_circle:")
        for place, (file, thumbnail) in zip(picture_cells(len(chosen)), chosen, strict=False):
            place.image(thumbnail, caption=file, width="stretch", alt=f"Your photo {file}.")
