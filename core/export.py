"""Keras model -> TFLite file, and the proof that both answer alike. Needs TensorFlow."""

import contextlib
import io
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.model_spec import ModelSpec
from core.preparation import as_model_input
from core.serving import ServedModel
from core.types import Uint8Array

if TYPE_CHECKING:
    import keras

ALLOWED_DIFFERENCE = 1e-4
"""Between any output of Keras and of the exported model."""


def export_serving_model(model: "keras.Model") -> bytes:
    """The model as a TFLite file in 32-bit floats, batch normalisation folded into its layers."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "serving.tflite"
        # The converter prints the signature of every export.
        with contextlib.redirect_stdout(io.StringIO()):
            model.export(path, format="litert", verbose=False)
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
        RuntimeError: it is more than ``ALLOWED_DIFFERENCE``: the export is wrong.
    """
    served = ServedModel(spec.target, serving).probabilities(images)
    difference = float(np.abs(served - keras_probabilities(model, images)).max())
    if difference > ALLOWED_DIFFERENCE:
        raise RuntimeError(f"the exported model differs from Keras by {difference:.2e}")
    return difference


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
