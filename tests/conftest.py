"""Fixtures that tests of pages share."""

from collections.abc import Callable, Iterator

import pytest
import streamlit as st
from browser import PATIENCE, running_app, running_browser, surely_read_sample, write_camera_film
from playwright.sync_api import Browser, Page
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


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The address of a running app."""
    with running_app() as url:
        yield url


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A Chromium whose camera shows one finger of a right hand."""
    film = tmp_path_factory.mktemp("camera") / "hand.mjpeg"
    write_camera_film(film, surely_read_sample(1, "R"))
    with running_browser(film) as started:
        yield started


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a browser profile of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE)
    yield opened
    context.close()
