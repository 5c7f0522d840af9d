"""One choice of several, held in the page's address."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

Option = TypeVar("Option")


def choose_one(
    label: str,
    options: Sequence[Option] | Mapping[Option, str],
    key: str,
    default: Option | None = None,
    place: DeltaGenerator | None = None,
    **looks: Any,
) -> Option:
    """A row of buttons of which one is chosen, in its place or where the page is being drawn.

    Options may come with the words that are shown for them. The key is also the choice's name in
    the address; the default, else the first option, is chosen where the address holds none of them.
    ``looks`` are as of ``st.segmented_control``.
    """
    if isinstance(options, Mapping):
        looks["format_func"] = options.__getitem__
    known = list(options)
    default = known[0] if default is None else default
    chosen: Option | None = (place or st).segmented_control(
        label, known, default=default, required=True, key=key, bind="query-params", **looks
    )
    # An empty setting in a link chooses nothing, although a choice is required.
    return default if chosen is None else chosen


def choose_from(
    label: str,
    options: Sequence[Option] | Mapping[Option, str],
    key: str,
    default: Option | None = None,
    place: DeltaGenerator | None = None,
    **looks: Any,
) -> Option:
    """The same with a list instead of buttons; ``looks`` are as of ``st.selectbox``."""
    if isinstance(options, Mapping):
        looks["format_func"] = options.__getitem__
    known = list(options)
    first = 0 if default is None else known.index(default)
    chosen: Option = (place or st).selectbox(
        label, known, first, key=key, bind="query-params", **looks
    )
    return chosen
