"""The page "Compare models": all are near 100 % in the lab, and one is right in the field."""

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import asdict

import altair as alt
import streamlit as st

import ui
from core.common.errors import UserError
from core.common.types import QUESTION_WORDS
from core.reports.comparison import ModelRow, compare_models
from ui.choosing import choose_one
from ui.figures import comparison_png
from ui.side_by_side import draw_side_by_side

PAGE = ui.Page(title="Compare models", icon=":material/leaderboard:", order=30)

_COLUMNS = {
    "parameters": st.column_config.NumberColumn("parameters", format="localized"),
    "kilobytes": st.column_config.NumberColumn("size in kB", format="%.0f"),
    "training_seconds": st.column_config.NumberColumn("training in s", format="localized"),
    "trained_on": st.column_config.TextColumn("trained on"),
    "milliseconds": st.column_config.NumberColumn("reading in ms", format="%.2f"),
    "article_time": st.column_config.TextColumn("the article's training"),
    "lab": st.column_config.NumberColumn("in the lab", format="percent"),
    "lab_low": st.column_config.NumberColumn("lab from", format="percent"),
    "lab_high": st.column_config.NumberColumn("lab to", format="percent"),
    "lab_median": st.column_config.NumberColumn("median of seeds", format="percent"),
    "article": st.column_config.NumberColumn("the article's", format="percent"),
    "fair": st.column_config.NumberColumn("on the deduplicated split", format="percent"),
    "field": st.column_config.NumberColumn("in the field", format="percent"),
    "jumps": st.column_config.NumberColumn("jumps of the loss", format="×%.2f"),
}
"""What the table can show: a column is an entry of ``_cells`` and a line here."""

_SHOWN_AT_FIRST = (
    "parameters",
    "kilobytes",
    "training_seconds",
    "trained_on",
    "milliseconds",
    "lab",
    "lab_median",
    "article",
    "fair",
    "field",
    "jumps",
)
_QUESTIONS = tuple(QUESTION_WORDS.values())
_MIDDLE_GREY = "#808080"
"""Stands out from the light background and from the dark one."""


@st.cache_data(show_spinner="Measuring how fast the models are here")
def _rows() -> tuple[ModelRow, ...]:
    return compare_models()


def render() -> None:
    """Draw the page."""
    st.title("Compare models", anchor=False)
    try:
        rows = _rows()
    except UserError as error:
        st.error(str(error), icon=":material/error:")
        return
    question = choose_one(
        "Question",
        _QUESTIONS,
        default=_QUESTIONS[0],
        format_func=str.capitalize,
        key="question",
    )
    shown = [row for row in rows if row.question == question]
    _draw_story(shown)
    _draw_chart(shown)
    _draw_table(shown, _known_columns(rows))
    _draw_source(shown)
    if len(shown) > 1:
        draw_side_by_side(shown)


def _draw_story(rows: Sequence[ModelRow]) -> None:
    measured = [row for row in rows if row.on_photos is not None]
    if not measured:
        return
    # Rounded down, so that a single mistake is not rounded away.
    worst_on_dataset = math.floor(min(row.on_dataset for row in rows) * 1_000) / 1_000
    best = max(measured, key=lambda row: row.on_photos or 0)
    others = [row.on_photos for row in measured if row is not best and row.on_photos is not None]
    ui.headline(f"{ui.percent(best.on_photos or 0)} in the field, by one")
    beside = f"; the best of the others, {ui.percent(max(others))}" if others else ""
    st.markdown(
        f"In the lab every model reads at least {worst_on_dataset:.1%} right. On real photos of other "
        f"people, rooms and cameras, **{best.title}** reads {best.on_photos or 0:.1%}{beside}."
    )


def _draw_chart(rows: Sequence[ModelRow]) -> None:
    st.markdown("**Read right in the lab and in the field**")
    zoomed = st.toggle(
        "Zoom in on the lab",
        key="zoom",
        bind="query-params",
        help="In the lab all models lie so close together that only a magnifier tells them apart.",
    )
    points, lowest = [], 0
    for row in rows:
        points.append(_point(row, "lab", row.on_dataset, row.dataset_interval))
        if row.on_photos is not None and row.photos_interval is not None and not zoomed:
            points.append(_point(row, "field", row.on_photos, row.photos_interval))
    if zoomed:
        lowest = math.floor(min(row.dataset_interval[0] for row in rows) * 100)
    base = alt.Chart(alt.InlineData(values=points)).encode(
        y=alt.Y("model:N", title=None, sort=None, axis=alt.Axis(labelFontSize=14, labelLimit=0)),
    )
    scale = alt.Scale(domain=[lowest, 100])
    whiskers = base.mark_rule(strokeWidth=4, color=_MIDDLE_GREY).encode(
        x=alt.X("low:Q", title="Read right in %", scale=scale, axis=alt.Axis(tickCount=5)),
        x2="high:Q",
    )
    # Lab and field keep their colours where only one of them is drawn.
    places = alt.Scale(domain=["in the lab", "in the field"])
    dots = base.mark_point(filled=True, size=170, opacity=1).encode(
        x="percent:Q",
        shape=alt.Shape(
            "where:N",
            title=None,
            scale=places,
            legend=alt.Legend(orient="top", direction="vertical"),
        ),
        color=alt.Color("where:N", title=None, scale=places),
        tooltip=["model:N", "where:N", alt.Tooltip("percent:Q", format=".2f")],
    )
    st.altair_chart(
        alt.layer(whiskers, dots).properties(height=44 * len(rows) + 100), width="stretch"
    )
    st.caption("A dot is what was measured, the line its 95 % confidence interval.")


