"""Keras model -> TFLite file, and the proof that both answer alike. Needs TensorFlow."""

import contextlib
import io
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.model_spec import ModelSpec
from core.preparation import as_model_input
from core.rounding import rounded
from core.serving import ServedModel
from core.types import Uint8Array

if TYPE_CHECKING:
    import keras

ALLOWED_DIFFERENCE = 1e-4
"""Between any output of Keras and of the exported model."""

ALLOWED_DIFFERENCE_ROUNDED = 5e-3
"""The same for rounded weights: the exporter rounds biases, and weights into which it folded batch
normalisation, to 16 bits."""


def export_serving_model(model: "keras.Model", weights_in_16_bits: bool = False) -> bytes:
    """The model as a TFLite file, batch normalisation folded into its layers.

    Args:
        weights_in_16_bits: whether weights are stored as float16; answers are computed in 32-bit
            floats in any case.
    """
    import tensorflow as tf

    how = {}
    if weights_in_16_bits:
        target = tf.lite.TargetSpec(supported_types=[tf.float16])
        how = {"optimizations": [tf.lite.Optimize.DEFAULT], "target_spec": target}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "serving.tflite"
        # The converter prints the signature of every export.
        with contextlib.redirect_stdout(io.StringIO()):
            model.export(path, format="litert", verbose=False, **how)
        return path.read_bytes()


def keras_probabilities(
    model: "keras.Model", images: Uint8Array
) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """(images, classes) float32 of the Keras model, a sigmoid p spelled out as (1 - p, p)."""
    outputs = np.asarray(model.predict(as_model_input(images), batch_size=64, verbose=0))
    if outputs.shape[1] == 1:
        return np.hstack([1 - outputs, outputs])
    return outputs


def largest_difference(
    model: "keras.Model", spec: ModelSpec, serving: bytes, images: Uint8Array
) -> float:
    """The largest difference of any probability between Keras and the exported model.

    Raises:
        RuntimeError: it is more than is allowed: the export is wrong.
    """
    allowed = ALLOWED_DIFFERENCE_ROUNDED if spec.rounded_weights else ALLOWED_DIFFERENCE
    served = ServedModel(spec.target, serving).probabilities(images)
    difference = float(np.abs(served - keras_probabilities(model, images)).max())
    if difference > allowed:
        raise RuntimeError(f"the exported model differs from Keras by {difference:.2e}")
    return difference


def rounded_model(model: "keras.Model") -> "keras.Model":
    """The model with rounded weights, without an optimizer."""
    import keras

    short = keras.Model.from_config(model.get_config())
    short.set_weights([rounded(each) for each in model.get_weights()])
    return short


def weights_without_optimizer(model: "keras.Model") -> bytes:
    """The content of a ``.keras`` file of the layers alone."""
    import keras

    # Made from the layers alone: a compiled model is saved with its optimizer's state.
    bare = keras.Model.from_config(model.get_config())
    bare.set_weights(model.get_weights())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weights.keras"
        bare.save(path)
        return path.read_bytes()
