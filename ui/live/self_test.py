"""The self-test on the live page: what the person shows against what the app answers."""

import streamlit as st

from core.common.formatting import format_share
from core.common.types import FINGER_COUNTS
from core.live.prompts import ALL_PROMPTS, Prompt
from core.live.trial_log import ANSWERS, POSE_SECONDS, Proportion, TrialLog
from ui.charts.confusion_matrix import draw_confusion
from ui.choice import choose_one
from ui.live.activity import Activity, Task
from ui.live.messages import Frame
from ui.page import draw_download, draw_headline
from ui.wording import SIDE_LABELS

_TRIAL_LOG, _CHOSEN = "live trial log", "live test chosen"
_SOURCES = {"app": "The app asks", "person": "I choose"}


def _trial_log() -> TrialLog:
    trial_log: TrialLog = st.session_state.get(_TRIAL_LOG, TrialLog())
    return trial_log


def _take(frame: Frame) -> None:
    for finished in frame.trials:
        st.session_state[_TRIAL_LOG] = _trial_log().with_trial(finished.trial)


def _shown() -> TrialLog | None:
    return _trial_log() if _trial_log().trials else None


def _clear() -> None:
    st.session_state[_TRIAL_LOG] = TrialLog()


def _task() -> Task:
    chosen: Prompt | None = st.session_state.get(_CHOSEN)
    hands = ALL_PROMPTS if chosen is None else (chosen,)
    begin = f"Record the answer in {POSE_SECONDS:.0f} s" if chosen else f"Start: {len(hands)} hands"
    recorded = len(_trial_log().trials)
    return Task("test", hands, begin, "T", pose=POSE_SECONDS, recorded=recorded)


def _choose() -> None:
    st.markdown(
        "How often is the app right about your hand, in your room? Show one hand at a time. What "
        f"counts is the app's answer {POSE_SECONDS:.0f} seconds after the question."
    )
    st.session_state[_CHOSEN] = _chosen()


def _chosen() -> Prompt | None:
    """What the person is about to show; None where the app asks."""
    if choose_one("Who chooses what to show", _SOURCES, key="asks") == "app":
        return None
    left, right = st.columns(2, gap="large")
    fingers = choose_one("Fingers up", FINGER_COUNTS, "shown", 5, left)
    return Prompt(fingers, choose_one("Your hand", SIDE_LABELS, "with", "R", right))


def _draw() -> None:
    _draw_trial_log(_trial_log())


def _draw_trial_log(trial_log: TrialLog) -> None:
    counts, sides = trial_log.counts, trial_log.sides
    if counts is None or sides is None:
        st.info("The results appear here after the first answer.", icon=":material/grid_on:")
        return
    draw_headline(f"{counts.right} of {counts.trials} counts right")
    st.markdown(
        f"Counts: **{_share_words(counts)}**. Hands: {sides.right} of {sides.trials} right, "
        f"{_share_words(sides)}. “No hand” and “not sure” count as wrong."
    )
    draw_confusion(
        "What you showed, and what the app answered",
        [str(count) for count in FINGER_COUNTS],
        trial_log.matrix,
        "shown",
        "answered",
        answers=ANSWERS,
    )
    with st.container(horizontal=True, gap="small"):
        draw_download("Download as CSV", trial_log.as_csv(), "self_test.csv", "text/csv")
        st.button("Start over", on_click=_clear)
    st.caption("The results stay in memory while this page is open, without pictures.")


def _share_words(share: Proportion) -> str:
    low, high = share.interval
    ends = f"{format_share(low, 0)} to {format_share(high, 0)}"
    return f"{format_share(share.share, 0)} (95% interval {ends})"


SELF_TEST = Activity("Test yourself", _choose, _task, _take, _shown, _draw)
