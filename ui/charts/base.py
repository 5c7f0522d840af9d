"""What charts share: how they are drawn, a colour for both themes, and some of their parts."""

import json
from typing import Any

import altair as alt
import streamlit as st

MIDDLE_GREY = "#808080"
"""Stands out from the light background and from the dark one."""

TEXT_ON_LIGHT, TEXT_ON_DARK = "#3d4a48", "#c3cfcd"
"""Of axes and legends, 9:1 and 12:1. Streamlit's own are at 3.4:1 in the light theme."""

CHARTS_KEPT = 64
"""Altair takes up to 0.4 s to build and check a chart, so the ones of recorded figures are kept."""

AnyChart = alt.Chart | alt.LayerChart | alt.FacetChart


def as_json(chart: AnyChart) -> str:
    """The chart for ``draw_chart``, as text, which can be kept without anyone changing it."""
    return json.dumps(chart.to_dict())


def draw_chart(chart: str, text: str) -> None:
    """Draw what ``as_json`` gave, as wide as its place; ``text`` is the chart's alternative."""
    draw_specification(json.loads(chart), text)


def draw_specification(chart: dict[str, Any], text: str) -> None:
    """Draw a chart in Vega-Lite's own form, with axes and legends that can be read."""
    is_dark = st.context.theme.type == "dark"
    colours = dict.fromkeys(
        ("labelColor", "titleColor"), TEXT_ON_DARK if is_dark else TEXT_ON_LIGHT
    )
    config = dict.fromkeys(("axis", "legend", "header"), colours)
    st.vega_lite_chart({**chart, "config": config}, width="stretch", alt=text)


def label_axis(field: str, size: int = 14) -> alt.Y:
    """The names of bars, in full and in the order of the data."""
    axis = alt.Axis(labelFontSize=size, labelLimit=0)
    return alt.Y(field, title=None, sort=None, axis=axis)


def two_groups(field: str, names: list[str], **legend: Any) -> alt.Opacity:
    """Which of two groups a bar is of: lightness, not hue, tells them apart."""
    return alt.Opacity(
        field,
        title=None,
        scale=alt.Scale(domain=names, range=[0.95, 0.4]),
        legend=alt.Legend(orient="top", labelLimit=0, **legend),
    )


def pointer(
    chart: alt.Chart, field: str, tooltip: list[alt.Tooltip]
) -> tuple[alt.Chart, alt.Parameter]:
    """A line under the pointer that shows the values there, and the parameter of its place."""
    nearest = alt.selection_point(
        nearest=True, on="pointerover", clear="pointerout", fields=[field], empty=False
    )
    rule = chart.mark_rule(color=MIDDLE_GREY).encode(
        x=f"{field}:Q",
        opacity=alt.condition(nearest, alt.value(0.6), alt.value(0)),
        tooltip=tooltip,
    )
    return rule.add_params(nearest), nearest
