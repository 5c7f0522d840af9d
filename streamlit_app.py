"""The app's entry: finds the pages of ``pages/`` and shows the one that was asked for."""

from collections import defaultdict

import streamlit as st
from starlette.formparsers import MultiPartParser
from streamlit.navigation.page import StreamlitPage

from core.images.decoding import MAX_BYTES
from ui.navigation import find_pages, streamlit_pages
from ui.page import ABOUT, APP_ICON, APP_NAME, PAGE_WIDTH

_LESS_BLANK = "<style>.stMainBlockContainer {padding-block: 4.5rem 4rem}</style>"
"""Streamlit leaves 6 and 10 rem blank above and below a page, and has no setting for it."""


def keep_uploads_in_memory() -> None:
    """Keep photos off the disk, on which the web server parks uploads of more than 1 MB."""
    MultiPartParser.spool_max_size = 2 * MAX_BYTES


def main() -> None:
    """Set up the app, list its pages, and run one."""
    keep_uploads_in_memory()
    st.set_page_config(
        page_title=APP_NAME,
        page_icon=APP_ICON,
        layout="wide",
        # With an entry of its own the menu appears, and with it the choice of light or dark.
        menu_items={"About": ABOUT},
    )
    groups: dict[str, list[StreamlitPage]] = defaultdict(list)
    pages = streamlit_pages()
    for module, page in zip(find_pages(), pages.values(), strict=True):
        groups[module.PAGE.group].append(page)
    chosen = st.navigation(groups, position="top")
    st.set_page_config(page_title=f"{chosen.title} · {APP_NAME}")
    st.html(_LESS_BLANK)
    with (
        st.container(horizontal_alignment="center"),
        st.container(width=PAGE_WIDTH, gap="medium"),
    ):
        chosen.run()


if __name__ == "__main__":
    main()
