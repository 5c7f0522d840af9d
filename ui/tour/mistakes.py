"""The pictures of mistakes, found in the background: where they must be drawn, it takes seconds."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import streamlit as st

from core.artifacts.store import Version, version_of
from core.common.errors import UserError
from core.reports.tour_mistakes import MisreadImage, misread_images
from core.zoo import article_specs

_SECONDS = 1.0
"""Between two looks at whether they are there."""


def misread_pictures() -> Sequence[MisreadImage]:
    """Images that models misread; none yet where the page runs again as soon as there are."""
    found = _found(tuple(version_of(name) for name in article_specs()))
    if not found.done():
        _wait(found)
        return ()
    try:
        return found.result()
    except UserError:
        return ()


@st.cache_resource(max_entries=1, show_spinner=False)
def _found(versions: tuple[Version, ...]) -> "Future[tuple[MisreadImage, ...]]":  # noqa: ARG001
    with_one_thread = ThreadPoolExecutor(1, thread_name_prefix="mistakes")
    return with_one_thread.submit(misread_images)


@st.fragment(run_every=_SECONDS)
def _wait(found: "Future[tuple[MisreadImage, ...]]") -> None:
    if found.done():
        st.rerun()
