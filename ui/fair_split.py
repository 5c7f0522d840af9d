"""How the models read a split without near copies."""

import streamlit as st

from core.experiments.fair_split import FairResult, FairSplitRecord
from core.experiments.near_copies_record import OneNearest
from core.experiments.records import RecordError, read_record
from core.model_spec import QUESTION_WORDS
from core.near_copies import Region
from core.wording import share_words
from ui import teaching
from ui.teaching import tell_without_record

REGION_NAMES: dict[Region, str] = {"inner": "among the others", "outer": "at the edge"}
"""Where held-out poses lie."""


def draw_models_again(usual: OneNearest) -> None:
    """The table of all models, or which command measures it.

    Args:
        usual: what the nearest training image tells of the usual test images.
    """
    st.markdown("**Every model again, on a fair split**")
    try:
        record = read_record("fair_split", FairSplitRecord)
    except RecordError as error:
        tell_without_record(error)
        return
    st.table(
        [*_nearest_rows(usual, record.one_nearest), *map(_model_row, record.results)],
        hide_index=True,
    )
    st.caption(
        f"Held-out poses {REGION_NAMES[record.region]}, seed {record.provenance.seed}: "
        f"{record.train_images:,} images to learn from, {record.one_nearest.images:,} held out. "
        "One training a model, with its own recipe. The usual test images are read by the shipped "
        "models."
    )
    teaching.draw_provenance(record.provenance, "python -m core experiment fair_split")


def _nearest_rows(usual: OneNearest, fair: OneNearest) -> list[dict[str, str]]:
    return [
        {
            "model": "Nearest training image",
            "question": QUESTION_WORDS[target],
            "passes": "–",
            "usual test images": share_words(on_usual, 2),
            "fair split": f"{share_words(on_fair, 2)} ({wrong:,} wrong)",
        }
        for target, on_usual, on_fair, wrong in (
            ("fingers", usual.fingers_accuracy, fair.fingers_accuracy, fair.fingers_wrong),
            ("side", usual.side_accuracy, fair.side_accuracy, fair.side_wrong),
        )
    ]


def _model_row(result: FairResult) -> dict[str, str]:
    usual = result.usual_accuracy
    return {
        "model": result.title,
        "question": QUESTION_WORDS[result.target],
        "passes": f"{result.epochs}",
        "usual test images": "–" if usual is None else share_words(usual, 2),
        "fair split": f"{share_words(result.accuracy, 2)} ({result.wrong:,} wrong)",
    }
