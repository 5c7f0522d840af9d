"""What a person does with the live camera: the browser asks and judges, the page keeps score."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from core.live.prompts import Prompt
from ui.live.messages import Frame


@dataclass(frozen=True)
class Task:
    """What the browser asks of the person, and how it is judged there; times in seconds.

    Attributes:
        kind: "game" or "test".
        hands: that are asked for, in any order.
        begin, key: the words of the button that begins it, and the key.
        rounds: of a game; a test has one of each hand.
        held: for which a hand of a game must be shown.
        longest: that a round of a game may take.
        pose: after which the answer of a test counts.
        recorded: how many trials there are already.
    """

    kind: Literal["game", "test"]
    hands: tuple[Prompt, ...]
    begin: str
    key: str
    rounds: int = 0
    held: float = 0.0
    longest: float = 0.0
    pose: float = 0.0
    recorded: int = 0


@dataclass(frozen=True)
class Activity:
    """What a person does with the camera.

    Attributes:
        choose: draws what it is about, and what the person chooses, below the camera.
        task: what the browser is to ask, if anything.
        take: takes what the browser judged since the last time.
        shown: what ``draw`` shows now, None where it is as at the start; where that changes, the
            page is drawn again.
    """

    title: str
    choose: Callable[[], None]
    task: Callable[[], Task | None]
    take: Callable[[Frame], None]
    shown: Callable[[], object]
    draw: Callable[[], None]


def draw_activity(activity: Activity, key: str) -> None:
    """Draw an activity's results, and remember what that showed."""
    activity.draw()
    shown = (activity.title, activity.shown())
    drawn, times = st.session_state.get(f"{key} drawn", (None, 0))
    st.session_state[f"{key} drawn"] = (shown, times + 1 if shown == drawn else 1)


def is_out_of_date(activity: Activity, key: str) -> bool:
    """Whether the page below the camera must be drawn again.

    What an activity shows is drawn twice, since Streamlit may drop what a run of the page drew
    where the run of a frame follows at once.
    """
    drawn: object
    times: int
    drawn, times = st.session_state.get(f"{key} drawn", (None, 0))
    shown = activity.shown()
    return drawn != (activity.title, shown) or (shown is not None and times < 2)
