"""The page "Compare models": all are near 100% on the dataset, and one on real photos."""

import math
from collections.abc import Sequence
from dataclasses import asdict

import altair as alt
import streamlit as st

from core.artifacts.store import Version, version_of
from core.common.formatting import as_csv, format_share
from core.common.types import QUESTION_WORDS
from core.reports.comparison import ModelRow, compare_models
from core.zoo import zoo
from ui.charts.base import MIDDLE_GREY, as_json, draw_chart, label_axis
from ui.charts.comparison_png import comparison_png
from ui.choice import choose_one
from ui.page import Page, draw_download, draw_headline, errors_shown, run_app
from ui.photo.tiles import draw_tiles
from ui.wording import format_confidence

PAGE = Page(title="Compare models", icon=":material/leaderboard:", order=30)

_COLUMNS = {
    "parameters": st.column_config.NumberColumn("parameters", format="localized"),
    "kilobytes": st.column_config.NumberColumn("size in kB", format="%.0f"),
    "training_seconds": st.column_config.NumberColumn("training in s", format="localized"),
    "trained_on": st.column_config.TextColumn("trained on"),
    "milliseconds": st.column_config.NumberColumn("ms per image", format="%.2f"),
    "article_time": st.column_config.TextColumn("training in the article"),
    "on_dataset": st.column_config.NumberColumn("on the dataset", format="percent"),
    "dataset_low": st.column_config.NumberColumn("dataset: from", format="percent"),
    "dataset_high": st.column_config.NumberColumn("dataset: to", format="percent"),
    "dataset_median": st.column_config.NumberColumn("median of seeds", format="percent"),
    "article": st.column_config.NumberColumn("in the article", format="percent"),
    "deduplicated": st.column_config.NumberColumn("on the deduplicated split", format="percent"),
    "on_photos": st.column_config.NumberColumn("on real photos", format="percent"),
    "loss_increase": st.column_config.NumberColumn("mean loss increase", format="×%.2f"),
}
"""What the table can show: a column is an entry of ``cells_of`` and a line here."""

_HIDDEN_AT_FIRST = {"article_time", "dataset_low", "dataset_high"}
_QUESTIONS = {words: words.capitalize() for words in QUESTION_WORDS.values()}


@st.cache_data(max_entries=1, show_spinner="Timing the models on this server")
def _rows(versions: Sequence[Version]) -> tuple[ModelRow, ...]:  # noqa: ARG001
    return compare_models()


@errors_shown()
def render() -> None:
    """Draw the page."""
    st.title("Compare models", anchor=False)
    rows = _rows([version_of(name) for name in zoo()])
    question = choose_one("Question", _QUESTIONS, key="question")
    shown = [row for row in rows if row.question == question]
    _draw_story(shown)
    draw_tiles(shown)
    _draw_chart(shown)
    # Those of which anything was measured, of whichever question.
    cells = [cells_of(row) for row in rows]
    columns = [name for name in _COLUMNS if any(each[name] is not None for each in cells)]
    _draw_table(shown, columns)
    _draw_source(shown)


def _draw_story(rows: Sequence[ModelRow]) -> None:
    measured = [row for row in rows if row.on_photos is not None]
    if not measured:
        return
    # Rounded down, so that a single mistake is not rounded away.
    worst_on_dataset = math.floor(min(row.on_dataset for row in rows) * 1_000) / 1_000
    best = max(measured, key=lambda row: row.on_photos or 0)
    others = [row.on_photos for row in measured if row is not best and row.on_photos is not None]
    draw_headline(
        f"Only one model holds up on real photos: {format_confidence(best.on_photos or 0)}"
    )
    beside = f"; the best of the others reaches {format_share(max(others))}" if others else ""
    st.markdown(
        f"On the dataset every model gets at least {format_share(worst_on_dataset)} right. On real "
        f"photos of other people, rooms and cameras, **{best.title}** reaches "
        f"{format_share(best.on_photos or 0)}{beside}."
    )


