"""Horizontal bars, each labelled with its value."""

from collections.abc import Sequence

import altair as alt
import streamlit as st

from ui.charts.base import as_json, draw_chart


def draw_value_bars(title: str, axis: str, bars: Sequence[tuple[str, float, str]]) -> None:
    """Horizontal bars from the top down: label, value, and the value in words."""
    rows = [
        # The value stands in the axis label, whose colour follows the theme, light or dark.
        {"label": f"{label} · {words}", "value": value}
        for label, value, words in bars
    ]
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar(cornerRadius=3)
        .encode(
            y=alt.Y(
                "label:N", title=None, sort=None, axis=alt.Axis(labelFontSize=13, labelLimit=0)
            ),
            x=alt.X("value:Q", title=axis, axis=alt.Axis(tickCount=4)),
            tooltip=[alt.Tooltip("label:N", title=title), alt.Tooltip("value:Q", title=axis)],
        )
        .properties(height=30 * len(rows) + 64)
    )
    st.markdown(f"**{title}**")
    draw_chart(as_json(chart), f"{title}: " + ", ".join(str(row["label"]) for row in rows) + ".")
