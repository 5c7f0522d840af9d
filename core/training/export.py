"""Exports a Keras model to TFLite and checks that their outputs agree. Needs TensorFlow."""

import contextlib
import io
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.artifacts.cards import Layer
from core.artifacts.weights import LAYERS_SIGNATURE, weight_name
from core.common.types import Float32Array, Uint8Array
from core.hands.preprocessing import as_model_input
from core.hands.tflite import ServedNet
from core.training.callbacks import predicted_probabilities
from core.training.quantization import in_16_bits, rounded
from core.zoo import ArticleSpec

if TYPE_CHECKING:
    import keras

ALLOWED_DIFFERENCE = 1e-4
"""Largest allowed difference between any output of Keras and of the exported model."""

ALLOWED_DIFFERENCE_ROUNDED = 5e-3
"""The same for quantised weights: the exporter rounds biases, and weights with folded batch
normalisation, to 16 bits."""


def export_serving_model(model: "keras.Model", weights_in_16_bits: bool = False) -> bytes:
    """The model as a TFLite file, with batch normalisation folded into its layers.

    Weights may be stored as float16; outputs are computed in 32-bit floats either way. The batch
    is one, because the browser's runtime takes no input of unknown shape.
    """
    import keras
    import tensorflow as tf

    given = keras.InputSpec(shape=(1, *model.input_shape[1:]), dtype="float32")
    how = {"input_signature": [given]}
    if weights_in_16_bits:
        target = tf.lite.TargetSpec(supported_types=[tf.float16])
        how |= {"optimizations": [tf.lite.Optimize.DEFAULT], "target_spec": target}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "serving.tflite"
        # The converter prints the signature of every export.
        with contextlib.redirect_stdout(io.StringIO()):
            model.export(path, format="litert", verbose=False, **how)
        return path.read_bytes()


def largest_difference(
    model: "keras.Model", spec: ArticleSpec, serving: bytes, images: Uint8Array
) -> float:
    """The largest difference in any probability between Keras and the exported model.

    Raises:
        RuntimeError: it exceeds the limit, so the export is wrong.
    """
    allowed = ALLOWED_DIFFERENCE_ROUNDED if spec.quantized_weights else ALLOWED_DIFFERENCE
    served = ServedNet(serving, spec.target).probabilities(images)
    expected = predicted_probabilities(model, as_model_input(images), batch_size=64)
    return checked_difference(served, expected, allowed)


def checked_difference(served: Float32Array, expected: Float32Array, allowed: float) -> float:
    """The largest difference between the outputs of an exported model and those of Keras.

    Raises:
        RuntimeError: it exceeds what is allowed, so the export is wrong.
    """
    difference = float(np.abs(served - expected).max())
    if difference > allowed:
        raise RuntimeError(f"the exported model differs from Keras by {difference:.2e}")
    return difference


def quantized_model(model: "keras.Model") -> "keras.Model":
    """The model with quantised weights, without an optimizer."""
    short = _without_optimizer(model)
    short.set_weights([rounded(each) for each in model.get_weights()])
    return short


def folded_in_16_bits(model: "keras.Model") -> "keras.Model":
    """The model with batch normalisation folded into its convolutions, and 16-bit weights.

    The exporter leaves such a model unchanged, so Keras and the exported model agree. The layers
    stay; batch normalisation then only adds its offset.

    Raises:
        ValueError: a batch normalisation layer does not follow a convolution.
    """
    from keras import layers

    short = _without_optimizer(model)
    for layer in short.layers:
        if isinstance(layer, layers.BatchNormalization):
            _fold(layer)
    for layer in short.layers:
        if not isinstance(layer, layers.BatchNormalization):
            layer.set_weights([in_16_bits(each) for each in layer.get_weights()])
    return short


def _fold(normalisation: "keras.layers.BatchNormalization") -> None:
    from keras import layers

    convolution = normalisation.input._keras_history.operation
    if not isinstance(convolution, layers.Conv2D) or convolution.use_bias:
        raise ValueError(f"{normalisation.name} does not follow a convolution without biases")
    gamma, beta, mean, variance = normalisation.get_weights()
    scale = gamma / np.sqrt(variance + normalisation.epsilon)
    (kernel,) = convolution.get_weights()
    convolution.set_weights([kernel * scale])
    neutral = np.ones_like(variance) - np.float32(normalisation.epsilon)
    normalisation.set_weights(
        [np.ones_like(gamma), in_16_bits(beta - mean * scale), np.zeros_like(mean), neutral]
    )


def weights_without_optimizer(model: "keras.Model") -> bytes:
    """The content of a ``.keras`` file without the optimizer."""
    bare = _without_optimizer(model)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weights.keras"
        bare.save(path)
        return path.read_bytes()


def _without_optimizer(model: "keras.Model") -> "keras.Model":
    """Rebuild the model, since a compiled one is saved with its optimizer's state."""
    import keras

    bare = keras.Model.from_config(model.get_config())
    bare.set_weights(model.get_weights())
    return bare


def layers_of(model: "keras.Model") -> tuple[Layer, ...]:
    """The model's layers, from its input to its output."""
    import keras

    return tuple(
        Layer(
            name=layer.name,
            kind=type(layer).__name__,
            output=tuple(keras.tree.flatten(layer.output)[0].shape[1:]),
            parameters=int(layer.count_params()),
            trainable=bool(layer.trainable_weights),
        )
        for layer in model.layers
    )


def export_layer_graph(model: "keras.Model") -> bytes:
    """A TFLite graph from image and weights to the output of every layer, by the layer's name.

    It holds no weights, so that they are stored once, and nothing of it is folded or rounded: its
    inputs are ``image`` and each layer's arrays, named as ``weight_name`` names them.
    """
    import keras
    import tensorflow as tf

    whole = keras.Model(model.inputs, {layer.name: layer.output for layer in model.layers})
    names = {
        variable.path: weight_name(layer.name, place)
        for layer in whole.layers
        for place, variable in enumerate(layer.weights)
    }
    shapes = {names[each.path]: tf.TensorSpec(each.shape, tf.float32) for each in whole.weights}

    def outputs(image: "tf.Tensor", **weights: "tf.Tensor") -> "dict[str, tf.Tensor]":
        trainable = [weights[names[each.path]] for each in whole.trainable_variables]
        # A generator of dropout has a state that no output depends on.
        fixed = [
            weights[names[each.path]] if each.path in names else each.value
            for each in whole.non_trainable_variables
        ]
        result: dict[str, tf.Tensor] = whole.stateless_call(trainable, fixed, image)[0]
        return result

    module = tf.Module()
    module.model = whole
    module.outputs = tf.function(outputs, autograph=False)
    image = tf.TensorSpec((1, *model.input_shape[1:]), tf.float32)
    traced = module.outputs.get_concrete_function(image, **shapes)
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        tf.saved_model.save(module, folder, signatures={LAYERS_SIGNATURE: traced})
        converter = tf.lite.TFLiteConverter.from_saved_model(
            folder, signature_keys=[LAYERS_SIGNATURE]
        )
        content: bytes = converter.convert()
    return content
