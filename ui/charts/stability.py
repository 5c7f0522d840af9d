"""The loss of one network over epochs, with many seeds: every seed, their median, their band."""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import altair as alt
import streamlit as st

from core.experiments.stability import NetStability
from ui.charts.base import CHARTS_KEPT, MIDDLE_GREY, as_json, draw_chart
from ui.charts.curves import Axis, Scale

MIN_SHOWN_LOSS = 1e-6
"""Histories round losses to it, and 0 has no logarithm."""

_ACROSS = "epoch:Q"
_UP = "Test loss (cross-entropy)"
_HEIGHT = 260


def loss_axis(nets: Sequence[NetStability], scale: Scale) -> Axis:
    """One axis for all networks, so that their panels can be compared."""
    losses = [loss for net in nets for curve in net.curves for loss in curve.test_losses]
    if scale == "linear":
        return Axis(_UP, domain=(0.0, max(*losses, MIN_SHOWN_LOSS) * 1.05))
    least, most = (math.log10(max(MIN_SHOWN_LOSS, end(losses))) for end in (min, max))
    low = math.floor(least)
    high = max(math.ceil(most), low + 1)
    decades = tuple(10.0**power for power in range(low, high + 1))
    return Axis(_UP, "log", (decades[0], decades[-1]), decades)


def draw_stability(net: NetStability, epochs: int, up: Axis) -> None:
    """Draw one panel.

    Args:
        net: with at least one finished seed.
        epochs: where the axis of all panels ends.
        up: the axis of all panels, see ``loss_axis``.
    """
    last = net.band[-1]
    st.markdown(f"**{net.title}**")
    draw_chart(
        _chart(net, epochs, up),
        f"Test loss of {len(net.curves)} seeds over {net.epochs} epochs. After the last one their "
        f"median is {last.median:.2g}, the lowest {last.least:.2g}, the highest {last.most:.2g}.",
    )


@lru_cache(CHARTS_KEPT)
def _chart(net: NetStability, epochs: int, up: Axis) -> str:
    rows = [
        {
            "epoch": each.epoch,
            "least": max(each.least, MIN_SHOWN_LOSS),
            "median": max(each.median, MIN_SHOWN_LOSS),
            "most": max(each.most, MIN_SHOWN_LOSS),
        }
        for each in net.band
    ]
    seeds = [
        {"epoch": epoch, "loss": max(loss, MIN_SHOWN_LOSS), "seed": curve.seed}
        for curve in net.curves
        for epoch, loss in enumerate(curve.test_losses, start=1)
    ]
    across = Axis("Epoch", domain=(1, epochs), format="d")
    layers = (_band(rows, across, up), _seeds(seeds, up), _median(rows, up), _pointer(rows))
    return as_json(alt.layer(*layers).properties(height=_HEIGHT))


def _band(rows: list[dict[str, float]], across: Axis, up: Axis) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_area(opacity=0.18, clip=True)
        .encode(x=_across(across), y=alt.Y("least:Q", **up.encoding()), y2="most:Q")
    )
    return chart


def _across(axis: Axis) -> alt.X:
    encoding: dict[str, Any] = axis.encoding()
    encoding["axis"].tickMinStep = 1
    return alt.X(_ACROSS, **encoding)


def _seeds(rows: list[dict[str, float]], up: Axis) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(strokeWidth=1, opacity=0.7, color=MIDDLE_GREY, clip=True)
        .encode(x=_ACROSS, y=alt.Y("loss:Q", **up.encoding()), detail="seed:N")
    )
    return chart


def _median(rows: list[dict[str, float]], up: Axis) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(strokeWidth=3, clip=True)
        .encode(x=_ACROSS, y=alt.Y("median:Q", **up.encoding()))
    )
    return chart


def _pointer(rows: list[dict[str, float]]) -> alt.Chart:
    """A line under the pointer that shows the values of its epoch."""
    nearest = alt.selection_point(
        nearest=True, on="pointerover", clear="pointerout", fields=["epoch"], empty=False
    )
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_rule(color=MIDDLE_GREY)
        .encode(
            x=_ACROSS,
            opacity=alt.condition(nearest, alt.value(0.6), alt.value(0)),
            tooltip=[
                alt.Tooltip(_ACROSS, title="Epoch"),
                alt.Tooltip("median:Q", title="Median", format=".3~r"),
                alt.Tooltip("least:Q", title="Lowest", format=".3~r"),
                alt.Tooltip("most:Q", title="Highest", format=".3~r"),
            ],
        )
        .add_params(nearest)
    )
    return chart
