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
    """A row of buttons of which one is chosen.

    Args:
        label: above the buttons.
        options: to choose from, perhaps each with the words that are shown for it.
        key: of the choice, and its name in the address.
        default: chosen at first, and where the address holds none of the options; else the first.
        place: where it stands; by default where the page is being drawn.
        looks: as of ``st.segmented_control``.
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
