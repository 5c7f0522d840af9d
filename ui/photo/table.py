"""How the answers for many photos are drawn, and saved."""

import base64
from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.common.formatting import as_csv
from core.common.types import SIDE_NAMES
from core.images.decoding import PhotoError
from ui.page import draw_download, draw_headline
from ui.photo.reading import PhotoResult
from ui.wording import format_confidence, hand_words

_COLUMNS = ("file", "fingers", "hand", "sure", "fingers confidence", "hand confidence", "note")

_CHOSEN = "photo of many"

Cell = str | int | float | None


def draw_many(
    names: Sequence[str], results: Sequence[PhotoResult | PhotoError], summary: DeltaGenerator
) -> int:
    """Draw what was read of many photos; returns which one is to be looked at."""
    rows = [_row(name, result) for name, result in zip(names, results, strict=True)]
    with summary:
        draw_headline(f"{len(rows)} photos")
        sure = sum(row["sure"] == "yes" for row in rows)
        unsure = sum(row["sure"] == "no" for row in rows)
        neither = len(rows) - sure - unsure
        st.markdown(f"{sure} confident, {unsure} not sure, {neither} without an answer.")
        draw_download("Download as CSV", as_csv(rows), "how_many_fingers.csv", "text/csv")
    thumbnails: list[dict[str, Cell]] = [
        {"photo": None if isinstance(result, PhotoError) else as_data_url(result.thumbnail)}
        for result in results
    ]
    if st.session_state.get(_CHOSEN, 0) >= len(names):
        st.session_state[_CHOSEN] = 0
    chosen = st.session_state.get(_CHOSEN, 0)
    # A table of its own for each choice, or a row could not be clicked again after another one was
    # chosen from the list.
    table_key = f"answers, of which {chosen} is shown"

    def take_over() -> None:
        if rows := st.session_state[table_key].selection["rows"]:
            st.session_state[_CHOSEN] = rows[0]

    st.dataframe(
        [thumbnail | _shown(row) for thumbnail, row in zip(thumbnails, rows, strict=True)],
        column_config={
            "photo": st.column_config.ImageColumn(width="small"),
        },
        hide_index=True,
        row_height=56,
        placeholder="",
        key=table_key,
        on_select=take_over,
        selection_mode="single-row",
        selection_default={"selection": {"rows": [chosen]}},
        alt="The answer for each photo; the CSV file has the same content.",
    )
    return st.selectbox(
        "Show one photo (or click its row)",
        range(len(names)),
        format_func=lambda index: f"{index + 1}. {names[index]}",
        key=_CHOSEN,
    )


def _row(name: str, result: PhotoResult | PhotoError) -> dict[str, Cell]:
    row: dict[str, Cell] = dict.fromkeys(_COLUMNS, None)
    row["file"] = name
    if isinstance(result, PhotoError):
        return row | {"note": str(result)}
    if not result.recognition.hands:
        return row | {"note": "No hand found."}
    first, *others = result.recognition.hands
    prediction = first.prediction
    words = [hand_words(hand.prediction.fingers, hand.prediction.side) for hand in others]
    return row | {
        "note": f"Also: {'; '.join(words)}." if words else None,
        "fingers": prediction.fingers,
        "fingers confidence": round(max(prediction.fingers_probabilities), 3),
        "hand": SIDE_NAMES[prediction.side],
        "hand confidence": round(max(prediction.side_probabilities), 3),
        "sure": "no" if prediction.unsure else "yes",
    }


def _shown(row: dict[str, Cell]) -> dict[str, Cell]:
    """The row as a table shows it: no confidence is rounded to certainty."""
    words = {
        column: format_confidence(share)
        for column, share in row.items()
        if column.endswith("confidence") and isinstance(share, float)
    }
    return row | words


def as_data_url(jpeg: bytes) -> str:
    """A small picture in the form in which a table shows one."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()
