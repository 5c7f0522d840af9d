"""What a model learns from, to be seen until it begins."""

import streamlit as st

from core.common.types import FINGER_COUNTS, Uint8Array
from core.datasets.browsing import example_file
from ui.page import draw_thumbnail, errors_shown, picture_cells
from ui.wording import fingers_words


@errors_shown()
def draw_first_images() -> None:
    """An image of each count; TensorFlow takes a while to start."""
    st.markdown("**Meanwhile: what it will learn from**")
    for cell, fingers in zip(picture_cells(len(FINGER_COUNTS)), FINGER_COUNTS, strict=True):
        with cell:
            words = fingers_words(fingers)
            draw_thumbnail(_first_image(fingers), words, f"A training image: {words}.")


@st.cache_data(max_entries=12, show_spinner=False)
def _first_image(fingers: int) -> Uint8Array:
    return example_file(fingers, "R").image
