"""How the models read a split without near-duplicates."""

import streamlit as st

from core.common.formatting import format_share
from core.common.types import QUESTION_WORDS, TARGETS, Target
from core.datasets.near_duplicates import Region
from core.experiments.deduplicated_split import DeduplicatedResult, DeduplicatedSplitRecord
from core.experiments.records.near_duplicates import NearestNeighbour
from core.experiments.records.store import read_record
from ui.page import errors_shown
from ui.provenance import draw_provenance

REGION_NAMES: dict[Region, str] = {"inner": "among the others", "outer": "at the edge"}
"""Where held-out poses lie."""


@errors_shown()
def draw_models_again(usual: NearestNeighbour) -> None:
    """The table of all models beside ``usual``, the answers of the nearest training image."""
    st.markdown("**Every model, trained again on a deduplicated split**")
    record = read_record("deduplicated_split", DeduplicatedSplitRecord)
    nearest = [_nearest_row(target, usual, record.nearest_neighbour) for target in TARGETS]
    st.table(nearest + [_model_row(each) for each in record.results], hide_index=True)
    st.caption(
        f"Held-out poses {REGION_NAMES[record.region]}, seed {record.provenance.seed}: "
        f"{record.train_images:,} training images, {record.nearest_neighbour.images:,} held out. "
        "Each model was trained once, with its own recipe. The usual test images are read by the "
        "shipped models."
    )
    draw_provenance(record.provenance, "python -m core experiment deduplicated_split")


def _nearest_row(
    target: Target, usual: NearestNeighbour, deduplicated: NearestNeighbour
) -> dict[str, str]:
    accuracy, errors = deduplicated.accuracy(target), deduplicated.errors(target)
    return {
        "model": "Nearest training image",
        "question": QUESTION_WORDS[target],
        "epochs": "–",
        "usual test images": format_share(usual.accuracy(target), 2),
        "deduplicated split": f"{format_share(accuracy, 2)} ({errors:,} wrong)",
    }


def _model_row(result: DeduplicatedResult) -> dict[str, str]:
    usual = result.usual_accuracy
    return {
        "model": result.title,
        "question": QUESTION_WORDS[result.target],
        "epochs": f"{result.epochs}",
        "usual test images": "–" if usual is None else format_share(usual, 2),
        "deduplicated split": f"{format_share(result.accuracy, 2)} ({result.errors:,} wrong)",
    }
