"""How the models read a split without near-duplicates."""

import streamlit as st

from core.common.formatting import format_share
from core.common.types import QUESTION_WORDS
from core.datasets.near_duplicates import Region
from core.experiments._near_duplicates_record import NearestNeighbour
from core.experiments._records import RecordError, read_record
from core.experiments.deduplicated_split import DeduplicatedResult, DeduplicatedSplitRecord
from ui import teaching
from ui.teaching import tell_without_record

REGION_NAMES: dict[Region, str] = {"inner": "among the others", "outer": "at the edge"}
"""Where held-out poses lie."""


def draw_models_again(usual: NearestNeighbour) -> None:
    """The table of all models, or which command measures it.

    Args:
        usual: what the nearest training image tells of the usual test images.
    """
    st.markdown("**Every model again, on a deduplicated split**")
    try:
        record = read_record("deduplicated_split", DeduplicatedSplitRecord)
    except RecordError as error:
        tell_without_record(error)
        return
    st.table(
        [*_nearest_rows(usual, record.nearest_neighbour), *map(_model_row, record.results)],
        hide_index=True,
    )
    st.caption(
        f"Held-out poses {REGION_NAMES[record.region]}, seed {record.provenance.seed}: "
        f"{record.train_images:,} images to learn from, {record.nearest_neighbour.images:,} held out. "
        "One training a model, with its own recipe. The usual test images are read by the shipped "
        "models."
    )
    teaching.draw_provenance(record.provenance, "python -m core experiment fair_split")


def _nearest_rows(usual: NearestNeighbour, deduplicated: NearestNeighbour) -> list[dict[str, str]]:
    return [
        {
            "model": "Nearest training image",
            "question": QUESTION_WORDS[target],
            "passes": "–",
            "usual test images": format_share(on_usual, 2),
            "deduplicated split": f"{format_share(on_deduplicated, 2)} ({errors:,} wrong)",
        }
        for target, on_usual, on_deduplicated, errors in (
            (
                "fingers",
                usual.fingers_accuracy,
                deduplicated.fingers_accuracy,
                deduplicated.fingers_errors,
            ),
            ("side", usual.side_accuracy, deduplicated.side_accuracy, deduplicated.side_errors),
        )
    ]


def _model_row(result: DeduplicatedResult) -> dict[str, str]:
    usual = result.usual_accuracy
    return {
        "model": result.title,
        "question": QUESTION_WORDS[result.target],
        "passes": f"{result.epochs}",
        "usual test images": "–" if usual is None else format_share(usual, 2),
        "deduplicated split": f"{format_share(result.accuracy, 2)} ({result.errors:,} wrong)",
    }
