"""Horizontal bars: values, probabilities, and how well hands are read on corrupted photos."""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import altair as alt
import streamlit as st

from core.artifacts.photo_facts import MetricScore, PhotoFacts
from core.common.formatting import format_share
from core.hands.prediction import ANSWER_THRESHOLD
from ui.charts.base import (
    CHARTS_KEPT,
    MIDDLE_GREY,
    as_json,
    draw_chart,
    draw_specification,
    label_axis,
    two_groups,
)
from ui.wording import format_confidence

_OURS, _BASELINE = "this program", "MediaPipe"


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
            y=label_axis("label:N", 13),
            x=alt.X("value:Q", title=axis, axis=alt.Axis(tickCount=4)),
            tooltip=[alt.Tooltip("label:N", title=title), alt.Tooltip("value:Q", title=axis)],
        )
        .properties(height=30 * len(rows) + 64)
    )
    st.markdown(f"**{title}**")
    draw_chart(as_json(chart), f"{title}: " + ", ".join(str(row["label"]) for row in rows) + ".")


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
    chart = _probability_chart(title, len(rows), threshold)
    bars, limit = chart["layer"]
    st.markdown(f"**{title}**")
    draw_specification(
        chart | {"layer": [bars | {"data": {"values": rows}}, limit]},
        f"{title}: " + ", ".join(str(row["label"]) for row in rows) + ".",
    )


@cache
def _probability_chart(title: str, count: int, threshold: float) -> dict[str, Any]:
    """The chart without its data; Altair takes longer to build one than the models to read."""
    bars = (
        alt.Chart()
        .mark_bar(cornerRadius=3)
        .encode(
            y=label_axis("label:N"),
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


def draw_corruption_bars(facts: PhotoFacts) -> None:
    """Draw a bar for each corruption on the hand classifier's card; nothing if there is none."""
    scores = facts.of_corrupted_photos
    if not scores:
        return
    st.header("Under difficult conditions", anchor=False)
    st.markdown("**Correct counts on the same photos, made harder**")
    draw_chart(_corruption_chart(tuple(scores.items())), _alt_text(scores))
    images = max(score.images for score in scores.values())
    st.caption(
        f"{images:,} photos that were not used in training, changed as each row says. MediaPipe "
        "0.10.21 locates the joints, and a rule counts the fingers. For both, a missed hand "
        "counts as wrong. Measured with `python -m core evaluate photos`."
    )


@lru_cache(CHARTS_KEPT)
def _corruption_chart(scores: tuple[tuple[str, MetricScore], ...]) -> str:
    rows = [
        {"photos": condition, "who": who, "percent": round(100 * share, 1)}
        for condition, score in scores
        for who, share in ((_OURS, score.value), (_BASELINE, score.baseline))
        if share is not None
    ]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=label_axis("photos:N"),
        yOffset=alt.YOffset("who:N", sort=[_OURS, _BASELINE]),
        x=alt.X(
            "percent:Q",
            title="Correct counts (%)",
            scale=alt.Scale(domain=[0, 110]),
            axis=alt.Axis(values=[0, 25, 50, 75, 100]),
        ),
        tooltip=[
            alt.Tooltip("photos:N", title="Photos"),
            alt.Tooltip("who:N", title="Read by"),
            alt.Tooltip("percent:Q", title="Correct (%)"),
        ],
    )
    bars = base.mark_bar(cornerRadius=3).encode(opacity=two_groups("who:N", [_OURS, _BASELINE]))
    shares = base.mark_text(align="left", dx=4, fontSize=13, color=MIDDLE_GREY)
    chart = alt.layer(bars, shares.encode(text=alt.Text("percent:Q", format=".1f")))
    return as_json(chart.properties(height=60 * len(scores) + 80))


def _alt_text(scores: dict[str, MetricScore]) -> str:
    return "Shares of correct counts. " + " ".join(
        f"{condition}: {format_share(score.value)} by this program"
        + ("." if score.baseline is None else f", {format_share(score.baseline)} by MediaPipe.")
        for condition, score in scores.items()
    )
