"""Which maps and units an answer comes from: the strength of every link, and the strongest path."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from core.common.types import Float32Array
from core.inspection.arithmetic import Window, products, sums_by_channel
from core.inspection.columns import Column, source_of
from core.inspection.layers import Activations, InspectedModel


class Step(NamedTuple):
    """A place on a path: a map of a column and its pixel; a unit has the pixel (0, 0)."""

    column: str
    number: int
    row: int
    at: int


def link_strengths(
    model: InspectedModel, found: Activations, columns: Sequence[Column], place: int
) -> Float32Array | None:
    """(maps, maps before) what each map before adds to each map of a column, on average.

    That is the mean over all pixels of w · x in a convolution, its sum in a dense layer, and in a
    stage of residual blocks what passes along the shortcut. None where each map reads one alone.
    """
    column, before = columns[place], source_of(columns, place)
    given = found[before.output]
    if column.kind in ("dense", "answer"):
        kernel = model.weights[column.key].arrays[0]
        added = given.reshape(-1, before.shape[-1], 1) * kernel.reshape(
            -1, before.shape[-1], kernel.shape[1]
        )
        return np.asarray(added.sum(axis=0).T, np.float32)
    if column.kind == "convolution":
        weights = model.weights[_convolution(column)]
        kernel = weights.arrays[0]
        window = Window(kernel.shape[0], weights.settings.strides[0], weights.settings.padding)
        mean = window.views(given).mean(axis=(0, 1))
        return np.asarray(np.einsum("cij,ijck->kc", mean, kernel), np.float32)
    if column.kind == "block":
        kernel = _projection(model, column)
        return np.asarray((given.mean(axis=(0, 1))[:, None] * kernel).T, np.float32)
    return None


def strongest_path(
    model: InspectedModel, found: Activations, columns: Sequence[Column], answer: int
) -> tuple[Step, ...]:
    """From an answer back to the image, at each step to what adds most to the number there.

    Of a dense layer over maps it follows the map that adds most in all, and the pixel that adds
    most in it; a stage of residual blocks it passes along the shortcut.
    """
    steps = [Step(columns[-1].key, answer, 0, 0)]
    for place in range(len(columns) - 1, 0, -1):
        column = columns[place]
        if column.kind == "flatten":
            continue
        steps.append(_step_before(model, found, column, source_of(columns, place), steps[-1]))
    return tuple(steps)


def _step_before(
    model: InspectedModel, found: Activations, column: Column, before: Column, step: Step
) -> Step:
    given = found[before.output]
    if column.kind in ("dense", "answer"):
        kernel = model.weights[column.key].arrays[0][:, step.number]
        added = (given.reshape(-1) * kernel).reshape(given.shape)
        if given.ndim == 1:
            return Step(before.key, int(added.argmax()), 0, 0)
        number = int(added.sum(axis=(0, 1)).argmax())
        row, at = np.unravel_index(added[..., number].argmax(), added.shape[:2])
        return Step(before.key, number, int(row), int(at))
    if column.kind == "block":
        strengths = given.mean(axis=(0, 1)) * _projection(model, column)[:, step.number]
        times = before.shape[0] // column.shape[0]
        return Step(before.key, int(strengths.argmax()), step.row * times, step.at * times)
    if column.kind == "pooling":
        settings = model.weights[column.key].settings
        window = Window(settings.pool_size[0], settings.strides[0], settings.padding)
        seen = window.views(given)[step.row, step.at, step.number]
        return _in_window(before, step.number, seen, window, step, given.shape)
    weights = model.weights[_convolution(column)]
    kernel = weights.arrays[0][..., step.number]
    window = Window(kernel.shape[0], weights.settings.strides[0], weights.settings.padding)
    channel = int(sums_by_channel(given, kernel, window)[step.row, step.at].argmax())
    added = products(given[..., channel], kernel[..., channel], window)[step.row, step.at]
    return _in_window(before, channel, added, window, step, given.shape)


def _in_window(
    before: Column,
    number: int,
    seen: Float32Array,
    window: Window,
    step: Step,
    shape: tuple[int, ...],
) -> Step:
    """The pixel with the largest value of a window, which may reach beyond the image."""
    down, right = np.unravel_index(seen.argmax(), seen.shape)
    row = step.row * window.stride - window.before(shape[0]) + int(down)
    at = step.at * window.stride - window.before(shape[1]) + int(right)
    return Step(before.key, number, min(max(row, 0), shape[0] - 1), min(max(at, 0), shape[1] - 1))


def _convolution(column: Column) -> str:
    name = column.layer("Conv2D")
    assert name is not None
    return name


def _projection(model: InspectedModel, column: Column) -> Float32Array:
    """(maps before, maps): the weights by which a stage's first shortcut mixes the maps before."""
    kernel: Float32Array = model.weights[f"{column.key}_block_1_projection"].arrays[0][0, 0]
    return kernel
