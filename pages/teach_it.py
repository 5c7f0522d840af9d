"""The page "Teach it": a visitor's own signs, learnt in seconds on the classifier's features."""

import streamlit as st

from core.few_shot.features import prepare_frozen_layers
from core.few_shot.learning import Learnt, learn
from core.few_shot.lesson import LessonError
from ui.page import Page, errors_shown, run_app
from ui.teach.camera import sent_change, teach_camera
from ui.teach.results import draw_results
from ui.teach.session import TaughtSession, taught_session

PAGE = Page(title="Teach it", icon=":material/school:", order=25)

_KEY = "teach"


@errors_shown()
def render() -> None:
    """Draw the page."""
    st.title("Teach it", anchor=False)
    prepare_frozen_layers()
    session = taught_session(_KEY)
    change = sent_change(_KEY)
    if change is not None:
        try:
            session.take(change)
        except LessonError as error:
            st.warning(str(error))
    learnt = _learnt(session)
    teach_camera(session.lesson, learnt, session.can_undo, _KEY)
    draw_results(session, learnt)


def _learnt(session: TaughtSession) -> Learnt | None:
    """What was learnt of the session's lesson: once for each, and anew where a model came."""
    if not session.lesson.is_ready:
        return None
    coming = prepare_frozen_layers()
    if not coming.done():
        with st.spinner("Drawing other hands to compare with, once"):
            coming.result()
    frozen = coming.result()
    return session.learnt_once(frozen.version, lambda lesson: learn(lesson, frozen))


if __name__ == "__main__":
    run_app()
