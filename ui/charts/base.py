"""What all charts share: how they are drawn, and a colour for both themes."""

import json

import altair as alt
import streamlit as st

MIDDLE_GREY = "#808080"
"""Stands out from the light background and from the dark one."""

CHARTS_KEPT = 64
"""Altair takes up to 0.4 s to build and check a chart, so the ones of recorded figures are kept."""

AnyChart = alt.Chart | alt.LayerChart | alt.FacetChart


def as_json(chart: AnyChart) -> str:
    """The chart for ``draw_chart``, as text, which can be kept without anyone changing it."""
    return json.dumps(chart.to_dict())


def draw_chart(chart: str, text: str) -> None:
    """Draw what ``as_json`` gave, as wide as its place; ``text`` is the chart's alternative."""
    st.vega_lite_chart(json.loads(chart), width="stretch", alt=text)
