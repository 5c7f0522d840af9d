"""What all charts share: how they are drawn, and a colour for both themes."""

from typing import Any

import altair as alt
import streamlit as st

MIDDLE_GREY = "#808080"
"""Stands out from the light background and from the dark one."""


def draw_chart(chart: alt.Chart | alt.LayerChart | alt.FacetChart, text: str) -> None:
    """Draw a chart as wide as its place, with a text for those who do not see it."""
    specification: dict[str, Any] = chart.to_dict()
    st.vega_lite_chart(specification, width="stretch", alt=text)
