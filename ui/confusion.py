"""A confusion matrix as a table, which people and screen readers can read."""

import html
from collections.abc import Sequence

import streamlit as st

_CELL = "padding:.5em .25em;text-align:center;font-variant-numeric:tabular-nums;border:0;"
_COUNT = (
    f"{_CELL}border-radius:4px;background:rgba(128,128,128,calc(.08 + .42*var(--share)));"
    "opacity:calc(1 - .45*var(--empty));font-weight:calc(400 + 300*var(--wrong));"
    "outline:calc(2px*var(--wrong)) solid currentColor;outline-offset:-2px"
)


def draw_confusion(
    title: str, labels: Sequence[str], matrix: Sequence[Sequence[int]], true: str, predicted: str
) -> None:
    """Draw how often which class was taken for which; the fuller a cell, the darker.

    Args:
        title: a few words, above.
        labels: of the classes, short.
        matrix: rows are true classes, columns predicted ones.
        true, predicted: what rows and columns are.
    """
    st.markdown(f"**{title}**")
    st.html(confusion_table(labels, matrix, true, predicted))


def confusion_table(
    labels: Sequence[str], matrix: Sequence[Sequence[int]], true: str, predicted: str
) -> str:
    """The same as HTML; arguments as of ``draw_confusion``.

    How a cell looks follows from three numbers of its style, which a script may change:
    ``--share`` of its row, 0 to 1, and whether it is ``--wrong`` or ``--empty``, 0 or 1.
    """
    head = "".join(_head(label, "col") for label in labels)
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
    total = max(sum(row), 1)
    return "".join(
        _cell(count, count / total, wrong=column != line and count > 0)
        for column, count in enumerate(row)
    )


def _cell(count: int, share: float, wrong: bool) -> str:
    numbers = f"--share:{share:.3f};--wrong:{wrong:d};--empty:{count == 0:d};"
    return f'<td style="{numbers}{_COUNT}">{count:,}</td>'
