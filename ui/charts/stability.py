"""The loss of one network over epochs, with many seeds: every seed, their median, their band."""

import math
from collections.abc import Sequence
from functools import lru_cache

import altair as alt
import streamlit as st

from core.experiments.stability import NetStability
from ui.charts.base import CHARTS_KEPT, MIDDLE_GREY, as_json, draw_chart, pointer
from ui.charts.curves import Axis, Scale

MIN_SHOWN_LOSS = 1e-6
"""Histories round losses to it, and 0 has no logarithm."""

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
    """Draw the panel of a network with at least one finished seed.

    All panels have the axis ``up`` of ``loss_axis``, and their other one ends at ``epochs``.
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
        {name: max(value, MIN_SHOWN_LOSS) for name, value in vars(each).items()}
        for each in net.band
    ]
    seeds = [
        {"epoch": epoch, "loss": max(loss, MIN_SHOWN_LOSS), "seed": curve.seed}
        for curve in net.curves
        for epoch, loss in enumerate(curve.test_losses, start=1)
    ]
    across = Axis("Epoch", domain=(1, epochs), format="d").encoding()
    across["axis"].tickMinStep = 1
    band, curves = (alt.Chart(alt.InlineData(values=each)) for each in (rows, seeds))
    least, loss, median = (
        alt.Y(f"{field}:Q", **up.encoding()) for field in ("least", "loss", "median")
    )
    thin = curves.mark_line(strokeWidth=1, opacity=0.7, color=MIDDLE_GREY, clip=True)
    rule, _ = pointer(
        band,
        "epoch",
        [
            alt.Tooltip("epoch:Q", title="Epoch"),
            alt.Tooltip("median:Q", title="Median", format=".3~r"),
            alt.Tooltip("least:Q", title="Lowest", format=".3~r"),
            alt.Tooltip("most:Q", title="Highest", format=".3~r"),
        ],
    )
    layers = (
        band.mark_area(opacity=0.18, clip=True).encode(
            x=alt.X("epoch:Q", **across), y=least, y2="most:Q"
        ),
        thin.encode(x="epoch:Q", y=loss, detail="seed:N"),
        band.mark_line(strokeWidth=3, clip=True).encode(x="epoch:Q", y=median),
        rule,
    )
    return as_json(alt.layer(*layers).properties(height=_HEIGHT))
