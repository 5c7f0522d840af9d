"""The self-test on the live page: what the person shows against what the app answers."""

import secrets
from collections.abc import Sequence

import streamlit as st

from core.common.formatting import format_share
from core.common.types import FINGER_COUNTS, SIDE_NAMES
from core.live.prompts import Observation, Prompt, all_prompts
from core.live.self_test import POSE_SECONDS, SelfTest
from core.live.trial_log import ANSWERS, Proportion, Trial, TrialLog
from ui.charts.confusion_matrix import draw_confusion
from ui.choice import choose_one
from ui.live.camera import Activity, Instruction
from ui.live.game import prompt_words
from ui.page import draw_download, draw_headline
from ui.wording import SIDE_LABELS

_TEST, _TRIAL_LOG = "live test", "live trial log"
_SOURCES = {"app": "The app asks", "person": "I choose"}


def _test() -> SelfTest | None:
    return st.session_state.get(_TEST)


def _trial_log() -> TrialLog:
    trial_log: TrialLog = st.session_state.get(_TRIAL_LOG, TrialLog())
    return trial_log


def _follow(hands: Sequence[Observation], now: float) -> str:
    test = _test()
    if test is None:
        return ""
    test, trial = test.updated(hands, now)
    st.session_state[_TEST] = test if test.prompt else None
    if trial is None:
        return ""
    st.session_state[_TRIAL_LOG] = trial_log = _trial_log().with_trial(trial)
    return _file_name(len(trial_log.trials), trial)


def _shown() -> tuple[bool, TrialLog] | None:
    is_running, trial_log = _test() is not None, _trial_log()
    return (is_running, trial_log) if is_running or trial_log.trials else None


def _file_name(number: int, trial: Trial) -> str:
    words = (
        f"{number:03}_shown_{trial.prompt.fingers}_{SIDE_NAMES[trial.prompt.side]}"
        f"_answered_{trial.answer}_{trial.side_answer}.jpg"
    )
    return words.replace(" ", "-")


def _prompt() -> Instruction | None:
    test = _test()
    if test is None or test.prompt is None:
        return None
    left = f"The app's answer counts in {test.seconds_left:.0f} s"
    further = len(test.prompts) - 1
    return Instruction(prompt_words(test.prompt), f"{left} · {further} to go" if further else left)


def _ask_all() -> None:
    st.session_state[_TEST] = SelfTest(all_prompts(secrets.randbits(32)))


def _ask_one(prompt: Prompt) -> None:
    st.session_state[_TEST] = SelfTest((prompt,))


def _stop() -> None:
    st.session_state[_TEST] = None


def _clear() -> None:
    _stop()
    st.session_state[_TRIAL_LOG] = TrialLog()


def _draw() -> None:
    st.markdown(
        "How often is the app right about your hand, in your room? Show one hand at a time. What "
        f"counts is the app's answer {POSE_SECONDS:.0f} seconds after the question."
    )
    prompt = _choose_task()
    with st.container(horizontal=True, gap="small"):
        if _test() is not None:
            st.button("Stop", shortcut="S", on_click=_stop)
        elif prompt is None:
            st.button("Start: 12 hands", type="primary", shortcut="T", on_click=_ask_all)
        else:
            words = f"Record the answer in {POSE_SECONDS:.0f} s"
            st.button(words, type="primary", shortcut="T", on_click=_ask_one, args=(prompt,))
    _draw_trial_log(_trial_log())


def _choose_task() -> Prompt | None:
    """What the person is about to show; None where the app asks."""
    if choose_one("Who chooses what to show", _SOURCES, key="asks") == "app":
        return None
    left, right = st.columns(2, gap="large")
    fingers = choose_one("Fingers up", FINGER_COUNTS, "shown", 5, left)
    return Prompt(fingers, choose_one("Your hand", SIDE_LABELS, "with", "R", right))


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


SELF_TEST = Activity("Test yourself", _follow, _prompt, _shown, _draw, keeping=True)
