"""The layers of a trained network, as its ``.keras`` file lists them; read without Keras."""

import io
import json
import math
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.artifacts import store as artifacts
from core.artifacts.cards import ArtifactError
from core.common.types import IMAGE_SIZE

MAX_CONFIG_BYTES = 1_000_000
_CONFIG = "config.json"

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Layer:
    """One layer.

    Attributes:
        name: in the network.
        kind: Keras's class.
        output: shape of what it gives, without the batch: height, width and channels, or numbers.
        parameters: how many numbers it has, those that are not trained included.
        trainable: whether this network's training changed it.
    """

    name: str
    kind: str
    output: Shape
    parameters: int
    trainable: bool

    def __post_init__(self) -> None:
        if not self.output or min(self.output) < 1 or self.parameters < 0:
            raise ValueError(f"no layer: {self}")


def layers_of(name: str, root: Path = artifacts.MODELS_ROOT) -> tuple[Layer, ...]:
    """The layers of a trained model of the article, from its input to its output.

    Raises:
        ArtifactError: it is not trained, its file is damaged, or it is no chain of known layers.
    """
    content = artifacts.read_verified(name, "weights.keras", root)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if archive.getinfo(_CONFIG).file_size > MAX_CONFIG_BYTES:
                raise ValueError("its description is too long")
            described = json.loads(archive.read(_CONFIG))["config"]["layers"]
        return _chain(described)
    except (zipfile.BadZipFile, ValueError, TypeError, KeyError, RecursionError) as error:
        raise ArtifactError(f"The layers of '{name}' cannot be told ({error}).") from error


def _chain(described: list[dict[str, Any]]) -> tuple[Layer, ...]:
    layers = []
    shape: Shape = (IMAGE_SIZE, IMAGE_SIZE, 1)
    for each in described:
        settings = each["config"]
        output, parameters = _outcome(each["class_name"], settings, shape)
        # Layers without numbers are as Keras made them, whatever else is frozen.
        layers.append(
            Layer(
                settings["name"],
                each["class_name"],
                output,
                parameters,
                parameters > 0 and bool(settings["trainable"]),
            )
        )
        shape = output
    return tuple(layers)


def _outcome(kind: str, settings: dict[str, Any], shape: Shape) -> tuple[Shape, int]:
    """What a layer gives for an input of that shape, and how many numbers it has."""
    if kind in ("InputLayer", "Rescaling", "ReLU", "Activation", "Dropout"):
        return shape, 0
    if kind == "BatchNormalization":
        return shape, 4 * shape[-1]
    if kind == "Flatten":
        return (math.prod(shape),), 0
    if kind == "Dense":
        units = settings["units"]
        return (units,), (shape[-1] + settings["use_bias"]) * units
    if kind == "MaxPooling2D":
        return (*_sides(settings, "pool_size", shape), shape[-1]), 0
    if kind == "Conv2D":
        weights = math.prod(settings["kernel_size"]) * shape[-1] + settings["use_bias"]
        filters = settings["filters"]
        return (*_sides(settings, "kernel_size", shape), filters), weights * filters
    raise ValueError(f"a layer of kind {str(kind)[:40]!r} is not known")


def _sides(settings: dict[str, Any], window: str, shape: Shape) -> list[int]:
    """Height and width of what a window that moves over an image gives."""
    if settings["padding"] not in ("valid", "same"):
        raise ValueError("a window has an unknown padding")
    sides = []
    for size, reach, step in zip(shape[:2], settings[window], settings["strides"], strict=True):
        covered = size if settings["padding"] == "same" else size - reach + 1
        sides.append(math.ceil(covered / step))
    return sides
