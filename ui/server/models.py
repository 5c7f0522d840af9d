"""The models of the server's process, each loaded once and used once before it answers anyone."""

import cv2
import streamlit as st

from core.common.types import Photo
from core.hands.pipeline import (
    DEFAULT_FINGERS_MODEL,
    HandRecogniser,
    Recogniser,
    hand_recogniser,
    recognise,
    recogniser_with,
)
from core.synthetic.sample_photos import draw_sample


def ready_recogniser(model: str | None = None) -> Recogniser:
    """The models that read photos, or the article's with ``model`` among them.

    They are those that are published now; the first were used once, so that no photo waits.

    Raises:
        UserError: a model is not trained or its file is damaged.
    """
    _use_once(model)
    return recogniser_with(model)


def ready_hand_recogniser() -> HandRecogniser:
    """The models for any camera.

    Raises:
        UserError: a model is not trained or its file is damaged.
    """
    _use_once(None)
    return hand_recogniser()


def ready_article_recogniser() -> Recogniser:
    """The article's two models.

    Raises:
        UserError: a model is not trained or its file is damaged.
    """
    return ready_recogniser(DEFAULT_FINGERS_MODEL)


@st.cache_resource(show_spinner="Loading the models")
def _use_once(model: str | None) -> None:
    # Sessions share the cores: a photo that takes them all keeps the others waiting.
    cv2.setNumThreads(1)
    photo = Photo(draw_sample(5, "R", 0, width=160, height=120).pixels)
    recognise(photo, recogniser_with(model))
