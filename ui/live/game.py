"""The game on the live page: show what is asked, as fast as you can."""

import secrets
from collections.abc import Sequence

import streamlit as st

from core.common.types import SIDE_NAMES
from core.live.game import HELD, ROUNDS, Game, new_game
from core.live.prompts import Observation, Prompt
from ui.live.camera import Activity, Instruction
from ui.wording import hand_words

_KEY = "live game"


def prompt_words(prompt: Prompt) -> str:
    """What to show, in words."""
    count = "0 (a fist)" if prompt.fingers == 0 else str(prompt.fingers)
    return f"Show {count} with your {SIDE_NAMES[prompt.side]} hand"


def _game() -> Game | None:
    return st.session_state.get(_KEY)


def _follow(hands: Sequence[Observation], now: float) -> str:
    game = _game()
    if game is not None:
        st.session_state[_KEY] = game.updated(hands, now)
    return ""


def _shown() -> int | None:
    game = _game()
    return None if game is None else len(game.rounds)


def _prompt() -> Instruction | None:
    game = _game()
    if game is None:
        return None
    if game.prompt is None:
        return Instruction("Well done! The game is over", _times_words(game))
    note = f"Round {len(game.rounds) + 1} of {len(game.prompts)} · {game.stopwatch.seconds:.1f} s"
    if game.rounds:
        last = game.rounds[-1].seconds
        note += " · last one " + ("skipped" if last is None else f"{last:.1f} s")
    return Instruction(prompt_words(game.prompt), note)


def _start() -> None:
    st.session_state[_KEY] = new_game(secrets.randbits(32))


def _skip() -> None:
    game = _game()
    if game is not None:
        st.session_state[_KEY] = game.skipped()


def _stop() -> None:
    st.session_state.pop(_KEY, None)


def _draw() -> None:
    game = _game()
    st.markdown(
        f"The app asks you {ROUNDS} times to show a count with one hand, and measures how long you "
        "take."
    )
    with st.container(horizontal=True, gap="small"):
        if game is None or game.over:
            label = "Start a game" if game is None else "Play again"
            st.button(label, type="primary", shortcut="G", on_click=_start)
        else:
            st.button("Skip this one", shortcut="S", on_click=_skip)
            st.button("End the game", shortcut="E", on_click=_stop)
    if game is not None and game.rounds:
        _draw_rounds(game)


def _times_words(game: Game) -> str:
    if game.best is None or game.median is None:
        return "Every round was skipped."
    return f"Best {game.best:.1f} s, median {game.median:.1f} s."


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


GAME = Activity("Play", _follow, _prompt, _shown, _draw)
