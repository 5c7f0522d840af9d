"""A new page is one file in pages/."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
import streamlit as st
from streamlit.navigation.page import StreamlitPage
from streamlit.testing.v1 import AppTest

import pages
from tests.helpers.browser import ROOT
from tests.helpers.one_file import entry_text, folder_added
from ui.navigation import find_pages


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """One more folder of pages."""
    with folder_added(pages, tmp_path) as added:
        yield added


def test_a_new_page_is_listed_and_opens(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "new_page.py").write_text(entry_text("new_page"))
    listed: dict[str, list[str]] = {}
    navigate = st.navigation

    def navigation(groups: Mapping[str, Sequence[StreamlitPage]], position: str) -> StreamlitPage:
        listed.update({name: [page.title for page in group] for name, group in groups.items()})
        assert position == "top"
        return navigate(groups, position="top")

    monkeypatch.setattr(st, "navigation", navigation)
    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
    assert not at.exception
    # Its order is the least, so it opens the app.
    assert [title.value for title in at.title] == ["Newly added"]
    assert listed["New"] == ["Newly added"]
    assert sum(map(len, listed.values())) == len(find_pages()) > 1


@pytest.mark.parametrize("lack", ["PAGE", "render"])
def test_a_broken_page_fails_loudly(folder: Path, lack: str) -> None:
    (folder / "lame.py").write_text(entry_text("new_page", **{lack: "something_else"}))
    with pytest.raises(TypeError, match=rf"pages\.lame is not a page: it needs .*{lack}"):
        find_pages()
