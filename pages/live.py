"""The page "Live": the camera runs, and the answer follows the hand."""

import streamlit as st

import ui
from core.errors import UserError
from ui.live_camera import live_camera
from ui.readings import ready_recogniser

PAGE = ui.Page(title="Live", icon=":material/videocam:", order=20)


def render() -> None:
    """Draw the page."""
    st.title("Live", anchor=False)
    st.markdown(
        "Start the camera and hold up a hand, or both. Frames are read in memory and never stored."
    )
    try:
        ready_recogniser()
    except UserError as error:
        st.error(str(error), icon=":material/error:")
        return
    _draw_camera()


@st.fragment
def _draw_camera() -> None:
    live_camera(ready_recogniser(), key="live")


if __name__ == "__main__":
    # Streamlit runs this file itself where a link to it is the server's first visit.
    import streamlit_app

    streamlit_app.main()
