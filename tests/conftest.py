"""Fixtures that tests of every page share."""

from collections.abc import Callable

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

OpenPage = Callable[..., AppTest]


@pytest.fixture
def open_page() -> OpenPage:
    """Opens a page by the name of its file, with settings in the URL; not yet run."""
    st.cache_resource.clear()

    def opened(name: str, **settings: str) -> AppTest:
        source = f"from pages.{name} import render\nrender()"
        at = AppTest.from_string(source, default_timeout=60)
        for setting, value in settings.items():
            at.query_params[setting] = value
        return at

    return opened
