"""Fine-tunes a published hand model, from its weights, in which batch normalisation is folded."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.artifacts.store import MODELS_ROOT, read_verified
from core.zoo import HandSpec

if TYPE_CHECKING:
    import keras

TUNED_SHARE = 0.75
"""Weight of what was fine-tuned, chosen on the photos that only calibrate, at every quarter turn:
of 172, 141 are read right with it, and 139 with 1. With stricter thresholds 0, 0.5 and 1 had come
to 116, 125 and 132."""


def load_published(spec: HandSpec, root: Path = MODELS_ROOT) -> "keras.Model":
    """The published model, in the policy of this process.

    Raises:
        ArtifactError: it is not trained, or its file is damaged.
    """
    import keras

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weights.keras"
        path.write_bytes(read_verified(spec.name, "weights.keras", root))
        published = keras.models.load_model(path, compile=False, safe_mode=True)
    model = spec.build()
    model.set_weights(published.get_weights())
    return model


def without_batch_norm(folded: "keras.Model") -> "keras.Model":
    """A model that answers the same, with biases in place of folded batch normalisation.

    Trained as it is, batch normalisation would normalise anew what was folded.

    Raises:
        ValueError: a batch normalisation does more than to add its offset.
    """
    import keras

    offsets = _offsets(folded)

    def cloned(layer: "keras.Layer") -> "keras.Layer":
        config = layer.get_config()
        if layer.name in offsets:
            config["use_bias"] = True
        return type(layer).from_config(config)

    def called(layer: "keras.Layer", *given: Any, **options: Any) -> Any:
        is_left_out = isinstance(layer, keras.layers.BatchNormalization)
        return given[0] if is_left_out else layer(*given, **options)

    bare = keras.models.clone_model(folded, clone_function=cloned, call_function=called)
    for layer in folded.layers:
        if not isinstance(layer, keras.layers.BatchNormalization):
            offset = [] if layer.name not in offsets else offsets[layer.name].get_weights()[1:2]
            bare.get_layer(layer.name).set_weights([*layer.get_weights(), *offset])
    return bare


def average_weights(published: "keras.Model", trained: "keras.Model") -> None:
    """Give a published model the weighted mean of its weights and of those that were fine-tuned.

    It keeps most of what it learned and forgets less: Wortsman et al., "Robust fine-tuning of
    zero-shot models", 2022.
    """
    pairs = zip(published.get_weights(), trained.get_weights(), strict=True)
    published.set_weights([(1 - TUNED_SHARE) * one + TUNED_SHARE * other for one, other in pairs])


def with_batch_norm(bare: "keras.Model", spec: HandSpec) -> "keras.Model":
    """The model of the specification, folded, that answers as one without batch normalisation."""
    folded = spec.build()
    offsets = _offsets(folded, check=False)
    for layer in bare.layers:
        weights = layer.get_weights()
        if layer.name in offsets:
            *weights, bias = weights
            normalisation = offsets[layer.name]
            ones = np.ones_like(bias)
            neutral = ones - np.float32(normalisation.epsilon)
            normalisation.set_weights([ones, bias, np.zeros_like(bias), neutral])
        if weights:
            folded.get_layer(layer.name).set_weights(weights)
    return folded


def _offsets(
    model: "keras.Model", check: bool = True
) -> "dict[str, keras.layers.BatchNormalization]":
    """The batch normalisation behind each convolution, by the convolution's name."""
    import keras

    found = {}
    for layer in model.layers:
        if not isinstance(layer, keras.layers.BatchNormalization):
            continue
        gamma, _, mean, variance = layer.get_weights()
        neutral = np.allclose(gamma, 1) and not mean.any()
        if check and not (neutral and np.allclose(variance + layer.epsilon, 1)):
            raise ValueError(f"{layer.name} is not folded into the convolution before it")
        found[layer.input._keras_history.operation.name] = layer
    return found