def _draw_chart(rows: Sequence[ModelRow]) -> None:
    st.header("On the dataset and on real photos", anchor=False)
    st.markdown("**Correct answers**")
    zoomed = st.toggle(
        "Zoom in on the dataset",
        key="zoom",
        bind="query-params",
        help="On the dataset the models are too close together to be told apart otherwise.",
    )
    points, lowest = [], 0
    for row in rows:
        points.append(_point(row, "on the dataset", row.on_dataset, row.dataset_interval))
        if row.on_photos is not None and row.photos_interval is not None and not zoomed:
            points.append(_point(row, "on real photos", row.on_photos, row.photos_interval))
    if zoomed:
        lowest = math.floor(min(row.dataset_interval[0] for row in rows) * 100)
    base = alt.Chart(alt.InlineData(values=points)).encode(
        y=label_axis("model:N"),
    )
    scale = alt.Scale(domain=[lowest, 100])
    whiskers = base.mark_rule(strokeWidth=4, color=MIDDLE_GREY).encode(
        x=alt.X("low:Q", title="Correct answers (%)", scale=scale, axis=alt.Axis(tickCount=5)),
        x2="high:Q",
    )
    # Both keep their colours where only one of them is drawn.
    places = alt.Scale(domain=["on the dataset", "on real photos"])
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
    draw_chart(
        as_json(alt.layer(whiskers, dots).properties(height=44 * len(rows) + 100)),
        "Correct answers, with their 95% interval. "
        + " ".join(f"{each['model']} {each['where']}: {each['percent']:.1f}%." for each in points),
    )
    st.caption("The dot is the measured share, the line its 95% confidence interval.")


def _point(
    row: ModelRow, where: str, value: float, interval: tuple[float, float]
) -> dict[str, str | float]:
    low, high = (100 * end for end in interval)
    return {"model": row.title, "where": where, "percent": 100 * value, "low": low, "high": high}


def _draw_table(rows: Sequence[ModelRow], columns: Sequence[str]) -> None:
    chosen = st.pills(
        "Columns",
        columns,
        selection_mode="multi",
        default=[name for name in columns if name not in _HIDDEN_AT_FIRST],
        format_func=lambda name: _COLUMNS[name]["label"] or name,
        key="columns",
        bind="query-params",
    )
    st.dataframe(
        [{"model": row.title, **{name: cells_of(row)[name] for name in chosen}} for row in rows],
        column_config=_COLUMNS,
        hide_index=True,
        height="content",
        alt="The models with the chosen columns; the CSV file holds all of them.",
    )
    with st.container(horizontal=True, gap="small"):
        draw_download(
            "Download as CSV", as_csv([cells_of(row) for row in rows]), "models.csv", "text/csv"
        )
        draw_download(
            "Download the figure as PNG", lambda: comparison_png(rows), "models.png", "image/png"
        )


def _draw_source(rows: Sequence[ModelRow]) -> None:
    images = max((row.photo_images for row in rows), default=0)
    photos_words = (
        f"Real photos: {images:,} held-out photos, in which the model has to find the hand, too; a "
        "missed hand counts as wrong, and an empty cell means not measured."
        if images
        else "Nothing has been measured on real photos yet."
    )
    st.caption(
        f"Dataset: the {rows[0].dataset_images:,} test images of the Fingers dataset; “from” "
        "and “to” are the ends of the 95% interval, the median is over all trained seeds. "
        f"{photos_words} {_experiment_words(rows)}"
        "The figures come from the models' cards, which `python -m core train` and "
        "`python -m core evaluate photos --record` write; the article's figures are those it "
        "reports. The time per image was measured on this server just now."
    )


def _experiment_words(rows: Sequence[ModelRow]) -> str:
    words = ""
    if any(row.deduplicated is not None for row in rows):
        words += (
            "Deduplicated split: trained again without near-duplicates of the test images "
            "(`python -m core experiment deduplicated_split`). "
        )
    if any(row.loss_increase is not None for row in rows):
        words += (
            "Mean loss increase: the factor by which the test loss grows from one epoch to the "
            "next, as a geometric mean over the training (×1 if it never grows); the median of the "
            "seeds (`python -m core experiment stability`). "
        )
    return words


def cells_of(row: ModelRow) -> dict[str, str | float | None]:
    """All that is known of a model, by column."""
    cells = asdict(row)
    cells["dataset_low"], cells["dataset_high"] = row.dataset_interval
    cells["photos_low"], cells["photos_high"] = row.photos_interval or (None, None)
    return cells


if __name__ == "__main__":
    run_app()
