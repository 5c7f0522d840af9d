"""The slides in the browser, and the speaker's notes in a second window that stays in step."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from ui.component import read_component

_HTML, _CSS, _SCRIPT = read_component("tour/show", "picture", "channel", "clock", "keys", "main")
_mount = st.components.v2.component("tour_show", html=_HTML, css=_CSS, js=_SCRIPT)


def draw_show(slides: Sequence[dict[str, Any]], problem: str, start: int) -> None:
    """Draw slides, opened at a step from 1; ``problem`` says what is wrong with the photo."""
    _mount(key="tour", data={"slides": slides, "problem": problem, "start": start})


def draw_notes(walk: str) -> None:
    """Draw the notes to the slides of another window of the same browser, which sends them.

    ``walk`` is the name that this window made up; nothing of it passes through the server.
    """
    _mount(key="tour notes", data={"notesOf": walk})
