"""One image as its numbers: the pointer shows the value of any pixel."""

import json
from functools import lru_cache

import altair as alt
import streamlit as st

from core.common.types import Uint8Array
from ui.charts.base import CHARTS_KEPT, as_json, draw_chart


def draw_pixels(image: Uint8Array, title: str, text: str) -> None:
    """Draw a square grey image, (size, size) uint8; ``text`` is the chart's alternative."""
    st.markdown(f"**{title}**")
    draw_chart(_chart(image.tobytes(), len(image)), text)


@lru_cache(CHARTS_KEPT)
def _chart(content: bytes, size: int) -> str:
    grey = alt.Scale(domain=[0, 255], range=["#000", "#fff"])
    chart = (
        alt.Chart(alt.InlineData(values=[]))
        .transform_calculate(row=f"floor(datum.at / {size})", column=f"datum.at % {size}")
        .mark_rect(aria=False, strokeWidth=1)
        .encode(
            x=_place("column:O", "Column", size),
            y=_place("row:O", "Row", size),
            color=alt.Color("value:Q", legend=None, scale=grey),
            # Between rectangles without a border the background would shine through.
            stroke=alt.Stroke("value:Q", legend=None, scale=grey),
            tooltip=[
                alt.Tooltip("row:Q", title="Row"),
                alt.Tooltip("column:Q", title="Column"),
                alt.Tooltip("value:Q", title="Value"),
            ],
        )
        .properties(height=480, usermeta={"embedOptions": {"renderer": "canvas"}})
    )
    # Altair would take seconds to check so many rows.
    specification = json.loads(as_json(chart))
    rows = [{"at": place, "value": value} for place, value in enumerate(content)]
    return json.dumps({**specification, "data": {"values": rows}})


def _place(field: str, title: str, size: int) -> alt.X | alt.Y:
    axis = alt.Axis(values=list(range(0, size, size // 4)), labelAngle=0)
    kind = alt.X if field.startswith("column") else alt.Y
    return kind(field, title=title, axis=axis, scale=alt.Scale(padding=0))
