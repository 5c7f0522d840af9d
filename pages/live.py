"""The page "Live": the camera runs, and the answer follows the hand."""

import streamlit as st

from ui.choice import choose_one
from ui.live.activity import Activity, draw_activity
from ui.live.camera import live_camera
from ui.live.game import GAME
from ui.live.messages import Frame
from ui.live.self_test import SELF_TEST
from ui.live.settings import choose_settings
from ui.navigation import streamlit_pages
from ui.page import Page, errors_shown, run_app
from ui.photo_input import LIVE_SOURCE, remember_live_photo
from ui.server.models import ready_hand_recogniser

PAGE = Page(title="Live", icon=":material/videocam:", order=20)


def _draw_advice() -> None:
    st.caption(
        "Works best with the whole hand in the picture, about as large as a face in a portrait. "
        "Left and right mean your own hands, whether the picture is mirrored or not."
    )


def _nothing() -> None:
    """What there is to choose, to ask and to show while somebody only watches."""


_WATCH = Activity("Watch", _draw_advice, _nothing, lambda _: None, _nothing, _nothing)
_PLACES = {"device": "This device", "server": "The server"}
_ACTIVITIES = {"watch": _WATCH, "play": GAME, "test": SELF_TEST}


def _take(frame: Frame) -> None:
    # A result that comes late still counts, whatever the person does by then.
    for activity in _ACTIVITIES.values():
        activity.take(frame)


def _open_in_try_it(jpeg: bytes) -> None:
    remember_live_photo(jpeg)
    st.switch_page(streamlit_pages()["try_it"], query_params={"source": LIVE_SOURCE})


@errors_shown()
def render() -> None:
    """Draw the page."""
    # In one line, so that all of the camera's answer is on the screen.
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.title("Live", anchor=False, width="content")
        st.markdown(
            "Start the camera and hold up one hand or both. Your device reads the frames; where it "
            "cannot, the server does, in memory alone."
        )
    ready_hand_recogniser()
    camera = st.container()
    chosen = choose_one(
        "What to do with the camera",
        {name: each.title for name, each in _ACTIVITIES.items()},
        key="mode",
        label_visibility="collapsed",
        width="stretch",
    )
    activity = _ACTIVITIES[chosen]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        place = choose_one("What reads the camera", _PLACES, key="reads", width="content")
        settings = choose_settings()
    activity.choose()
    with camera:
        st.fragment(live_camera)(
            ready_hand_recogniser,
            activity,
            settings,
            on_device=place == "device",
            take=_take,
            open_photo=_open_in_try_it,
            key="live",
        )
    draw_activity(activity, "live")


if __name__ == "__main__":
    run_app()
