"""A picture of a network: its layers as blocks, one above the other."""

import html
import math
from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

from core.artifacts.cards import Layer, Shape
from core.common.types import IMAGE_SIZE

_WIDEST = 7.5
"""Width of the widest slab, in rem."""

_KEPT, _LEARNED = "#808080", "#0d9488"
"""Both stand at 3:1 or more on the light background and on the dark one (WCAG 1.4.11)."""

_WORDS = {
    "InputLayer": "Image",
    "Conv2D": "Convolution",
    "BatchNormalization": "batch normalisation",
    "ReLU": "ReLU",
    "Flatten": "Flattened",
    "Dense": "Output",
    "MaxPooling2D": "Max pooling",
}
_STAGES = {"InputLayer", "Conv2D", "Flatten", "Dense", "MaxPooling2D"}
"""Layers that get a slab; the others are named in that of the layer before."""


class _Stage(NamedTuple):
    """A slab: what it is, the shape of its output, its weights, and whether any was learned."""

    name: str
    shape: Shape
    weights: int
    learned: bool


def draw_network(title: str, layers: Sequence[Layer], output: str, reused: bool) -> None:
    """Draw one network, from the input to what the output says.

    ``reused``: layers that this training did not change are another network's.
    """
    stages = _stages(layers, output)
    parts = "; then ".join(", ".join(_words(stage, reused)) for stage in stages)
    arrow = '<div style="text-align:center;opacity:.6">↓</div><div></div>'
    st.markdown(f"**{title}**")
    st.html(
        f'<div role="img" aria-label="{html.escape(f"{title}: {parts}.")}" '
        f'style="display:grid;grid-template-columns:{_WIDEST}rem 1fr;column-gap:1.25rem;'
        'align-items:center;line-height:1.35">'
        f"{arrow.join(_row(stage, reused) for stage in stages)}</div>"
    )


def _stages(layers: Sequence[Layer], output: str) -> list[_Stage]:
    """Each slab, with what belongs to it of the layers after it."""
    stages: list[_Stage] = []
    for layer in layers:
        if layer.kind in _STAGES:
            stages.append(
                _Stage(_WORDS[layer.kind], layer.output, layer.parameters, layer.trainable)
            )
        elif stages and layer.kind in _WORDS:
            _, _, weights, learned = stages[-1]
            stages[-1] = stages[-1]._replace(
                weights=weights + layer.parameters, learned=learned or layer.trainable
            )
    return [*stages[:-1], stages[-1]._replace(name=output)]


def _row(stage: _Stage, reused: bool) -> str:
    """A slab beside its words."""
    learned = stage.learned
    width, height = _size(stage.shape)
    colour = _LEARNED if learned else _KEPT
    border = "dashed" if stage.weights and not learned and reused else "solid"
    name, shape, *weights = map(html.escape, _words(stage, reused))
    parts = [f"<strong>{name}</strong>", shape]
    parts += [
        f'<span style="font-weight:{600 if learned else 400}">{each}</span>' for each in weights
    ]
    return (
        f'<div style="width:{width:.2f}rem;height:{height:.2f}rem;margin:auto;border-radius:4px;'
        f'border:2px {border} {colour};box-sizing:border-box;position:relative">'
        f'<div style="position:absolute;inset:0;background:{colour};'
        f'opacity:{0.85 if learned else 0.3}"></div></div><div>{"<br>".join(parts)}</div>'
    )


def _size(shape: Shape) -> tuple[float, float]:
    """Width and height of a slab, in rem: the width follows the image, the height the channels."""
    if len(shape) == 1:
        return max(0.75, _WIDEST * math.log2(shape[0] + 1) / 15), 0.9
    return max(0.75, _WIDEST * shape[1] / IMAGE_SIZE), 0.6 + 0.38 * math.log2(shape[2])


def _words(stage: _Stage, reused: bool) -> list[str]:
    """What a slab is, the numbers that it passes on, and its weights, if any."""
    shape = " × ".join(f"{size:,}" for size in stage.shape)
    if len(stage.shape) == 1:
        shape += " number" if stage.shape[0] == 1 else " numbers"
    kind = "learned" if stage.learned else "kept" if reused else "not learned"
    return [stage.name, shape, *([f"{stage.weights:,} weights {kind}"] if stage.weights else [])]
