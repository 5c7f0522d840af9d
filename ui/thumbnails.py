"""Many small pictures in a grid."""

from collections.abc import Iterator

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.common.types import Uint8Array
from ui.page import crisp_png

_SMALL_SIZE = 256


def draw_thumbnail(image: Uint8Array, caption: str, text: str) -> None:
    """One of many grey pictures, crisp when enlarged, with its name, if any, below.

    ``text`` is the alternative for those who do not see it.
    """
    st.image(crisp_png(image, _SMALL_SIZE), caption=caption or None, width="stretch", alt=text)


def thumbnail_cells(count: int) -> Iterator[DeltaGenerator]:
    """Places for small pictures: six in a row, on narrow screens two."""
    for _ in range(0, count, 6):
        for third in st.columns(3, gap="small"):
            yield from third.columns(2, gap="small", wrap=False)
