"""What of a network is looked at closely: chosen in the browser, kept in the link."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from core.inspection.arithmetic import place_of
from core.inspection.columns import Column, source_of
from core.inspection.network import Inspection
from core.inspection.units import dense_unit, map_unit
from ui.inspection.pictures import MAPS_ACROSS, folded


class Place(NamedTuple):
    """What is looked at: a column, one of its maps, an input map, and a pixel."""

    column: str
    number: int
    channel: int
    row: int
    at: int


_LARGEST = 4096
"""No picture has a side of more pixels, and no layer more maps."""


def checked_place(inspection: Inspection, message: object) -> Place | None:
    """A place from what the browser or a link says, which may be anything; None where it is none.

    Numbers beyond what a column has are bounded.
    """
    if not isinstance(message, Mapping):
        return None
    key = message.get("column")
    found = inspection.place_of(key) if isinstance(key, str) else None
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


def _number(message: Mapping[Any, Any], name: str) -> int | None:
    value = message.get(name)
    return value if type(value) is int and 0 <= value < _LARGEST else None


def _channels(column: Column, before: Column) -> int:
    """How many maps a map of this column is a sum of."""
    if column.kind == "block":
        return column.maps
    return before.maps if column.kind == "convolution" else 1


def first_place(inspection: Inspection) -> Place:
    """What a fresh visitor sees closely: the strongest path's map of the first convolution.

    Without one it is the answer.
    """
    for key, number, row, at in reversed(inspection.path):
        place = inspection.place_of(key)
        assert place is not None
        if inspection.columns[place].kind in ("convolution", "pooling"):
            return Place(key, number, 0, row, at)
    return most_active(inspection, inspection.columns[-1].key, inspection.answer)


def most_active(inspection: Inspection, key: str, number: int) -> Place:
    """A map or unit at its largest output, and there the input that adds most."""
    place = inspection.place_of(key)
    assert place is not None
    column = inspection.columns[place]
    found = inspection.found[column.output]
    if column.kind in ("dense", "answer"):
        before = source_of(inspection.columns, place)
        unit = dense_unit(inspection.model, inspection.found, column, before, number)
        index = int(np.abs(unit.products).argmax())
        return Place(key, number, 0, *in_sheet(index, before.shape))
    if column.kind == "flatten":
        row, at = divmod(int(found.argmax()), folded(found.size)[0])
        return Place(key, number, 0, row, at)
    output = found[..., number]
    row, at = (int(each) for each in np.unravel_index(output.argmax(), output.shape))
    if column.kind in ("image", "pooling"):
        return Place(key, number, 0, row, at)
    before = inspection.columns[place - 1]
    shown = map_unit(inspection.model, inspection.found, column, before, number, 0)
    return Place(key, number, int(shown.by_channel[row, at].argmax()), row, at)


def in_sheet(index: int, shape: tuple[int, ...]) -> tuple[int, int]:
    """Row and column of an input in the picture of all inputs, whose maps stand side by side."""
    if len(shape) == 1:
        return divmod(index, folded(shape[0])[1])
    height, width, maps = shape
    row, at, number = place_of(index, (height, width, maps))
    across = min(maps, MAPS_ACROSS)
    return number // across * height + row, number % across * width + at


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
    place = checked_place(inspection, message)
    if place is None:
        return first_place(inspection)
    return place if "pixel" in given else most_active(inspection, place.column, place.number)


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
