"""The summary of a model, as Keras prints one, with the layer in view marked."""

from collections.abc import Sequence

import streamlit as st

from core.artifacts.cards import Layer
from core.inspection.columns import Column
from core.inspection.network import Inspection

_MOST_ROWS = 16
"""Of more layers, those that are shown as one have one row."""


def draw_summary(inspection: Inspection, column: str) -> None:
    """A table of layers, output shapes and parameters; ``column`` is the one in view."""
    card = inspection.model.card
    st.markdown(f"**{card.title}: {card.parameters:,} parameters**")
    rows = []
    for each in inspection.columns:
        layers = [each.layers] if len(card.layers) > _MOST_ROWS else [(one,) for one in each.layers]
        rows += [_row(each, of_row, each.key == column) for of_row in layers]
    total = {"layer": "**in all**", "output": "", "parameters": f"**{card.parameters:,}**"}
    st.table([*rows, total], hide_index=True)
    st.caption("▸ marks the layers in view.")


def _row(column: Column, layers: Sequence[Layer], marked: bool) -> dict[str, str]:
    first = layers[0]
    name = first.name if len(layers) == 1 else f"{column.title} ({len(layers)} layers)"
    values = (
        f"{name} · {first.kind}" if len(layers) == 1 else name,
        " × ".join(f"{each:,}" for each in layers[-1].output),
        f"{sum(each.parameters for each in layers):,}",
    )
    layer, output, parameters = (f"**{each}**" if marked else each for each in values)
    return {
        "layer": f"▸ {layer}" if marked else layer,
        "output": output,
        "parameters": parameters,
    }