def _point(
    row: ModelRow, where: str, value: float, interval: tuple[float, float]
) -> dict[str, str | float]:
    low, high = interval
    return {
        "model": row.title,
        "where": f"in the {where}",
        "percent": value * 100,
        "low": low * 100,
        "high": high * 100,
    }


def _known_columns(rows: Sequence[ModelRow]) -> list[str]:
    """Those of which anything was measured, of whichever question."""
    cells = [_cells(row) for row in rows]
    return [name for name in _COLUMNS if any(each[name] is not None for each in cells)]


def _draw_table(rows: Sequence[ModelRow], columns: Sequence[str]) -> None:
    chosen = st.pills(
        "Columns",
        columns,
        selection_mode="multi",
        default=[name for name in _SHOWN_AT_FIRST if name in columns],
        format_func=lambda name: _COLUMNS[name]["label"] or name,
        key="columns",
        bind="query-params",
    )
    st.dataframe(
        [_line(row, chosen) for row in rows],
        column_config=_COLUMNS,
        hide_index=True,
        height="content",
        alt="The models with the chosen columns; the CSV file holds all of them.",
    )
    left, right = st.columns(2, gap="medium")
    left.download_button(
        "Download as CSV",
        as_csv(rows),
        file_name="models.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
        width="stretch",
    )
    right.download_button(
        "Download the figure as PNG",
        lambda: comparison_png(rows),
        file_name="models.png",
        mime="image/png",
        on_click="ignore",
        icon=":material/download:",
        width="stretch",
    )


def _draw_source(rows: Sequence[ModelRow]) -> None:
    images = max((row.photo_images for row in rows), default=0)
    photos_told = (
        f"Field: {images:,} held-out real photos, from the photo to the answer; a hand that is not "
        "found counts as wrong; where nothing stands, it was not measured."
        if images
        else "In the field nothing was measured yet."
    )
    st.caption(
        f"Lab: the {rows[0].dataset_images:,} test images of the Fingers dataset, with the 95 % "
        f"interval from and to; the median is of all seeds that were trained. {photos_told} "
        f"{_experiments_told(rows)}"
        "From the models' cards, written by `python -m core train` and "
        "`python -m core evaluate field --record`; the article's figures as it reports them; "
        "reading time measured on this server just now."
    )


def _experiments_told(rows: Sequence[ModelRow]) -> str:
    told = ""
    if any(row.deduplicated is not None for row in rows):
        told += (
            "Deduplicated split: trained anew without near-duplicates of the images it is tested on "
            "(`python -m core experiment fair_split`). "
        )
    if any(row.loss_jumps is not None for row in rows):
        told += (
            "Jumps: the factor by which the test loss rises from epoch to epoch, in the geometric "
            "mean of a training, ×1 where it never rises; the median of the seeds "
            "(`python -m core experiment stability`). "
        )
    return told


def _line(row: ModelRow, columns: Sequence[str]) -> dict[str, str | float | None]:
    cells = _cells(row)
    return {"model": row.title, **{name: cells[name] for name in columns}}


def _cells(row: ModelRow) -> dict[str, str | float | None]:
    """All that is known of a model, by column."""
    cells = asdict(row)
    cells["lab_low"], cells["lab_high"] = row.dataset_interval
    cells["field_low"], cells["field_high"] = row.photos_interval or (None, None)
    return cells


def as_csv(rows: Sequence[ModelRow]) -> bytes:
    """All columns of the table, with the intervals."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(_cells(rows[0])), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(map(_cells, rows))
    # Spreadsheet programs take a file for UTF-8 by its byte order mark.
    return text.getvalue().encode("utf-8-sig")


if __name__ == "__main__":
    # Streamlit runs this file itself where a link to it is the server's first visit.
    import streamlit_app

    streamlit_app.main()
