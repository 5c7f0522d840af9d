"""Many small pictures in a grid."""

from collections.abc import Iterator

import cv2
import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.common.types import Uint8Array

_SMALL_SIZE = 256


def draw_thumbnail(image: Uint8Array, caption: str, text: str) -> None:
    """One of many grey pictures, crisp when enlarged, with its name, if any, below.

    ``text`` is the alternative for those who do not see it.
    """
    times = max(1, _SMALL_SIZE // max(image.shape))
    large = np.ascontiguousarray(image).repeat(times, axis=0).repeat(times, axis=1)
    content = cv2.imencode(".png", large, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()
    st.image(content, caption=caption or None, width="stretch", alt=text)


def thumbnail_cells(count: int) -> Iterator[DeltaGenerator]:
    """Places for small pictures: six in a row, on narrow screens two."""
    for _ in range(0, count, 6):
        for third in st.columns(3, gap="small"):
            yield from third.columns(2, gap="small", wrap=False)
