"""A confusion matrix: as a table that everyone can read, or as a chart whose cells one chooses."""

import html
from collections.abc import Sequence
from typing import Any

import altair as alt
import streamlit as st

from ui.charts.base import MIDDLE_GREY
from ui.choice import choose_one

_RIGHT, _WRONG = (15, 118, 110), (180, 83, 9)
"""Teal and amber, RGB. White numbers stand at 5:1 or more on both (WCAG AA: 4.5:1)."""

_CELL = "padding:.5em .25em;text-align:center;font-variant-numeric:tabular-nums;border:0;"
_COLOUR = " ".join(
    f"calc({right} + {wrong - right}*var(--wrong))"
    for right, wrong in zip(_RIGHT, _WRONG, strict=True)
)
_COUNT = (
    f"{_CELL}border-radius:4px;background:rgb({_COLOUR} / calc(1 - var(--empty)));"
    "color:color-mix(in srgb,currentColor calc(100%*var(--empty)),#fff);"
    "font-weight:calc(700 - 300*var(--empty))"
)


def draw_confusion(
    title: str,
    labels: Sequence[str],
    matrix: Sequence[Sequence[int]],
    true: str,
    predicted: str,
    answers: Sequence[str] = (),
) -> None:
    """Draw a confusion matrix, its rows the true classes: teal is right, amber wrong.

    The columns are ``answers``, the classes first, or the classes alone. ``true`` and ``predicted``
    name rows and columns.
    """
    st.markdown(f"**{title}**")
    st.html(confusion_table(labels, matrix, true, predicted, answers))


def confusion_table(
    labels: Sequence[str],
    matrix: Sequence[Sequence[int]],
    true: str,
    predicted: str,
    answers: Sequence[str] = (),
) -> str:
    """The same as HTML; arguments as of ``draw_confusion``.

    How a cell looks follows from two numbers of its style, which a script may change: whether it
    is ``--wrong`` or ``--empty``, 0 or 1.
    """
    head = "".join(_head(label, "col") for label in answers or labels)
    lines = "".join(
        f"<tr>{_head(label, 'row')}{_cells(row, line)}</tr>"
        for line, (label, row) in enumerate(zip(labels, matrix, strict=True))
    )
    across = html.escape(f"{true} ↓ · {predicted} →")
    return (
        '<table style="width:100%;max-width:34rem;border-collapse:separate;border-spacing:3px;'
        'table-layout:fixed">'
        f'<caption style="text-align:left;padding-bottom:.5em;opacity:.75">{across}</caption>'
        f'<thead><tr><td style="{_CELL}"></td>{head}</tr></thead><tbody>{lines}</tbody></table>'
    )


def _head(label: str, scope: str) -> str:
    return f'<th scope="{scope}" style="{_CELL}font-weight:600">{html.escape(label)}</th>'


def _cells(row: Sequence[int], line: int) -> str:
    return "".join(
        f'<td style="--wrong:{column != line and count > 0:d};'
        f'--empty:{count == 0:d};{_COUNT}">{count:,}</td>'
        for column, count in enumerate(row)
    )


ALL_MISTAKES = "All mistakes"

_SIDE, _SIDE_OF_TWO = 350, 240
"""Width and height of the chart with its axes, in pixels; a phone is 390 wide."""

_SPACED = alt.Scale(paddingInner=0.06, paddingOuter=0)


