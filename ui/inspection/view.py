"""The network and one unit of it on the page; what is chosen there is kept in the link."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from core.inspection.columns import Column
from core.inspection.network import Inspection
from ui.component import read_component
from ui.inspection.payload import Place, network_data, unit_data

_HTML, _CSS, _SCRIPT = read_component(
    "inspection/inspection",
    "../palette",
    "numbers",
    "parts",
    "network",
    "map_unit",
    "row_unit",
    "main",
)
_mount = st.components.v2.component("network_inside", html=_HTML, css=_CSS, js=_SCRIPT)

_LARGEST = 4096
"""No picture has a side of more pixels, and no layer more maps."""


def first_place(inspection: Inspection) -> Place:
    """What a fresh visitor sees closely: the strongest path's map of the first convolution.

    Without one it is the answer.
    """
    for key, number, row, at in reversed(inspection.path):
        place = inspection.place_of(key)
        assert place is not None
        if inspection.columns[place].kind in ("convolution", "block", "pooling"):
            return Place(key, number, 0, row, at)
    return Place(inspection.columns[-1].key, inspection.answer, 0, 0, 0)


def checked_place(inspection: Inspection, message: object) -> Place | None:
    """A place from what the browser or a link says, which may be anything; None where it is none.

    Numbers beyond what a column has are bounded.
    """
    if not isinstance(message, Mapping):
        return None
    found = inspection.place_of(message.get("column")) if _is_key(message) else None
    if found is None:
        return None
    column = inspection.columns[found]
    before = inspection.columns[max(found - 1, 0)]
    numbers = [_number(message, name) for name in ("number", "channel", "row", "at")]
    if None in numbers:
        return None
    number, channel, row, at = (each or 0 for each in numbers)
    maps = len(inspection.labels) if column.kind == "answer" else column.maps
    return Place(
        column.key,
        min(number, maps - 1),
        min(channel, _channels(column, before) - 1),
        row,
        at,
    )


def _is_key(message: Mapping[Any, Any]) -> bool:
    return isinstance(message.get("column"), str)


def _number(message: Mapping[Any, Any], name: str) -> int | None:
    value = message.get(name)
    return value if type(value) is int and 0 <= value < _LARGEST else None


def _channels(column: Column, before: Column) -> int:
    """How many maps a map of this column is a sum of."""
    if column.kind == "block":
        return column.maps
    return before.maps if column.kind == "convolution" else 1


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
            chosen(found)

    _mount(
        key=key,
        on_chosen_change=choose,
        data={"network": network_data(inspection), "unit": unit_data(inspection, place)},
    )


def linked_place(inspection: Inspection) -> Place:
    """The place that the page's link names, or what a fresh visitor sees."""
    given = st.query_params
    row, _, at = given.get("pixel", "").partition("-")
    message = {
        "column": given.get("layer"),
        "number": _from_one(given.get("map", "1")),
        "channel": _from_one(given.get("from", "1")),
        "row": _from_one(row),
        "at": _from_one(at),
    }
    return checked_place(inspection, message) or first_place(inspection)


def _from_one(text: str) -> int:
    """A number that counts from 1, as one that counts from 0; the first where it is none."""
    return max(int(text) - 1, 0) if text.isascii() and text.isdigit() and len(text) < 5 else 0


def keep_in_link(place: Place) -> None:
    """Name a place in the page's link."""
    st.query_params.update(
        {
            "layer": place.column,
            "map": f"{place.number + 1}",
            "from": f"{place.channel + 1}",
            "pixel": f"{place.row + 1}-{place.at + 1}",
        }
    )
