"""The weights and settings of a published model's layers, read without Keras."""

import io
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np

from core.artifacts.cards import ArtifactError
from core.artifacts.store import MODELS_ROOT, read_verified
from core.common.types import Float32Array

LAYERS_FILE = "layers.tflite"
"""The graph with every layer as an output (docs/decisions/0011-activations.md)."""

LAYERS_SIGNATURE = "layers"

_FILE = "weights.keras"


def weight_name(layer: str, place: int) -> str:
    """The name of a layer's array among the inputs of that graph."""
    return f"{layer}__{place}"


@dataclass(frozen=True)
class Settings:
    """What ``weights.keras`` says of a layer beyond its weights; each kind has some of them."""

    name: str
    strides: tuple[int, int] = (1, 1)
    padding: str = "valid"
    pool_size: tuple[int, int] = (1, 1)
    epsilon: float = 0.0
    scale: float | bool = 1.0
    activation: str = "linear"


@dataclass(frozen=True)
class LayerWeights:
    """One layer: its settings, and its float32 arrays in the order of Keras.

    Those are kernel and bias, or of batch normalisation gamma, beta, mean and variance.
    """

    settings: Settings
    arrays: tuple[Float32Array, ...]


@dataclass(frozen=True)
class _Entry:
    config: Settings


@dataclass(frozen=True)
class _Layers:
    layers: list[_Entry] = field(default_factory=list)


@dataclass(frozen=True)
class _Config:
    config: _Layers


def read_weights(name: str, root: Path = MODELS_ROOT) -> dict[str, LayerWeights]:
    """Every layer of a model by its name, from input to output.

    Raises:
        ArtifactError: the file is missing, damaged, or not the one of its card.
    """
    import h5py

    try:
        with zipfile.ZipFile(io.BytesIO(read_verified(name, _FILE, root))) as archive:
            config = msgspec.json.decode(archive.read("config.json"), type=_Config)
            content = archive.read("model.weights.h5")
        arrays: dict[str, tuple[Float32Array, ...]] = {}
        with h5py.File(io.BytesIO(content)) as file:
            for group in file["layers"].values():
                found = group["vars"]
                arrays[str(found.attrs["name"])] = tuple(
                    np.asarray(found[str(place)], np.float32) for place in range(len(found))
                )
        settings = [each.config for each in config.config.layers]
        return {each.name: LayerWeights(each, arrays[each.name]) for each in settings}
    except (KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise ArtifactError(f"The weights of '{name}' are damaged ({error}).") from error
