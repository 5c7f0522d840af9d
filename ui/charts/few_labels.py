"""Accuracy with few labels: every seed, their mean, and the interval of the mean."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import altair as alt
import streamlit as st

from ui.charts.base import CHARTS_KEPT, as_json, draw_chart


class Trained(NamedTuple):
    """Accuracies of one way with one number of labels, in %.

    Attributes:
        seeds: one for each.
        mean, low, high: of them, with the 95% interval of the mean.
    """

    way: str
    images: int
    seeds: tuple[float, ...]
    mean: float
    low: float
    high: float


def draw_few_labels(title: str, trained: Sequence[Trained], text: str) -> None:
    """Draw the ways beside each other for each number of labels; ``text`` is the alternative."""
    st.markdown(f"**{title}**")
    draw_chart(_chart(tuple(trained)), text)


@lru_cache(CHARTS_KEPT)
def _chart(trained: tuple[Trained, ...]) -> str:
    names = list(dict.fromkeys(each.way for each in trained))
    means = [each._asdict() | {"labels": f"{each.images:,}"} for each in trained]
    seeds = [
        {"way": each.way, "labels": f"{each.images:,}", "accuracy": accuracy}
        for each in trained
        for accuracy in each.seeds
    ]
    least = 10 * (min(min(each.seeds) for each in trained) // 10)
    scale = alt.Scale(domain=[least, 100], clamp=True, nice=False)
    legend = alt.Legend(orient="top", title=None, labelLimit=0, columns=2)
    across = {
        "x": alt.X(
            "labels:N", sort=None, title="Labelled training images", axis=alt.Axis(labelAngle=0)
        ),
        "xOffset": alt.XOffset("way:N", sort=names),
        "color": alt.Color("way:N", sort=names, legend=legend),
    }
    shape = alt.Shape("way:N", sort=names, legend=legend)
    up: dict[str, Any] = {"title": "Accuracy in %", "scale": scale}
    of_means, of_seeds = (alt.Chart(alt.InlineData(values=each)) for each in (means, seeds))
    intervals = of_means.mark_rule(strokeWidth=2, clip=True).encode(
        **across, y=alt.Y("low:Q", **up), y2="high:Q"
    )
    dots = of_seeds.mark_point(opacity=0.6, size=30).encode(
        **across, shape=shape, y=alt.Y("accuracy:Q", **up)
    )
    middles = of_means.mark_point(filled=True, opacity=1, size=110).encode(
        **across,
        shape=shape,
        y=alt.Y("mean:Q", **up),
        tooltip=[
            alt.Tooltip("way:N", title="Network"),
            alt.Tooltip("labels:N", title="Labels"),
            alt.Tooltip("mean:Q", title="Mean, %", format=".1f"),
            alt.Tooltip("low:Q", title="Interval from", format=".1f"),
            alt.Tooltip("high:Q", title="to", format=".1f"),
        ],
    )
    return as_json(alt.layer(intervals, dots, middles).properties(height=340))
