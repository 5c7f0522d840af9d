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
    *,
    listed: bool = False,
    **looks: Any,
) -> Option:
    """A row of buttons, or a list, of which one is chosen, in its place or where the page is.

    Options may come with the words that are shown for them. The key is also the choice's name in
    the address; the default, else the first option, is chosen where the address holds none of them.
    ``looks`` are as of ``st.segmented_control``, or of ``st.selectbox`` for a list.
    """
    if isinstance(options, Mapping):
        looks["format_func"] = options.__getitem__
    known = list(options)
    default = known[0] if default is None else default
    looks |= {"key": key, "bind": "query-params"}
    where = place or st
    chosen: Option | None
    if listed:
        chosen = where.selectbox(label, known, known.index(default), **looks)
    else:
        chosen = where.segmented_control(label, known, default=default, required=True, **looks)
    # An empty setting in a link chooses nothing, although a choice is required.
    return default if chosen is None else chosen
