"""A confusion matrix as a table, which people and screen readers can read."""

import html
from collections.abc import Sequence

import streamlit as st

_CELL = "padding:.5em .25em;text-align:center;font-variant-numeric:tabular-nums;border:0;"


def draw_confusion(
    title: str,
    labels: Sequence[str],
    matrix: Sequence[Sequence[int]],
    true: str,
    predicted: str,
    answers: Sequence[str] = (),
) -> None:
    """Draw how often which class was taken for which; the fuller a cell, the darker.

    Args:
        title: a few words, above.
        labels: of the classes, short.
        matrix: rows are true classes, columns predicted ones.
        true, predicted: what rows and columns are.
        answers: labels of the columns, the classes first; the classes alone where it is empty.
    """
    st.markdown(f"**{title}**")
    head = "".join(_head(label, "col") for label in answers or labels)
    lines = "".join(
        f"<tr>{_head(label, 'row')}{_cells(row, line)}</tr>"
        for line, (label, row) in enumerate(zip(labels, matrix, strict=True))
    )
    across = html.escape(f"{true} ↓ · {predicted} →")
    st.html(
        '<table style="width:100%;max-width:34rem;border-collapse:separate;border-spacing:3px;'
        'table-layout:fixed">'
        f'<caption style="text-align:left;padding-bottom:.5em;opacity:.75">{across}</caption>'
        f'<thead><tr><td style="{_CELL}"></td>{head}</tr></thead><tbody>{lines}</tbody></table>'
    )


def _head(label: str, scope: str) -> str:
    return f'<th scope="{scope}" style="{_CELL}font-weight:600">{html.escape(label)}</th>'


def _cells(row: Sequence[int], line: int) -> str:
    total = max(sum(row), 1)
    return "".join(
        _cell(count, 0.08 + 0.42 * count / total, wrong=column != line and count > 0)
        for column, count in enumerate(row)
    )


def _cell(count: int, shade: float, wrong: bool) -> str:
    outline = "outline:2px solid currentColor;outline-offset:-2px;font-weight:700;" if wrong else ""
    pale = "" if count else "opacity:.55;"
    return (
        f'<td style="{_CELL}{outline}{pale}border-radius:4px;'
        f'background:rgba(128,128,128,{shade:.2f})">{count:,}</td>'
    )