def choose_cell(
    labels: Sequence[str],
    matrix: Sequence[Sequence[int]],
    axes: tuple[str, str],
    key: str,
    answers: Sequence[str] = (),
) -> tuple[int, int] | None:
    """Let a cell be chosen by a click, or from a list; returns it, or None for all mistakes.

    ``axes`` name rows, the true classes, and columns; ``key`` is that of the choice, in the URL.
    The columns are ``answers``, the classes first, or the classes alone.
    """
    answers = answers or labels
    cells = {
        cell_words(labels, true, predicted, answers): (true, predicted)
        for true, row in enumerate(matrix)
        for predicted, count in enumerate(row)
        if count
    }

    def rank(name: str) -> tuple[bool, int, int]:
        """Mistakes first, the most frequent ones before the others."""
        true, predicted = cells[name]
        right = true == predicted
        return right, 0 if right else -matrix[true][predicted], true

    names = [ALL_MISTAKES, *sorted(cells, key=rank)]
    marked = str(st.session_state.get(key))
    # A chart of its own for each choice, or it would still hold the click before, and the same
    # cell could not be clicked again after another was chosen from the list.
    chart_key = f"{key} chart {marked}"

    def take_over() -> None:
        clicked = st.session_state[chart_key].selection.get("cell", [])
        if clicked and clicked[0].get("name") in cells:
            st.session_state[key] = clicked[0]["name"]

    st.altair_chart(
        _chart(labels, matrix, axes, cells.get(marked), answers),
        width="content",
        key=chart_key,
        on_select=take_over,
        selection_mode="cell",
        alt=_alt_text(cells, matrix),
    )
    return cells.get(choose_one("Show (or click a cell)", names, key, listed=True))


def cell_words(
    labels: Sequence[str], true: int, predicted: int, answers: Sequence[str] = ()
) -> str:
    """A cell in words; ``answers`` as of ``choose_cell``."""
    if true == predicted:
        return f"{labels[true]}, read right"
    return f"{labels[true]} taken for {(answers or labels)[predicted]}"


def _alt_text(cells: dict[str, tuple[int, int]], matrix: Sequence[Sequence[int]]) -> str:
    counts = [f"{name}: {matrix[true][predicted]:,}" for name, (true, predicted) in cells.items()]
    return f"Confusion matrix. {'; '.join(counts)}."


def _chart(
    labels: Sequence[str],
    matrix: Sequence[Sequence[int]],
    axes: tuple[str, str],
    marked: tuple[int, int] | None,
    answers: Sequence[str] = (),
) -> alt.LayerChart:
    """Teal where it is right, amber where it is wrong; empty cells have no colour."""
    answers = answers or labels
    rows = [
        {
            "true": labels[true],
            "predicted": answers[predicted],
            "count": count,
            "text": f"{count:,}",
            "kind": "empty" if not count else "right" if true == predicted else "wrong",
            "name": cell_words(labels, true, predicted, answers),
            "marked": (true, predicted) == marked,
        }
        for true, row in enumerate(matrix)
        for predicted, count in enumerate(row)
    ]
    side = _SIDE_OF_TWO if len(labels) == 2 else _SIDE
    looks: dict[str, Any] = {"labelAngle": 0, "labelFontSize": 14, "labelFlush": False}
    looks |= {"domain": False, "ticks": False}
    left, top = (
        alt.Axis(**looks | {"title": title, "orient": orient})
        for title, orient in zip(axes, ("left", "top"), strict=True)
    )
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("predicted:N", axis=top, sort=list(answers), scale=_SPACED),
        y=alt.Y("true:N", axis=left, sort=list(labels), scale=_SPACED),
    )
    cells = base.mark_rect(cornerRadius=4).encode(
        color=_by_kind(_css(_RIGHT), _css(_WRONG), "transparent")
    )
    numbers = base.mark_text(fontSize=14, fontWeight="bold").encode(
        text="text:N", color=_by_kind("#ffffff", "#ffffff", MIDDLE_GREY)
    )
    chosen = alt.selection_point(name="cell", fields=["name"], on="click")
    # On top, or the numbers would take the clicks that are meant for the cells.
    surface = (
        base.mark_rect(fill="transparent", cursor="pointer")
        .encode(
            stroke=alt.condition("datum.marked", alt.value(MIDDLE_GREY), alt.value(None)),
            strokeWidth=alt.value(4),
            tooltip=[
                alt.Tooltip("name:N", title="Cell"),
                alt.Tooltip("count:Q", title="Images", format=","),
            ],
        )
        .add_params(chosen)
    )
    chart: alt.LayerChart = (
        alt.layer(cells, numbers, surface)
        .resolve_scale(color="independent")
        .properties(width=side, height=side)
    )
    return chart


def _css(colour: tuple[int, int, int]) -> str:
    return f"rgb{colour}"


def _by_kind(*colours: str) -> alt.Color:
    scale = alt.Scale(domain=["right", "wrong", "empty"], range=list(colours))
    return alt.Color("kind:N", legend=None, scale=scale)
