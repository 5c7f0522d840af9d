"""The network and one unit of it on the page, drawn by the browser."""

from collections.abc import Callable

import streamlit as st

from core.inspection.network import Inspection
from ui.component import read_component
from ui.inspection.payload import network_data, unit_data
from ui.inspection.places import Place, checked_place, most_active

_HTML, _CSS, _SCRIPT = read_component(
    "inspection/inspection",
    "../palette",
    "numbers",
    "parts",
    "lines",
    "network",
    "map_unit",
    "row_unit",
    "main",
)
_mount = st.components.v2.component("network_inside", html=_HTML, css=_CSS, js=_SCRIPT)


def draw_inspection(
    inspection: Inspection, place: Place, chosen: Callable[[Place], None], key: str
) -> None:
    """Draw all columns, and the place closely; call it in a fragment, which runs at each choice.

    ``chosen`` is called with the place that the visitor chose.
    """

    def choose() -> None:
        message = (st.session_state.get(key) or {}).get("chosen")
        found = checked_place(inspection, message)
        if found is not None:
            is_other = found[:2] != place[:2]
            chosen(most_active(inspection, found.column, found.number) if is_other else found)

    _mount(
        key=key,
        on_chosen_change=choose,
        data={"network": network_data(inspection), "unit": unit_data(inspection, place)},
    )
