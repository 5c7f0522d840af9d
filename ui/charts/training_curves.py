"""The curves of a training while it runs, which grow in place."""

from functools import cache
from typing import Any, Literal, get_args

import altair as alt
import streamlit as st

from core.training_jobs.status import TrainingStatus

_HEIGHT = 300
_TRAIN, _TEST = "Training images, this epoch so far", "Test images, after each epoch"
_MIN_LOSS = 1e-4
"""Smaller ones are drawn there, since a logarithmic axis has no zero."""

_LEGEND = alt.Legend(orient="top", title=None, labelLimit=0, direction="vertical", symbolSize=120)

Quantity = Literal["accuracy", "loss"]


def draw_live_curves(status: TrainingStatus) -> None:
    """Draw accuracy and loss of a training that has begun against its epochs, side by side."""
    assert status.started is not None
    quantities: tuple[Quantity, ...] = get_args(Quantity)
    for place, quantity in zip(st.columns(2, gap="large"), quantities, strict=True):
        with place:
            _draw(quantity.capitalize(), quantity, status, status.started.epochs)


def _draw(title: str, quantity: Quantity, status: TrainingStatus, epochs: int) -> None:
    rows = rows_of(status, quantity)
    st.markdown(f"**{title}**")
    # With its data apart from the specification, the chart grows and is not drawn anew.
    st.vega_lite_chart(
        rows,
        _chart(quantity, epochs),
        width="stretch",
        key=f"live {quantity}",
        alt=f"{title} against epochs. {_in_words(rows)}",
    )


def rows_of(status: TrainingStatus, quantity: Quantity) -> list[dict[str, object]]:
    """The points of a chart: epoch, value (accuracy in %, or loss) and the curve's name."""
    assert status.started is not None
    batches = max(status.started.batches, 1)
    points = [
        (batch.epoch - 1 + batch.batch / batches, getattr(batch, quantity), _TRAIN)
        for batch in status.curve()
    ]
    points += [
        (float(epoch.epoch), getattr(epoch, f"test_{quantity}"), _TEST) for epoch in status.epochs
    ]
    return [
        {
            "epoch": epoch,
            "value": 100 * value if quantity == "accuracy" else max(value, _MIN_LOSS),
            "curve": curve,
        }
        for epoch, value, curve in points
    ]


def _in_words(rows: list[dict[str, object]]) -> str:
    latest = {str(row["curve"]): row["value"] for row in rows}
    return " ".join(f"{curve}: {value:.3g}." for curve, value in latest.items())


@cache
def _chart(quantity: Quantity, epochs: int) -> dict[str, Any]:
    """The chart without its data."""
    names = [_TRAIN, _TEST]
    accuracy = quantity == "accuracy"
    title = "Accuracy in %" if accuracy else "Loss (cross-entropy)"
    y = alt.Y(
        "value:Q",
        title=title,
        scale=alt.Scale(domain=[0, 100]) if accuracy else alt.Scale(type="log", nice=False),
        axis=alt.Axis(format="~r", labelOverlap=True),
    )
    base = alt.Chart().encode(
        x=alt.X(
            "epoch:Q",
            title="Epoch",
            scale=alt.Scale(domain=[0, epochs]),
            axis=alt.Axis(values=list(range(epochs + 1)), format="d"),
        ),
        y=y,
        color=alt.Color("curve:N", sort=names, scale=alt.Scale(domain=names), legend=_LEGEND),
        tooltip=[
            alt.Tooltip("curve:N", title="Curve"),
            alt.Tooltip("epoch:Q", title="Epoch", format=".2~f"),
            alt.Tooltip("value:Q", title=title, format=".4~g"),
        ],
    )
    lines = base.mark_line(strokeWidth=2.5, clip=True)
    points = base.mark_point(filled=True, shape="diamond", size=110, opacity=1).transform_filter(
        alt.datum.curve == _TEST
    )
    chart: dict[str, Any] = alt.layer(lines, points).properties(height=_HEIGHT).to_dict()
    return chart
