"""What a page shows of what was learnt: how far to trust it, and what it is made of."""

import streamlit as st

from core.artifacts.store import SERVING_FILE, read_verified
from core.common.formatting import format_share
from core.few_shot.export import JAVASCRIPT, PYTHON, head_model, usage
from core.few_shot.features import frozen_layers
from core.few_shot.head_file import MAX_BYTES, head_json, open_head
from core.few_shot.learning import Head, Learnt, Verdict
from core.few_shot.own_counts import COUNTS_LESSON, own_counts
from core.hands.pipeline import HAND_CLASSIFIER
from ui.charts.confusion_matrix import draw_confusion
from ui.page import draw_download, errors_shown
from ui.teach.drawing import draw_transfer
from ui.teach.measured import draw_measured
from ui.teach.photos import draw_photos
from ui.teach.session import TaughtSession
from ui.wording import as_text


def draw_results(session: TaughtSession, learnt: Learnt | None) -> None:
    """Draw the verdict, the drawing, and the ways in and out."""
    names = tuple(each.name for each in session.lesson.signs)
    if learnt is None:
        missing = [each.name for each in session.lesson.signs if not each.recordings]
        st.info(f"Still to be shown: {as_text(', '.join(missing))}.", icon=":material/back_hand:")
    else:
        _draw_verdict(learnt)
        _draw_own_counts(session, learnt)
    draw_photos(session)
    if session.lesson != COUNTS_LESSON and st.button(
        "Teach the counts of your own hand",
        icon=":material/back_hand:",
        help="Six signs, 0 to 5, which correct the reader for your hand and your camera.",
    ):
        session.teach(COUNTS_LESSON)
        st.rerun()
    draw_transfer(None if learnt is None else learnt.head, names)
    _draw_files(session, learnt)
    draw_measured()


def _draw_verdict(learnt: Learnt) -> None:
    verdict = learnt.verdict
    st.markdown(_verdict_words(verdict))
    if not verdict.recordings:
        return
    names = learnt.head.names
    draw_confusion(
        "Each recording, answered by a head that never saw it",
        names,
        verdict.confusion.tolist(),
        "Shown",
        "answered",
        (*names, "none"),
    )
    st.caption(
        f"Samples. “None” is an answer under {format_share(learnt.head.threshold, 0)}, a limit "
        "that held-out samples and drawn hands choose. Another person, room or camera may do worse."
    )


def _draw_own_counts(session: TaughtSession, learnt: Learnt) -> None:
    found = own_counts(session.lesson, learnt, frozen_layers())
    if found is None:
        return
    before, after = (format_share(each / found.samples, 1) for each in (found.before, found.after))
    st.markdown(
        f"**Counts of your own hand:** of {found.samples} held-out samples, the reader alone "
        f"counts {before} right; corrected by your other recordings, **{after}**."
    )


def _verdict_words(verdict: Verdict) -> str:
    if verdict.alone:
        return (
            f":material/hourglass_empty: **Too little to judge.** Record once more, with the hand "
            f"put down in between: {as_text(', '.join(verdict.alone))}."
        )
    found = f"{verdict.right} of {verdict.recordings} recordings are recognised"
    if verdict.is_told_from_chance:
        return (
            f":material/check_circle: **{found}** by the others of their sign; guessing would do "
            f"so in {_rarely(verdict.chance)}."
        )
    return (
        f":material/hourglass_empty: **Too little to tell from chance.** {found}, and guessing "
        f"does as well in {_rarely(verdict.chance)}. Record each sign once more."
    )


def _rarely(chance: float) -> str:
    if chance < 0.001:
        return "fewer than 1 of 1,000 tries"
    return f"{format_share(chance, 0 if chance > 0.05 else 1)} of tries"


def _draw_files(session: TaughtSession, learnt: Learnt | None) -> None:
    st.header("Keep it, or open another", anchor=False)
    if learnt is not None:
        content = head_json(learnt.head, session.lesson, frozen_layers().version)
        draw_download("Download the head", content, "my_signs.json", "application/json")
        _draw_export(learnt.head)
    _draw_opening(session)


def _draw_export(head: Head) -> None:
    with st.expander("Use it in a program of your own"):
        st.markdown(
            "One file has the whole classifier and your head; it needs neither this app "
            "nor TensorFlow."
        )
        draw_download(
            "Download the model",
            lambda: _exported(head),
            "my_signs.tflite",
            "application/octet-stream",
        )
        python, javascript = st.tabs(["Python", "JavaScript"])
        python.code(usage(PYTHON, head), "python")
        javascript.code(usage(JAVASCRIPT, head), "javascript")


def _exported(head: Head) -> bytes:
    return head_model(read_verified(HAND_CLASSIFIER, SERVING_FILE), head)


@errors_shown()
def _draw_opening(session: TaughtSession) -> None:
    file = st.file_uploader(
        "Open a head that was downloaded here",
        type=[".json"],
        key="head",
        max_upload_size=MAX_BYTES // 10**6,
    )
    if file is None or st.session_state.get("opened head") == file.file_id:
        return
    lesson = open_head(file.getvalue(), frozen_layers().version)
    st.session_state["opened head"] = file.file_id
    session.teach(lesson)
    st.rerun()
