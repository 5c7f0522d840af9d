"""One choice of several, held in the page's address."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

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
    _take_spelling([str(looks.get("format_func", str)(each)) for each in known], key)
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


def _take_spelling(labels: Sequence[str], key: str) -> None:
    """Take a label in the link for itself in whatever case it is written; Streamlit would not."""
    context = get_script_run_ctx()
    if context is None:
        return
    pairs = parse_qsl(context.query_string, keep_blank_values=True)
    given = dict(pairs).get(key)
    spelled = [each for each in labels if given and each.casefold() == given.casefold()]
    if not spelled or given in labels:
        return
    corrected = [(name, spelled[0] if name == key else value) for name, value in pairs]
    context.query_string = urlencode(corrected)
    with context.session_state.query_params() as settings:
        settings.set_initial_query_params(context.query_string)
