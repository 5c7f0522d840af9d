"""How few samples are enough, as measured on other people: curves over the samples of a sign."""

import streamlit as st

from core.artifacts.store import read_card
from core.common.formatting import format_share
from core.experiments.records.few_shot import DESCRIPTIONS, TITLES, FewShotRecord, PhotoSet
from core.experiments.records.store import read_record
from core.hands.pipeline import HAND_CLASSIFIER
from ui.charts.curves import Axis, Curve, accuracy_axis, draw_curves
from ui.page import errors_shown

_SETS: dict[PhotoSet, str] = {
    "sign_letters": "Letters and digits of fingerspelling",
    "selfies": "Gestures in selfies",
}


@errors_shown()
def draw_measured() -> None:
    """Draw the curves of the experiment, and the same as a table."""
    st.header("How few samples are enough", anchor=False)
    record = read_record("few_shot", FewShotRecord)
    st.markdown(
        "Signs that were taught by some people, read on **other people**, whom the hand classifier "
        f"never saw. Learning eight signs of 30 samples takes {record.learning_seconds:.2f} s of "
        "one processor core."
    )
    for place, (photos, title) in zip(st.columns(2, gap="large"), _SETS.items(), strict=True):
        with place:
            _draw_set(record, photos, title)
    with st.expander("As a table"):
        st.table([_row(record, *case) for case in _cases(record)], hide_index=True)
    is_current = record.classifier_sha256 == read_card(HAND_CLASSIFIER).sha256["serving.tflite"]
    st.caption(
        f"Seed {record.seed}, {record.created[:10]}; the mean of several draws of the samples. "
        "Photos in which MediaPipe finds no hand count as wrong for its landmarks. "
        f"{'' if is_current else 'The hand classifier was an earlier one than today’s. '}"
        "`python -m core experiment few_shot`"
    )


def _draw_set(record: FewShotRecord, photos: PhotoSet, title: str) -> None:
    runs = [each for each in record.runs if each.photos == photos]
    counts = sorted({each.samples for each in runs})
    best = {each: record.accuracy(photos, each, counts[-1]) for each in DESCRIPTIONS}
    words = ", ".join(
        f"{TITLES[kind]} {format_share(share, 1)}"
        for kind, share in best.items()
        if share is not None
    )
    draw_curves(
        f"{title}: {runs[0].signs} signs",
        f"Accuracy against samples a sign. With {counts[-1]}: {words}.",
        (Axis("Samples of each sign", "log", ticks=tuple(map(float, counts))), accuracy_axis(0)),
        [
            Curve(
                TITLES[kind],
                [(each.samples, 100 * each.accuracy) for each in runs if each.description == kind],
            )
            for kind in DESCRIPTIONS
        ],
    )
    st.caption(f"{runs[0].test_photos} photos to test with.")


def _cases(record: FewShotRecord) -> list[tuple[PhotoSet, int]]:
    return list(dict.fromkeys((each.photos, each.samples) for each in record.runs))


def _row(record: FewShotRecord, photos: PhotoSet, samples: int) -> dict[str, str]:
    shares = {kind: record.accuracy(photos, kind, samples) for kind in DESCRIPTIONS}
    return {"photos": _SETS[photos], "samples": f"{samples}"} | {
        TITLES[kind]: "" if share is None else format_share(share, 1)
        for kind, share in shares.items()
    }
