"""The output of every layer for one image, from the exported graph of all layers."""

import threading
from functools import lru_cache
from pathlib import Path

import numpy as np

from core.artifacts import store as artifacts
from core.artifacts.cards import ArtifactError, Card
from core.artifacts.weights import (
    LAYERS_FILE,
    LAYERS_SIGNATURE,
    LayerWeights,
    read_weights,
    weight_name,
)
from core.common.types import Float32Array, Uint8Array
from core.hands.pipeline import HAND_CLASSIFIER
from core.hands.preprocessing import as_model_input
from core.inspection.columns import can_be_shown
from core.zoo import article_specs

Activations = dict[str, Float32Array]
"""Each layer's output without the batch, float32, by the layer's name."""

_KEPT = 3
"""Models in memory at a time; a dense network takes 9 MB twice."""


class InspectedModel:
    """A published model with its weights and the graph that shows every layer; thread-safe."""

    def __init__(self, name: str, root: Path = artifacts.MODELS_ROOT) -> None:
        """Read a model's weights and load its graph of layers.

        Raises:
            ArtifactError: it is not trained, it has no such graph, or a file is damaged.
        """
        from ai_edge_litert.interpreter import Interpreter

        self.card: Card = artifacts.read_card(name, root)
        if LAYERS_FILE not in self.card.sha256:
            raise ArtifactError(
                f"The model '{name}' was published without the graph of its layers. Export it "
                f"with: python -m core models --layers {name}"
            )
        self.weights: dict[str, LayerWeights] = read_weights(name, root)
        self._lock = threading.Lock()
        given = {
            weight_name(layer, place): array
            for layer, weights in self.weights.items()
            for place, array in enumerate(weights.arrays)
        }
        try:
            content = artifacts.read_verified(name, LAYERS_FILE, root)
            self._graph = Interpreter(model_content=content, num_threads=1)
            inputs = self._graph.get_signature_list()[LAYERS_SIGNATURE]["inputs"]
            self.given = {each: given[each] for each in inputs if each != "image"}
            self._run = self._graph.get_signature_runner(LAYERS_SIGNATURE)
        except (KeyError, ValueError, RuntimeError) as error:
            raise ArtifactError(f"The layers of '{name}' cannot be run: {error}") from error

    def activations(self, image: Uint8Array) -> Activations:
        """The output of every layer for a preprocessed image, (128, 128) uint8."""
        with self._lock:
            found = self._run(image=as_model_input(image[None]), **self.given)
        return {layer.name: np.array(found[layer.name][0]) for layer in self.card.layers}


def inspectable() -> dict[str, str]:
    """Titles of the trained models that can be looked into, by name: the article's first.

    Raises:
        ArtifactError: a card is damaged.
    """
    names = [name for name in (*article_specs(), HAND_CLASSIFIER) if artifacts.is_trained(name)]
    cards = map(artifacts.read_card, names)
    return {card.name: card.title for card in cards if can_be_shown(card.layers)}


def inspected(name: str, root: Path = artifacts.MODELS_ROOT) -> InspectedModel:
    """The model as it is published now; a few are kept in memory.

    Raises:
        ArtifactError: see ``InspectedModel``.
    """
    return _inspected(name, root, artifacts.version_of(name, root))


@lru_cache(maxsize=_KEPT)
def _inspected(name: str, root: Path, _version: artifacts.Version) -> InspectedModel:
    return InspectedModel(name, root)
