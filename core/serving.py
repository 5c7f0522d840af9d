"""Exported models -> probabilities, without TensorFlow: shared by threads, one image at a time."""

import threading
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from core import artifacts
from core.model_spec import Target
from core.preparation import as_model_input
from core.types import FINGER_COUNTS, IMAGE_SIZE, SIDES, Float32Array, Uint8Array
from core.zoo import get_spec

CLASSES: dict[Target, tuple[str, ...]] = {
    "fingers": tuple(map(str, FINGER_COUNTS)),
    "side": SIDES,
}
"""The labels of a model's probabilities, in order."""


class ServedModel:
    """An exported model in LiteRT's interpreter; threads share it, one image at a time."""

    def __init__(self, target: Target, content: bytes) -> None:
        """Load a TFLite file.

        Raises:
            ArtifactError: the file is not a model of this program.
        """
        from ai_edge_litert.interpreter import Interpreter

        self._lock = threading.Lock()
        self._classes = CLASSES[target]
        try:
            self._interpreter = Interpreter(model_content=content, num_threads=1)
            self._interpreter.allocate_tensors()
            (image,) = self._interpreter.get_input_details()
            (output,) = self._interpreter.get_output_details()
        except (ValueError, RuntimeError) as error:
            raise artifacts.ArtifactError(
                f"This is not a model that can be run: {error}"
            ) from error
        self._check(image, (1, IMAGE_SIZE, IMAGE_SIZE, 1))
        self._check(output, (1, 1 if target == "side" else len(self._classes)))
        self._input_index = image["index"]
        self._output_index = output["index"]

    @staticmethod
    def _check(tensor: dict[str, Any], shape: tuple[int, ...]) -> None:
        if tuple(tensor["shape"]) != shape or tensor["dtype"] != np.float32:
            raise artifacts.ArtifactError(
                f"This model has a tensor of shape {tuple(tensor['shape'])}, not {shape}."
            )

    def probabilities(self, images: Uint8Array) -> Float32Array:
        """Read prepared images.

        Args:
            images: (images, 128, 128) uint8, grey.

        Returns:
            (images, classes) float32, each row summing to 1.
        """
        rows = np.empty((len(images), len(self._classes)), np.float32)
        for row, image in zip(rows, images, strict=True):
            model_input = as_model_input(image[None])
            with self._lock:
                self._interpreter.set_tensor(self._input_index, model_input)
                self._interpreter.invoke()
                output = self._interpreter.get_tensor(self._output_index)[0]
            row[:] = (1 - output[0], output[0]) if len(output) == 1 else output
        return rows


@cache
def serve(name: str, root: Path = artifacts.MODELS_ROOT) -> ServedModel:
    """The trained model of that name, loaded once a process.

    Raises:
        UserError: there is no such model, it is not trained, or its file is damaged.
    """
    spec = get_spec(name)
    return ServedModel(spec.target, artifacts.read_verified(name, "serving.tflite", root))
