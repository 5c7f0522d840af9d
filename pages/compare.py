"""The page "Compare models": all are near 100% on the dataset, and one on real photos."""

import math
from collections.abc import Sequence
from dataclasses import asdict

import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from core.artifacts.store import Version, version_of
from core.common.formatting import as_csv, format_share, percent
from core.common.types import QUESTION_WORDS, TARGETS
from core.hands.pipeline import HAND_CLASSIFIER
from core.reports.comparison import ModelRow, compare_models
from core.zoo import zoo
from ui.charts.intervals import SharePoint, draw_shares, shares_file
from ui.choice import choose_one
from ui.page import Page, draw_download, draw_headline, errors_shown, run_app
from ui.photo.batch import draw_batch
from ui.photo.tiles import draw_tiles

PAGE = Page(title="Compare models", icon=":material/leaderboard:", order=30)


def _share_column(label: str, explanation: str) -> ColumnConfig:
    return st.column_config.NumberColumn(label, help=explanation, format="%.1f%%", width=128)


_COLUMNS: dict[str, ColumnConfig] = {
    "on_dataset": _share_column("on the dataset", "Test images of the Fingers dataset."),
    "on_photos": _share_column("on real photos", "The model finds the hand its own way."),
    "same_cut_out": _share_column(
        "same cut-out", "Real photos; the hand detector finds and cuts out the hand."
    ),
    "dataset_look": _share_column(
        "dataset’s look", "Real photos; that cut-out, made to look like the dataset."
    ),
    "article": _share_column("in the article", "As the article reports it."),
    "parameters": st.column_config.NumberColumn("parameters", format="localized", width=110),
    "milliseconds": st.column_config.NumberColumn("ms an image", format="%.2f", width=110),
    "training_seconds": st.column_config.NumberColumn("training in s", format="localized"),
    "trained_on": st.column_config.TextColumn("trained on", width=110),
    "article_time": st.column_config.TextColumn("training in the article", width=160),
    "kilobytes": st.column_config.NumberColumn("size in kB", format="%.0f"),
    "dataset_low": _share_column("dataset: from", "Lower end of the 95% interval."),
    "dataset_high": _share_column("dataset: to", "Upper end of the 95% interval."),
    "photos_low": _share_column("photos: from", "Lower end of the 95% interval."),
    "photos_high": _share_column("photos: to", "Upper end of the 95% interval."),
    "dataset_median": _share_column("median of seeds", "On the dataset, over all trained seeds."),
    "deduplicated": _share_column("no duplicates", "On the deduplicated split."),
    "loss_increase": st.column_config.NumberColumn("mean loss increase", format="×%.2f"),
}
"""What the table can show: a column is an entry of ``cells_of`` and a line here."""

_SHARES = {
    "on_dataset", "on_photos", "same_cut_out", "dataset_look", "article", "dataset_low",
    "dataset_high", "photos_low", "photos_high", "dataset_median", "deduplicated",
}  # fmt: skip

_SHOWN_AT_FIRST = (
    "on_dataset", "on_photos", "same_cut_out", "dataset_look", "article", "parameters",
    "milliseconds",
)  # fmt: skip
"""So many fit beside the name on a screen 1280 pixels wide."""

_QUESTIONS = {words: words.capitalize() for words in QUESTION_WORDS.values()}

_PLACES = (
    "on the dataset",
    "on real photos",
    "on real photos, same cut-out for all",
    "on real photos, cut-out in the dataset’s look",
)


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
    draw_batch(rows, next(each for each in TARGETS if QUESTION_WORDS[each] == question))


