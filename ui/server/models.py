"""The models of the server's process, each loaded once and used once before it answers anyone."""

import cv2
import streamlit as st

from core.common.types import Photo
from core.hands.pipeline import (
    ArticleRecogniser,
    Recogniser,
    hand_recogniser,
    recognise,
    recogniser_with,
)
from core.synthetic.sample_photos import draw_sample


@st.cache_resource(show_spinner="Loading the models")
def ready_recogniser() -> Recogniser:
    """The models that read photos, loaded, and used once so that no photo waits for that.

    Raises:
        UserError: a model is not trained or its file is damaged.
    """
    # Sessions share the cores: a photo that takes them all keeps the others waiting.
    cv2.setNumThreads(1)
    return _used_once(hand_recogniser())


@st.cache_resource(show_spinner="Loading the article's models")
def ready_article_recogniser() -> Recogniser:
    """The article's two models, loaded and used once.

    Raises:
        UserError: a model is not trained or its file is damaged.
    """
    return _used_once(ArticleRecogniser())


@st.cache_resource(show_spinner="Loading the model", max_entries=32)
def ready_recogniser_with(model: str) -> Recogniser:
    """A model of the zoo with what it needs to read photos, loaded and used once.

    Raises:
        UserError: a model is not trained or its file is damaged.
    """
    return _used_once(recogniser_with(model))


def _used_once(recogniser: Recogniser) -> Recogniser:
    recognise(Photo(draw_sample(5, "R", 0, width=160, height=120).pixels), recogniser)
    return recogniser
