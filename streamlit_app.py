"""The app's entry: finds the pages of ``pages/`` and shows the one that was asked for."""

from collections import defaultdict

import streamlit as st
from starlette.formparsers import MultiPartParser
from streamlit.navigation.page import StreamlitPage
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.images.decoding import MAX_BYTES
from ui.navigation import find_pages, streamlit_pages
from ui.page import ABOUT, APP_ICON, APP_NAME, PAGE_WIDTH

_STYLE = """<style>
.stMainBlockContainer {padding-block: 4.5rem 4rem}
[data-testid^="stBaseButton-primary"], [data-testid="stMultiSelect"] span[title] {
  color: light-dark(#ffffff, #0b1413);
}
[data-testid="stExpandSidebarButton"]::after {content: "Menu"}
[data-testid="stFileChip"]:has([role="alert"]) {flex-wrap: wrap; height: auto; max-width: 100%}
[data-testid="stFileChip"] [role="alert"] {
  position: static; width: 100%; height: auto; margin: 0; clip: auto; clip-path: none;
  overflow: visible; white-space: normal;
}
[data-testid="stFileChip"] [role="alert"]::after {
  content: " Save the photo smaller, or choose another one.";
}
</style>"""
"""What Streamlit has no setting for: it leaves 6 and 10 rem blank above and below a page, writes in
white on the accent, which in the dark theme is too bright for that (1.9:1), and opens its menu on
phones by an arrow without a word. Why a file was refused it tells screen readers alone."""

_GROUP_IS_OPEN = """<style>
[data-testid="stTopNavSection"] {background: rgb(160 187 187 / 25%)}
[data-testid="stTopNavSection"] p {font-weight: 600}
</style>"""
"""As Streamlit marks an entry of its own; it marks no group."""


def keep_uploads_in_memory() -> None:
    """Keep photos off the disk, on which the web server parks uploads of more than 1 MB."""
    MultiPartParser.spool_max_size = 2 * MAX_BYTES


def restore_settings() -> None:
    """Take the settings of a page that the visitor went back to from its link.

    Streamlit drops those for which the page before had a setting of the same name.
    """
    context = get_script_run_ctx()
    if context is not None and context.is_history_navigation:
        with context.session_state.query_params() as settings:
            settings.populate_from_query_string(context.query_string)
            settings.set_initial_query_params(context.query_string)


def main() -> None:
    """Set up the app, list its pages, and run one."""
    keep_uploads_in_memory()
    restore_settings()
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
    st.html(_STYLE)
    if chosen not in groups[""]:
        st.html(_GROUP_IS_OPEN)
    with (
        st.container(horizontal_alignment="center"),
        st.container(width=PAGE_WIDTH, gap="medium"),
    ):
        chosen.run()


if __name__ == "__main__":
    main()
