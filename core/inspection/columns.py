"""A network as columns of pictures: which layers belong together, and what feeds what."""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from core.artifacts.cards import Card, Layer, Shape

Kind = Literal["image", "convolution", "block", "pooling", "flatten", "dense", "answer"]

_KINDS: dict[str, Kind] = {
    "InputLayer": "image",
    "Conv2D": "convolution",
    "MaxPooling2D": "pooling",
    "Flatten": "flatten",
    "Dense": "dense",
}
"""Layers that begin a column; the others belong to the one before."""

_FOLLOWING = {"Rescaling", "LayerNormalization", "BatchNormalization", "ReLU", "Dropout"}

_STAGE = re.compile(r"(stage_\d+)_block_(\d+)_")

_TITLES = {"image": "Image", "answer": "Answers", "fingers": "Softmax", "right_hand": "Sigmoid"}


class Column(NamedTuple):
    """Layers that the page shows as one, by the output of the last.

    Attributes:
        key: names it in links: that of its first layer, or of its stage of residual blocks.
        kind: what it does with its input.
        layers: as the card has them, from input to output.
    """

    key: str
    kind: Kind
    layers: tuple[Layer, ...]

    @property
    def output(self) -> str:
        """The layer whose output is shown, and feeds the next column."""
        return self.layers[-1].name

    @property
    def shape(self) -> Shape:
        """Of its output: (height, width, maps) or (units,)."""
        return self.layers[-1].output

    @property
    def title(self) -> str:
        """What it is called on the page."""
        known = _TITLES.get(self.key)
        return known or self.key.removesuffix("_convolution").replace("_", " ").capitalize()

    @property
    def maps(self) -> int:
        """How many pictures or units it has that can be chosen; a flattened row is one."""
        return 1 if self.kind == "flatten" else self.shape[-1]

    def layer(self, kind: str) -> str | None:
        """The name of its only layer of a kind, if it has one."""
        return next((each.name for each in self.layers if each.kind == kind), None)

    @property
    def last_block(self) -> str:
        """What the names of the layers of a stage's last block begin with."""
        found = _STAGE.match(self.output)
        assert found is not None
        return f"{found[1]}_block_{found[2]}"


def can_be_shown(layers: Sequence[Layer]) -> bool:
    """Whether a network has none but layers that the page can show: pictures, then dense layers."""
    kinds = [each.kind for each in layers if not _STAGE.match(each.name)]
    return (
        {*kinds} <= {*_KINDS, *_FOLLOWING}
        and kinds.count("Flatten") == 1
        and "Dense" not in kinds[: kinds.index("Flatten")]
        and not {"Conv2D", "MaxPooling2D"} & {*kinds[kinds.index("Flatten") :]}
        and kinds[-1] == "Dense"
    )


def columns_of(card: Card) -> tuple[Column, ...]:
    """A model's columns from its image to its answers."""
    grouped: list[tuple[str, Kind, list[Layer]]] = []
    for layer in card.layers:
        stage = _STAGE.match(layer.name)
        key = stage[1] if stage else layer.name
        if stage and grouped[-1][0] == key:
            grouped[-1][2].append(layer)
        elif stage:
            grouped.append((key, "block", [layer]))
        elif layer.kind in _KINDS:
            grouped.append((key, _KINDS[layer.kind], [layer]))
        else:
            grouped[-1][2].append(layer)
    columns = [Column(key, kind, tuple(layers)) for key, kind, layers in grouped]
    return (*columns[:-1], columns[-1]._replace(kind="answer"))


def source_of(columns: Sequence[Column], place: int) -> Column:
    """The column of pictures or units that feeds one, past a flattened row."""
    before = columns[place - 1]
    return columns[place - 2] if before.kind == "flatten" else before
