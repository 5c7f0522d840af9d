"""The page "Guided tour": the article's story with the audience's own hand, to present."""

import re
from importlib.util import find_spec

import streamlit as st

from core.reports.tour import STEPS
from ui.page import Page, draw_download, errors_shown, run_app
from ui.tour.hand import ShownHand, choose_hand
from ui.tour.handout import handout_pdf
from ui.tour.mistakes import misread_pictures
from ui.tour.show import draw_notes, draw_show
from ui.tour.slides import slides_of

PAGE = Page(title="Guided tour", icon=":material/signpost:", order=45, group="Learn")

_STYLE = """<style>
:root {--show-top: 6.75rem}
:root:fullscreen {--show-top: 3rem}
:root:fullscreen [data-testid="stHeader"] {display: none}
.st-key-tour_tools {
  position: fixed; top: 3.75rem; left: 0; right: 0; z-index: 2; padding: 0.25rem 1rem 0;
}
:root:fullscreen .st-key-tour_tools {top: 0.25rem}
[data-testid="stPopoverBody"] {max-width: 24rem}
[data-testid="stElementContainer"] {opacity: 1 !important}
.st-key-tour_tools h1 {font-size: 1.25rem; padding: 0; white-space: nowrap}
@media (max-width: 700px) {
  .st-key-tour_tools > :has(h1) {position: absolute; clip-path: inset(50%)}
}
</style>"""
"""The slides fill the window below the navigation, and a screen altogether. They do not fade while
the app is busy. The camera with its button fits a low screen."""


@errors_shown()
def render() -> None:
    """Draw the page."""
    st.html(_STYLE)
    walk = st.query_params.get("notes", "")
    # What the window of slides made up.
    if re.fullmatch("[0-9a-f]{32}", walk):
        with st.container(key="tour_tools"):
            st.title("Speaker notes", anchor=False)
        draw_notes(walk)
        return
    with st.container(key="tour_tools", horizontal=True, vertical_alignment="center"):
        st.title(PAGE.title, anchor=False, width="stretch")
        shown = choose_hand()
        with st.popover("Handout", icon=":material/picture_as_pdf:"):
            _draw_handout(shown)
    draw_show(slides_of(STEPS, shown, misread_pictures()), shown.problem, _first_step())


def _first_step() -> int:
    """The step in the address; the first where it holds none."""
    text = st.query_params.get("step", "")
    number = int(text) if re.fullmatch("[0-9]{1,3}", text) else 1
    return number if 1 <= number <= len(STEPS) else 1


def _draw_handout(shown: ShownHand) -> None:
    st.markdown("One page to leave behind: the figures, and what the models said of this hand.")
    if find_spec("matplotlib") is None:
        st.info("This server cannot draw it: it needs the package “matplotlib”.")
        return
    # Not in the address: whoever opens a link has not agreed to anything.
    with_photo = st.toggle("With the picture of the hand", key="tour_picture")
    draw_download(
        "Download as PDF",
        lambda: handout_pdf(STEPS, shown, with_photo=with_photo),
        "how_many_fingers.pdf",
        "application/pdf",
    )


if __name__ == "__main__":
    run_app()
