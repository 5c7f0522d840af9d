"""A page that a developer adds: nothing else names it."""

import streamlit as st

from ui.page import Page

PAGE = Page(title="Newly added", icon=":material/add:", order=-1, group="New")


def render() -> None:
    """Show that this page runs."""
    st.title(PAGE.title)
