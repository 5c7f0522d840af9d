"""Charts of curves: lines whose values the pointer shows, and single marks beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import altair as alt
import streamlit as st

from ui.charts.base import CHARTS_KEPT, MIDDLE_GREY, as_json, draw_chart, pointer
from ui.choice import choose_one

Scale = Literal["linear", "log", "symlog"]
Point = tuple[float, float]

_VIEWS = {"full": "All", "zoom": "From 95% up"}

_FEW_POINTS = 20
"""So many are marked one by one."""

_DASHES = [[1, 0], [6, 4], [2, 3], [10, 3, 2, 3], [1, 6]]
"""One pattern a curve."""

_LEGEND = alt.Legend(
    orient="top",
    title=None,
    columns=2,
    labelLimit=0,
    symbolType="stroke",
    symbolSize=500,
    symbolStrokeWidth=2.5,
)


@dataclass(frozen=True)
class Axis:
    """One axis.

    Attributes:
        title: its quantity and unit.
        scale: how values are spread.
        domain: the least and the highest value shown; from the data where there is none.
        ticks: where numbers stand; chosen by the chart where there are none.
        format: of the numbers, as in d3-format.
    """

    title: str
    scale: Scale = "linear"
    domain: tuple[float, float] | None = None
    ticks: tuple[float, ...] = ()
    format: str = "~g"

    def encoding(self) -> dict[str, Any]:
        """What Altair's x and y take."""
        scale: dict[str, Any] = {"type": self.scale, "nice": False, "zero": False}
        if self.domain is not None:
            scale["domain"] = list(self.domain)
        axis: dict[str, Any] = {"format": self.format, "labelFlush": True, "labelOverlap": True}
        if self.ticks:
            axis["values"] = list(self.ticks)
        return {"title": self.title, "scale": alt.Scale(**scale), "axis": alt.Axis(**axis)}


@dataclass(frozen=True)
class Curve:
    """One line.

    Attributes:
        name: in the legend; of letters and spaces, for the chart takes others for its formulas.
        points: x and y of each.
    """

    name: str
    points: Sequence[Point]

    def __post_init__(self) -> None:
        if not self.name.replace(" ", "").isalpha():
            raise ValueError(f"'{self.name}' is not of letters and spaces")


def choose_accuracies(key: str) -> bool:
    """Ask whether to show all accuracies or the high ones; returns whether the high ones."""
    return choose_one("Accuracy", _VIEWS, key) == "zoom"


def least_shown(high_ones: bool, lowest: float) -> float:
    """Where the axis of accuracies begins, in %: at the full ten below the lowest that there is.

    Args:
        high_ones: as chosen.
        lowest: accuracy, 0 to 1.
    """
    return 95.0 if high_ones else min(10.0 * (100 * lowest // 10), 90.0)


def accuracy_axis(least: float) -> Axis:
    """The axis of accuracies in %, from ``least`` on, with room for points at 100%."""
    step = next(each for each in (1, 2, 5, 10, 20) if (100 - least) / each <= 6)
    ticks = tuple(100.0 - step * number for number in range(int((100 - least) / step), -1, -1))
    return Axis("Accuracy in %", domain=(least, 100 + (100 - least) / 50), ticks=ticks, format="d")


def draw_curves(
    title: str,
    text: str,
    axes: tuple[Axis, Axis],
    curves: Sequence[Curve],
    marks: Sequence[Point] = (),
    height: int = 320,
) -> None:
    """Draw curves over one another; the pointer shows the values of all of them at once.

    Args:
        title: a few words, above.
        text: the alternative for those who do not see it.
        axes: x and y.
        curves: each with a dash pattern of its own besides its colour; all with the same x.
        marks: single points, as diamonds; what they are is said elsewhere.
        height: in pixels.
    """
    st.markdown(f"**{title}**")
    points = tuple((curve.name, x, y) for curve in curves for x, y in curve.points)
    draw_chart(_chart(axes, points, tuple(marks), height), text)


@lru_cache(CHARTS_KEPT)
def _chart(
    axes: tuple[Axis, Axis],
    points: tuple[tuple[str, float, float], ...],
    marks: tuple[Point, ...],
    height: int,
) -> str:
    across, up = axes
    data = alt.InlineData(values=[{"x": x, "y": y, "curve": name} for name, x, y in points])
    names = list(dict.fromkeys(name for name, _, _ in points))
    few = len(points) <= _FEW_POINTS * len(names)
    colour = alt.Color("curve:N", sort=names, legend=_LEGEND)
    dash = alt.StrokeDash("curve:N", sort=names, legend=_LEGEND, scale=alt.Scale(range=_DASHES))
    y = alt.Y("y:Q", **up.encoding())
    lines = alt.Chart(data).mark_line(
        clip=True, strokeWidth=2.5, point={"size": 45} if few else False
    )
    rule, nearest = pointer(
        alt.Chart(data).transform_pivot("curve", value="y", groupby=["x"]),
        "x",
        [
            alt.Tooltip("x:Q", title=across.title, format=",~r"),
            *(alt.Tooltip(f"{name}:Q", title=name, format=",.4~r") for name in names),
        ],
    )
    dots = alt.Chart(data).mark_point(filled=True, size=70, clip=True)
    shown = alt.condition(nearest, alt.value(1), alt.value(0))
    layers = [
        lines.encode(x=alt.X("x:Q", **across.encoding()), y=y, color=colour, strokeDash=dash),
        rule,
        dots.encode(x="x:Q", y=y, color=colour, opacity=shown),
    ]
    if marks:
        diamonds = alt.Chart(alt.InlineData(values=[{"x": x, "y": y} for x, y in marks]))
        diamonds = diamonds.mark_point(
            shape="diamond", filled=True, size=130, color=MIDDLE_GREY, opacity=1, clip=True
        )
        layers.append(diamonds.encode(x="x:Q", y=y))
    return as_json(alt.layer(*layers).properties(height=height))
