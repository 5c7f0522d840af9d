"""Horizontal bars of probabilities, with the threshold below which nothing is claimed."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import altair as alt
import streamlit as st

from core.hands.prediction import ANSWER_THRESHOLD
from ui.charts.base import MIDDLE_GREY
from ui.wording import format_confidence


def draw_probability_bars(
    title: str,
    labels: Sequence[str],
    probabilities: Sequence[float],
    threshold: float = ANSWER_THRESHOLD,
) -> None:
    """Horizontal bars, each labelled with its value, 0 to 1; only the highest is not pale.

    Below the threshold, a dashed line, nothing is claimed.
    """
    rows = [
        {
            # The value stands in the axis label, whose colour follows the theme, light or dark.
            "label": f"{label} · {format_confidence(probability)}",
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
        .mark_rule(strokeDash=[4, 3], color=MIDDLE_GREY)
        .encode(x="percent:Q")
    )
    chart: dict[str, Any] = alt.layer(bars, limit).properties(height=30 * count + 64).to_dict()
    return chart
