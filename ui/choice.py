"""One choice of several, held in the page's address."""

from collections.abc import Sequence
from typing import Any, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

Option = TypeVar("Option")


def choose_one(
    label: str,
    options: Sequence[Option],
    default: Option,
    key: str,
    place: DeltaGenerator | None = None,
    **looks: Any,
) -> Option:
    """A row of buttons of which one is chosen.

    Args:
        label: of the choice.
        options: to choose from.
        default: chosen at first, and where the address holds none of the options.
        key: of the choice, and its name in the address.
        place: where it stands; by default where the page is being drawn.
        looks: as of ``st.segmented_control``.
    """
    chosen: Option | None = (place or st).segmented_control(
        label, options, default=default, required=True, key=key, bind="query-params", **looks
    )
    # An empty setting in a link chooses nothing, although a choice is required.
    return default if chosen is None else chosen
