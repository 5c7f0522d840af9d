"""What a page is, and the large headline and pictures on it."""

import html
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.common.errors import UserError
from core.common.types import Uint8Array
from core.experiments.records.store import MissingRecordError

APP_NAME = "How many fingers?"

ABOUT = (
    f"**{APP_NAME}** tells you how many fingers a hand in a photo holds up, and which hand "
    "it is. Photos are processed in memory and never stored."
)

PAGE_WIDTH = 1120

APP_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<g fill="none" stroke="#0f766e" stroke-width="4" stroke-linecap="round">'
    '<path d="M10 15V7M15.5 14V4M21 15V6M26 18v-7M10 22l-6-6"/></g>'
    '<rect x="8" y="15" width="20" height="14" rx="7" fill="#0f766e"/></svg>'
)
"""An image, since Streamlit's browser code fetches the icons it knows from a font server."""

_CRISP_SIZE, _SMALL_SIZE = 512, 256


@dataclass(frozen=True)
class Page:
    """What the router needs to know of a page, before it runs.

    Attributes:
        icon: an emoji, or a Material icon as ``:material/name:``.
        order: pages are listed by it; the first one opens the app.
        group: the heading under which the navigation lists it; none where it is empty.
        prepare: what a server does once it has started, so that the page's first visitor need not
            wait for it.
    """

    title: str
    icon: str
    order: int
    group: str = ""
    prepare: Callable[[], None] | None = None


def run_app() -> None:
    """Run the whole app: Streamlit runs a page's file itself where that is its first visit."""
    import streamlit_app

    streamlit_app.main()


@contextmanager
def errors_shown() -> Iterator[None]:
    """Show a UserError where it happens, and leave out the rest of the block or function."""
    try:
        yield
    except MissingRecordError as error:
        st.info(str(error), icon=":material/hourglass_empty:")
    except UserError as error:
        st.error(str(error), icon=":material/error:")


def draw_headline(text: str) -> None:
    """The answer, large, and spoken by screen readers as soon as it changes."""
    st.markdown(
        '<div role="status" style="font-size:clamp(2.25rem,6vw,3.5rem);font-weight:700;'
        f'line-height:1.1;letter-spacing:-0.02em;padding-bottom:.25em">{html.escape(text)}</div>',
        unsafe_allow_html=True,
    )


def draw_download(
    label: str, content: str | bytes | Callable[[], bytes], file_name: str, kind: str
) -> None:
    """A button that saves a file of this MIME type, which may be made only then."""
    icon = ":material/download:"
    st.download_button(label, content, file_name, kind, icon=icon, on_click="ignore")


def draw_picture(image: Uint8Array | bytes, title: str, explanation: str, text: str) -> None:
    """A picture with its title above and one sentence below; ``text`` is its alternative.

    An encoded file is shown as it is; pixels stay crisp when they are enlarged.
    """
    st.markdown(f"**{title}**")
    content = image if isinstance(image, bytes) else crisp_png(image, _CRISP_SIZE)
    st.image(content, width="stretch", alt=text)
    st.caption(explanation)


def crisp_png(image: Uint8Array, size: int) -> bytes:
    """Grey or RGB as a PNG file, enlarged up to a size by repeating pixels: browsers blur them."""
    times = max(1, size // max(image.shape[:2]))
    large = image.repeat(times, axis=0).repeat(times, axis=1)
    if large.ndim == 3:
        large = np.asarray(cv2.cvtColor(large, cv2.COLOR_RGB2BGR), np.uint8)
    # OpenCV writes PNG several times faster than st.image does.
    return cv2.imencode(".png", large, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()


def draw_thumbnail(image: Uint8Array, caption: str, text: str) -> None:
    """One of many grey pictures, crisp when enlarged, with its name, if any, below.

    ``text`` is the alternative for those who do not see it.
    """
    st.image(crisp_png(image, _SMALL_SIZE), caption=caption or None, width="stretch", alt=text)


def picture_cells(
    count: int, pairs: int = 3, gap: Literal["small", "medium"] = "small"
) -> Iterator[DeltaGenerator]:
    """Places for pictures: so many pairs in a row, on narrow screens one."""
    for _ in range(0, count, 2 * pairs):
        for pair in st.columns(pairs, gap=gap):
            yield from pair.columns(2, gap=gap, wrap=False)
