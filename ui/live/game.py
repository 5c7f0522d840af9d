"""The game on the live page: show what is asked, as fast as you can."""

import streamlit as st

from core.live.game import HELD, LONGEST_ROUND, ROUNDS, Game
from core.live.prompts import ALL_PROMPTS
from ui.live.activity import Activity, Task
from ui.live.messages import Frame
from ui.wording import hand_words

_KEY = "live game"
_TASK = Task(
    "game", ALL_PROMPTS, "Start a game", "G", rounds=ROUNDS, held=HELD, longest=LONGEST_ROUND
)


def _game() -> Game | None:
    return st.session_state.get(_KEY)


def _take(frame: Frame) -> None:
    for finished in frame.rounds:
        game = _game()
        if game is None or game.number != finished.game:
            game = Game(finished.game)
        st.session_state[_KEY] = game.with_round(finished.round)


def _choose() -> None:
    st.markdown(
        f"The app asks you {ROUNDS} times to show a count with one hand, and measures how long you "
        "take."
    )


def _draw() -> None:
    game = _game()
    if game is not None:
        _draw_rounds(game)


def _draw_rounds(game: Game) -> None:
    if game.best is not None and game.median is not None:
        best, median = st.columns(2, gap="medium")
        best.metric("Best", f"{game.best:.1f} s")
        median.metric("Median", f"{game.median:.1f} s")
    st.table(
        [
            {
                "round": f"{number}",
                "asked": hand_words(each.prompt.fingers, each.prompt.side),
                "time": "skipped" if each.seconds is None else f"{each.seconds:.1f} s",
            }
            for number, each in enumerate(game.rounds, start=1)
        ],
        hide_index=True,
    )
    st.caption(
        "The clock runs from the first frame after the question to the first one that shows the "
        f"requested hand, if it stays for {HELD} s. A round ends only when the app is right, so "
        "the game does not show how often it is wrong; “Test yourself” does."
    )


GAME = Activity("Play", _choose, lambda: _TASK, _take, _game, _draw)
