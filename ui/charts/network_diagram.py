"""A picture of a network: its layers as blocks, one above the other."""

import html
import math
from collections.abc import Sequence

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


def draw_network(title: str, layers: Sequence[Layer], output: str, reused: bool) -> None:
    """Draw one network, from the input to what the output says.

    ``reused``: layers that this training did not change are another network's.
    """
    stages = _stages(layers)
    rows = "".join(
        _row(stage, output if stage is stages[-1] else "", reused, first=stage is stages[0])
        for stage in stages
    )
    st.markdown(f"**{title}**")
    st.html(
        f'<div role="img" aria-label="{html.escape(_alt_text(title, stages, output, reused))}" '
        f'style="display:grid;grid-template-columns:{_WIDEST}rem 1fr;column-gap:1.25rem;'
        f'align-items:center;line-height:1.35">{rows}</div>'
    )


def _stages(layers: Sequence[Layer]) -> list[list[Layer]]:
    """Each slab with the layers that belong to it."""
    stages: list[list[Layer]] = []
    for layer in layers:
        if layer.kind in _STAGES:
            stages.append([layer])
        elif stages and layer.kind in _WORDS:
            stages[-1].append(layer)
    return stages


def _row(stage: Sequence[Layer], output: str, reused: bool, first: bool) -> str:
    """A slab, what it is, and the arrow that leads to it."""
    shape, learned = stage[0].output, any(layer.trainable for layer in stage)
    numbers = sum(layer.parameters for layer in stage)
    width, height = _size(shape)
    colour = _LEARNED if learned else _KEPT
    border = "dashed" if numbers and not learned and reused else "solid"
    weight = 600 if learned else 400
    slab = (
        f'<div style="width:{width:.2f}rem;height:{height:.2f}rem;margin:auto;border-radius:4px;'
        f'border:2px {border} {colour};box-sizing:border-box;position:relative">'
        f'<div style="position:absolute;inset:0;background:{colour};'
        f'opacity:{0.85 if learned else 0.3}"></div></div>'
    )
    parts = [f"<strong>{html.escape(_name(stage, output))}</strong>", _shape_words(shape)]
    if numbers:
        words = _numbers_words(numbers, learned, reused)
        parts.append(f'<span style="font-weight:{weight}">{words}</span>')
    arrow = "" if first else '<div style="text-align:center;opacity:.6">↓</div><div></div>'
    return f"{arrow}{slab}<div>{'<br>'.join(parts)}</div>"


def _size(shape: Shape) -> tuple[float, float]:
    """Width and height of a slab, in rem: the width follows the image, the height the channels."""
    if len(shape) == 1:
        return max(0.75, _WIDEST * math.log2(shape[0] + 1) / 15), 0.9
    return max(0.75, _WIDEST * shape[1] / IMAGE_SIZE), 0.6 + 0.38 * math.log2(shape[2])


def _name(stage: Sequence[Layer], output: str) -> str:
    return output or _WORDS[stage[0].kind]


def _shape_words(shape: Shape) -> str:
    if len(shape) == 1:
        return "1 number" if shape[0] == 1 else f"{shape[0]:,} numbers"
    return " × ".join(f"{size:,}" for size in shape)


def _numbers_words(numbers: int, learned: bool, reused: bool) -> str:
    if not numbers:
        return ""
    kind = "learned" if learned else "kept" if reused else "not learned"
    return f"{numbers:,} weights {kind}"


def _alt_text(title: str, stages: Sequence[Sequence[Layer]], output: str, reused: bool) -> str:
    parts = []
    for number, stage in enumerate(stages):
        last = number == len(stages) - 1
        numbers = sum(layer.parameters for layer in stage)
        learned = any(layer.trainable for layer in stage)
        words = (_name(stage, output if last else ""), _shape_words(stage[0].output))
        parts.append(", ".join(filter(None, (*words, _numbers_words(numbers, learned, reused)))))
    return f"{title}: {'; then '.join(parts)}."
