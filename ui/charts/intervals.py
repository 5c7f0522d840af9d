"""Shares with their 95% intervals, several of each model: on the page, and as files."""

import io
from collections.abc import Sequence
from typing import Literal, NamedTuple

import altair as alt

from core.common.formatting import format_share, percent
from ui.charts.base import MIDDLE_GREY, as_json, draw_chart, label_axis

_COLOURS = ("#0f766e", "#b45309", "#4338ca", "#be185d")
"""Of the theme's charts, in their order."""
_MARKS = ("o", "s", "D", "^")
_SHAPES = ("circle", "square", "diamond", "triangle-up")

ROW, FOOT = 44, 100
"""Height of a model and of the axis, in pixels."""

Format = Literal["png", "svg"]


class SharePoint(NamedTuple):
    """A model's share of right answers on some images, 0 to 1, and its 95% interval."""

    model: str
    where: str
    share: float
    low: float
    high: float


def draw_shares(points: Sequence[SharePoint], places: Sequence[str], lowest: int = 0) -> None:
    """Draw the shares from ``lowest`` percent on.

    ``places`` are all there may be, so that each keeps its colour where others are not drawn.
    """
    rows = [
        {
            "model": each.model,
            "where": each.where,
            "percent": percent(each.share),
            "low": 100 * each.low,
            "high": 100 * each.high,
        }
        for each in points
    ]
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=label_axis("model:N"))
    scale = alt.Scale(domain=[lowest, 100])
    whiskers = base.mark_rule(strokeWidth=4, color=MIDDLE_GREY).encode(
        x=alt.X("low:Q", title="Correct answers (%)", scale=scale, axis=alt.Axis(tickCount=5)),
        x2="high:Q",
    )
    legend = (
        alt.Legend(orient="top", direction="vertical", labelLimit=0) if len(places) > 1 else None
    )
    dots = base.mark_point(filled=True, size=170, opacity=1).encode(
        x="percent:Q",
        shape=alt.Shape(
            "where:N",
            title=None,
            scale=alt.Scale(domain=list(places), range=list(_SHAPES[: len(places)])),
            legend=legend,
        ),
        color=alt.Color("where:N", title=None, scale=alt.Scale(domain=list(places)), legend=legend),
        tooltip=[
            alt.Tooltip("model:N", title="Model"),
            alt.Tooltip("where:N", title="Where"),
            alt.Tooltip("percent:Q", title="Correct (%)", format=".1f"),
            alt.Tooltip("low:Q", title="95% interval from", format=".1f"),
            alt.Tooltip("high:Q", title="to", format=".1f"),
        ],
    )
    models = len({each.model for each in points})
    chart = alt.layer(whiskers, dots).properties(height=ROW * models + FOOT)
    words = (f"{each.model} {each.where}: {format_share(each.share)}." for each in points)
    draw_chart(as_json(chart), f"Correct answers, with their 95% interval. {' '.join(words)}")


def shares_file(
    points: Sequence[SharePoint], places: Sequence[str], title: str, kind: Format
) -> bytes:
    """The same as a PNG or SVG file, drawn with matplotlib, which is imported only for that."""
    from matplotlib.figure import Figure

    models = list(dict.fromkeys(each.model for each in points))[::-1]
    figure = Figure(figsize=(9, 0.6 * len(models) + 2.2), layout="constrained")
    axes = figure.subplots()
    for number, where in enumerate(places):
        found = [each for each in points if each.where == where]
        if not found:
            continue
        shift = 0.08 * ((len(places) - 1) / 2 - number)
        axes.errorbar(
            [100 * each.share for each in found],
            [models.index(each.model) + shift for each in found],
            xerr=[
                [100 * max(0.0, each.share - each.low) for each in found],
                [100 * max(0.0, each.high - each.share) for each in found],
            ],
            fmt=_MARKS[number], color=_COLOURS[number], label=where, markersize=8, capsize=4,
        )  # fmt: skip
    axes.set_yticks(range(len(models)), models)
    axes.set_ylim(-0.6, len(models) - 0.4)
    axes.set_xlim(-1, 102)
    axes.set_xlabel("Correct answers in % (with 95% interval)")
    axes.set_title(title)
    axes.grid(axis="x", alpha=0.3)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=2, frameon=False)
    content = io.BytesIO()
    # Without a date the same figures give the same file.
    figure.savefig(
        content, format=kind, dpi=150, metadata={"Date": None} if kind == "svg" else None
    )
    return content.getvalue()
