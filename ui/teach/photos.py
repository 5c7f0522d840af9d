"""Photos that are dropped as samples: each is a recording of its own."""

import numpy as np
import streamlit as st

from core.few_shot.features import frozen_layers
from core.few_shot.lesson import Lesson
from core.images.decoding import PhotoError
from ui.page import errors_shown
from ui.photo.reading import read_photos
from ui.photo_input import PhotoInput, choose_photos
from ui.server.models import ready_hand_recogniser
from ui.teach.session import TaughtSession

_LEFT_OUT = "photos that teach nothing"


def draw_photos(session: TaughtSession) -> None:
    """Draw the way to teach a sign by photos, and what came of those that were dropped."""
    with st.expander("Teach a sign with photos"):
        names = [each.name for each in session.lesson.signs]
        sign = names.index(st.selectbox("These photos show", names))
        photos, mirrored = choose_photos()
        if photos and st.button("Learn these photos", icon=":material/school:"):
            with errors_shown():
                session.teach(_taught(session.lesson, sign, photos, mirrored))
                st.rerun()
        if left_out := st.session_state.pop(_LEFT_OUT, 0):
            st.warning(f"No hand was found in {left_out} of these photos; they teach nothing.")


def _taught(lesson: Lesson, sign: int, photos: list[PhotoInput], mirrored: bool) -> Lesson:
    frozen = frozen_layers()
    left_out = 0
    for result in read_photos(photos, mirrored, ready_hand_recogniser()):
        if isinstance(result, PhotoError) or not result.recognition.hands:
            left_out += 1
            continue
        image = result.recognition.hands[0].prepared.image
        lesson = lesson.with_recording(sign, frozen.read(image)[None].astype(np.float16))
    if left_out:
        st.session_state[_LEFT_OUT] = left_out
    return lesson
