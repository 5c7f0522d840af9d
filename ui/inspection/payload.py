"""What the browser gets of an inspection: the whole network, and one unit closely."""

from functools import lru_cache
from typing import Any

import numpy as np

from core.common.types import Float32Array
from core.inspection.arithmetic import BatchNorm
from core.inspection.columns import Column, source_of
from core.inspection.layers import InspectedModel
from core.inspection.network import Inspection
from core.inspection.units import dense_unit, map_unit, pooling_unit
from ui.inspection.pictures import atlas, column_weights, folded, grey_maps, numbers
from ui.inspection.places import Place


def network_data(inspection: Inspection) -> dict[str, Any]:
    """All columns with their pictures, the links between them, and the strongest path."""
    return {
        "columns": [_column(inspection, place) for place in range(len(inspection.columns))],
        "path": [list(step) for step in inspection.path],
        "answers": answers_data(inspection),
    }


def answers_data(inspection: Inspection) -> dict[str, Any]:
    """How the logits become probabilities, in the order of the labels."""
    answers = inspection.answers
    return {
        "labels": list(inspection.labels),
        "logits": answers.logits.tolist(),
        "exponentials": answers.exponentials.tolist(),
        "probabilities": answers.probabilities.tolist(),
        "ofSoftmax": answers.of_softmax,
        "says": inspection.answer,
    }


def _column(inspection: Inspection, place: int) -> dict[str, Any]:
    column = inspection.columns[place]
    found = inspection.found[column.output]
    data: dict[str, Any] = {
        "key": column.key,
        "title": column.title,
        "kind": column.kind,
        "shape": list(column.shape),
        "maps": _maps_of(inspection, column),
        "highest": [],
        "sheet": None,
        "from": source_of(inspection.columns, place).key if place else None,
        "strengths": None,
    }
    if column.kind == "image":
        data["sheet"] = atlas(inspection.image[None])
    elif column.kind == "flatten":
        data["sheet"] = atlas(grey_maps(found.reshape(*folded(found.size)[::-1], 1)))
    elif column.kind in ("dense", "answer"):
        before = source_of(inspection.columns, place)
        data["sheet"] = _weights(inspection.model, column.key, before.shape, data["maps"])
        if column.kind == "dense":
            data["highest"] = found.tolist()
    else:
        data["sheet"] = atlas(grey_maps(found))
        data["highest"] = found.max(axis=(0, 1)).tolist()
    strengths = inspection.strengths(place) if place and column.kind != "flatten" else None
    if strengths is not None and strengths.shape[1] > 1:
        data["strengths"] = numbers(strengths[: data["maps"]])
    return data


@lru_cache(maxsize=8)
def _weights(model: InspectedModel, key: str, shape: tuple[int, ...], units: int) -> dict[str, Any]:
    """The same for every photo."""
    return column_weights(model.weights[key].arrays[0], shape, units)


def _maps_of(inspection: Inspection, column: Column) -> int:
    return len(inspection.labels) if column.kind == "answer" else column.maps


def unit_data(inspection: Inspection, place: Place) -> dict[str, Any]:
    """One unit closely: every number that the browser shows of it."""
    number = inspection.place_of(place.column)
    assert number is not None
    column = inspection.columns[number]
    data: dict[str, Any] = place._asdict() | {"kind": column.kind, "title": column.title}
    if column.kind == "image":
        scaled = inspection.found[column.output]
        raw = inspection.image.astype(np.float32)
        return data | {"given": numbers(raw), "output": numbers(scaled[..., 0])}
    before = source_of(inspection.columns, number)
    data |= {"before": before.title, "beforeKey": before.key}
    if column.kind == "flatten":
        given = inspection.found[inspection.columns[number - 1].output]
        return data | {"given": numbers(given), "fold": list(folded(given.size)[::-1])}
    if column.kind == "pooling":
        pooled = pooling_unit(inspection.model, inspection.found, column, before, place.number)
        window = {"size": pooled.window.size, "stride": pooled.window.stride, "before": 0}
        return data | {
            "window": window,
            "given": numbers(pooled.given),
            "output": numbers(pooled.output),
        }
    if column.kind in ("dense", "answer"):
        return data | _dense(inspection, column, before, place)
    return data | _map(inspection, column, before, place)


def _map(inspection: Inspection, column: Column, before: Column, place: Place) -> dict[str, Any]:
    unit = map_unit(inspection.model, inspection.found, column, before, place.number, place.channel)
    window = unit.window
    return {
        "window": {
            "size": window.size,
            "stride": window.stride,
            "before": window.before(unit.given.shape[0]),
        },
        "given": numbers(unit.given),
        "kernel": numbers(unit.kernel),
        "products": numbers(unit.products),
        "byChannel": numbers(unit.by_channel),
        "bias": unit.bias,
        "sums": numbers(unit.sums),
        "norm": _norm(unit.norm),
        "normalised": None if unit.norm is None else numbers(unit.normalised),
        "shortcut": None if unit.shortcut is None else numbers(unit.shortcut),
        "output": numbers(unit.output),
        "inBlock": column.kind == "block",
    }


def _dense(inspection: Inspection, column: Column, before: Column, place: Place) -> dict[str, Any]:
    unit = dense_unit(inspection.model, inspection.found, column, before, place.number)
    return {
        "inputs": numbers(unit.inputs),
        "weights": numbers(unit.weights),
        "products": numbers(unit.products),
        # A picture has two sides: maps stand beside each other, most of them in the last axis.
        "shape": list(unit.shape) if len(unit.shape) == 3 else [*folded(unit.inputs.size), 1],
        "bias": unit.bias,
        "sum": unit.sum,
        "norm": _norm(unit.norm),
        "normalised": unit.normalised,
        "result": unit.output,
        "byMap": numbers(_by_map(unit.products, unit.shape)),
    }


def _by_map(products: Float32Array, shape: tuple[int, ...]) -> Float32Array:
    if len(shape) != 3:
        return products
    return np.asarray(products.reshape(-1, shape[2]).sum(axis=0), np.float32)


def _norm(norm: BatchNorm | None) -> dict[str, float] | None:
    return None if norm is None else norm._asdict()
