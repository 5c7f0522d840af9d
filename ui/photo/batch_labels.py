"""What each photo of a batch shows: read from its name, or chosen in a table."""

from collections.abc import Sequence

import streamlit as st

from core.common.types import CLASSES, SIDE_NAMES, Side
from core.images.decoding import PhotoError
from core.reports.leaderboard import HandLabel, label_in
from ui.photo.table import as_data_url
from ui.photo_input import PhotoInput

_LABELS = "labels of the batch"
"""What is known of each photo, by identity."""

_BEGAN = "table of the batch"
"""The photos of the table, and the labels with which it began."""

_SIDES: dict[str, Side] = {name: side for side, name in SIDE_NAMES.items()}


def labels_of(photo_inputs: Sequence[PhotoInput]) -> dict[str, HandLabel]:
    """What is known of each photo, by identity: from its name, until it is edited."""
    known: dict[str, HandLabel] = st.session_state.get(_LABELS, {})
    return {each.identity: known.get(each.identity, label_in(each.name)) for each in photo_inputs}


def edit_labels(
    photo_inputs: Sequence[PhotoInput], thumbnails: Sequence[bytes | PhotoError]
) -> None:
    """A table in which the labels are chosen; a photo that could not be read says why.

    ``thumbnails`` are JPEGs.
    """
    labels = labels_of(photo_inputs)
    identities = tuple(labels)
    began, begin = st.session_state.get(_BEGAN, ((), {}))
    if began != identities:
        # The table keeps its own edits; with them in its data it would begin anew after each.
        begin = labels
        st.session_state[_BEGAN] = identities, begin
    edited = st.data_editor(
        [
            {
                "photo": None if isinstance(thumbnail, PhotoError) else as_data_url(thumbnail),
                "file": each.name,
                "fingers": _text(begin[each.identity].fingers),
                "hand": _side_text(begin[each.identity].side),
                "note": str(thumbnail) if isinstance(thumbnail, PhotoError) else "",
            }
            for each, thumbnail in zip(photo_inputs, thumbnails, strict=True)
        ],
        column_config={
            "photo": st.column_config.ImageColumn(width="small"),
            "file": st.column_config.TextColumn(width="medium"),
            "fingers": st.column_config.SelectboxColumn(
                "fingers up", options=["", *CLASSES["fingers"]]
            ),
            "hand": st.column_config.SelectboxColumn(options=["", *_SIDES]),
        },
        disabled=["photo", "file", "note"],
        hide_index=True,
        row_height=56,
        key=f"labels of {hash(identities)}",
        alt="Your photos with the number of fingers and the hand that each shows; both can be set.",
    )
    st.session_state[_LABELS] = {
        identity: HandLabel(
            int(row["fingers"]) if row["fingers"] else None, _SIDES.get(str(row["hand"]))
        )
        for identity, row in zip(identities, edited, strict=True)
    }


def _text(count: int | None) -> str:
    return "" if count is None else str(count)


def _side_text(side: Side | None) -> str:
    return "" if side is None else SIDE_NAMES[side]