def _draw_story(rows: Sequence[ModelRow]) -> None:
    measured = [row for row in rows if row.on_photos is not None]
    if not measured:
        return
    # Rounded down, so that a single mistake is not rounded away.
    worst_on_dataset = math.floor(min(row.on_dataset for row in rows) * 1_000) / 1_000
    best = max(measured, key=lambda row: row.on_photos or 0)
    others = [row for row in measured if row is not best]
    draw_headline(f"Only one model holds up on real photos: {format_share(best.on_photos or 0)}")
    beside = "."
    if others:
        beside = (
            f"; the best of the others, {format_share(max(row.on_photos or 0 for row in others))}."
        )
    helped = [row.cut_outs for row in others if row.cut_outs is not None]
    if helped:
        cut_out = max(each.detector.value for each in helped)
        in_look = max(each.dataset.value for each in helped)
        beside += (
            f" With the hand found and cut out for them, they reach {format_share(cut_out)} at "
            f"best, and {format_share(in_look)} where it is made to look like the dataset, too."
        )
    st.markdown(
        f"On the dataset every model gets at least {format_share(worst_on_dataset)} right. On real "
        f"photos of other people, rooms and cameras, **{best.title}** reaches "
        f"{format_share(best.on_photos or 0)}{beside}"
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
    if zoomed:
        lowest = math.floor(min(row.dataset_interval[0] for row in rows) * 100)
        points = [each for each in _points(rows) if each.where == _PLACES[0]]
        draw_shares(points, _PLACES, lowest)
    else:
        draw_shares(_points(rows), _PLACES)
    st.caption(
        "The mark is the measured share, the line its 95% interval. The hand classifier always "
        "reads the hand detector's cut-out."
    )


def _points(rows: Sequence[ModelRow]) -> list[SharePoint]:
    points = []
    for row in rows:
        points.append(SharePoint(row.title, _PLACES[0], row.on_dataset, *row.dataset_interval))
        if row.on_photos is not None and row.photos_interval is not None:
            points.append(SharePoint(row.title, _PLACES[1], row.on_photos, *row.photos_interval))
        if row.cut_outs is not None and row.name != HAND_CLASSIFIER:
            for where, each in zip(
                _PLACES[2:], (row.cut_outs.detector, row.cut_outs.dataset), strict=True
            ):
                points.append(SharePoint(row.title, where, each.value, each.low, each.high))
    return points


def _draw_table(rows: Sequence[ModelRow], columns: Sequence[str]) -> None:
    with st.popover("Columns", icon=":material/view_column:"):
        chosen = st.pills(
            "Columns of the table",
            columns,
            selection_mode="multi",
            default=[name for name in columns if name in _SHOWN_AT_FIRST],
            format_func=lambda name: str(_COLUMNS[name]["label"]),
            key="columns",
            bind="query-params",
        )
    st.dataframe(
        [{"model": row.title, **{name: _shown(name, row) for name in chosen}} for row in rows],
        column_config={"model": st.column_config.TextColumn(width=255), **_COLUMNS},
        hide_index=True,
        height="content",
        placeholder="–",
        alt="The models with the chosen columns; the CSV file holds all of them.",
    )
    title = f"{rows[0].question.capitalize()}: on the dataset and on real photos"
    with st.container(horizontal=True, gap="small"):
        draw_download(
            "Table as CSV", as_csv([cells_of(row) for row in rows]), "models.csv", "text/csv"
        )
        draw_download(
            "Chart as PNG",
            lambda: shares_file(_points(rows), _PLACES, title, "png"),
            "models.png",
            "image/png",
        )
        draw_download(
            "Chart as SVG",
            lambda: shares_file(_points(rows), _PLACES, title, "svg"),
            "models.svg",
            "image/svg+xml",
        )


def _shown(name: str, row: ModelRow) -> str | float | None:
    """A cell as the table shows it: shares in percent, of which none is rounded to certainty."""
    value = cells_of(row)[name]
    return percent(value) if name in _SHARES and isinstance(value, float) else value


def _draw_source(rows: Sequence[ModelRow]) -> None:
    images = max((row.photo_images for row in rows), default=0)
    photos_words = (
        f"Real photos: {images:,} held-out photos, in which the model has to find the hand, too; a "
        "missed hand counts as wrong. "
        if images
        else "Nothing has been measured on real photos yet. "
    )
    with st.expander("How this was measured", icon=":material/info:"):
        st.markdown(
            f"Dataset: the {rows[0].dataset_images:,} test images of the Fingers dataset; the "
            f"median is over all trained seeds. {photos_words}{_experiment_words(rows)}"
            "The figures come from the models' cards, which `python -m core train` and "
            "`python -m core evaluate photos --record` write; the article's figures are those it "
            "reports. The time per image was measured on this server just now."
        )


def _experiment_words(rows: Sequence[ModelRow]) -> str:
    words = ""
    measured = next((row.cut_outs for row in rows if row.cut_outs is not None), None)
    if measured is not None:
        words += (
            "Same cut-out: the same photos, the hand found and cut out by the hand detector; "
            "dataset's look: that hand alone, upright, on the dataset's background. Intervals take "
            f"the {measured.people} people, sessions and sources as groups "
            "(`python -m core experiment cut_outs`). "
        )
    if any(row.deduplicated is not None for row in rows):
        words += (
            "No duplicates: trained again without near-duplicates of the test images "
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
    """All that is known of a model, by column; shares are 0 to 1."""
    cells = asdict(row)
    del cells["cut_outs"]
    cells["dataset_low"], cells["dataset_high"] = row.dataset_interval
    cells["photos_low"], cells["photos_high"] = row.photos_interval or (None, None)
    for name in ("detector", "dataset"):
        share = None if row.cut_outs is None else getattr(row.cut_outs, name)
        column = {"detector": "same_cut_out", "dataset": "dataset_look"}[name]
        cells[column] = None if share is None else share.value
        cells[f"{column}_low"] = None if share is None else share.low
        cells[f"{column}_high"] = None if share is None else share.high
    return cells


if __name__ == "__main__":
    run_app()
