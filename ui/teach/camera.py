"""The camera that gathers samples of signs and shows the answers: a component of the browser."""

from dataclasses import asdict
from typing import Any

import streamlit as st

from core.few_shot.learning import Learnt
from core.few_shot.lesson import MAX_SIGNS, Lesson
from core.hands.tracking import TrackingSettings
from ui.component import read_component
from ui.server.assets import engine_files
from ui.teach.messages import Change, checked_change

_PARTS = ("navigation", "pace", "device_reader", "camera", "loading")
HTML, CSS, SCRIPT = read_component(
    "teach/teach", *(f"../live/{each}" for each in _PARTS), "head", "samples", "signs", "main"
)
_mount = st.components.v2.component("teach_camera", html=HTML, css=CSS, js=SCRIPT)


def sent_change(key: str) -> Change | None:
    """What the visitor did in the component since the last run of the page."""
    change = checked_change((st.session_state.get(key) or {}).get("change"))
    # A rerun of the page meets the change of the run before once more.
    if change is None or change.sequence <= st.session_state.get(f"{key} sequence", 0):
        return None
    st.session_state[f"{key} sequence"] = change.sequence
    return change


def teach_camera(lesson: Lesson, learnt: Learnt | None, can_undo: bool, key: str) -> None:
    """Mount the component with what it is to show of the lesson."""
    _mount(
        key=key,
        on_change_change=lambda: None,
        data={
            "engine": engine_files(),
            "settings": asdict(TrackingSettings(max_hands=1)) | {"answer": None},
            "signs": _signs(lesson, learnt),
            "most": MAX_SIGNS,
            "undo": can_undo,
            "head": None if learnt is None else _head(learnt),
        },
    )


def _signs(lesson: Lesson, learnt: Learnt | None) -> list[dict[str, Any]]:
    harmful = () if learnt is None else learnt.harmful
    return [
        {
            "name": sign.name,
            "recordings": [
                {
                    "number": each.number,
                    "samples": len(each.features),
                    "harmful": [one.place for one in harmful if one.recording == each.number],
                }
                for each in sign.recordings
            ],
        }
        for sign in lesson.signs
    ]


def _head(learnt: Learnt) -> dict[str, Any]:
    head = learnt.head
    return {
        "weights": head.weights.round(5).tolist(),
        "biases": head.biases.round(5).tolist(),
        "threshold": head.threshold,
    }
