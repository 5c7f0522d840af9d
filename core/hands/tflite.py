"""Runs exported models in LiteRT, without TensorFlow; thread-safe, one image at a time."""

import threading
from functools import cache
from pathlib import Path

import numpy as np

from core.artifacts import store as artifacts
from core.artifacts.cards import ArtifactError
from core.common.types import CLASSES, Float32Array, Target, Uint8Array
from core.hands.preprocessing import as_model_input
from core.zoo import Task, get_spec, net_shapes


class ServedNet:
    """An exported network in LiteRT's interpreter; thread-safe, one input at a time."""

    def __init__(self, content: bytes, task: Task, threads: int = 1) -> None:
        """Load a TFLite file whose single float32 input and output fit the task.

        Raises:
            ArtifactError: the file is not such a network.
        """
        from ai_edge_litert.interpreter import Interpreter

        self._lock = threading.Lock()
        try:
            self._interpreter = Interpreter(model_content=content, num_threads=threads)
            self._interpreter.allocate_tensors()
            (given,) = self._interpreter.get_input_details()
            (output,) = self._interpreter.get_output_details()
        except (ValueError, RuntimeError) as error:
            raise ArtifactError(f"This is not a model that can be run: {error}") from error
        for tensor, shape in zip((given, output), net_shapes(task), strict=True):
            if tuple(tensor["shape"]) != shape or tensor["dtype"] != np.float32:
                raise ArtifactError(
                    f"This model has a tensor of shape {tuple(tensor['shape'])}, not {shape}."
                )
        self._input_index = given["index"]
        self._output_index = output["index"]

    def answer(self, given: Float32Array) -> Float32Array:
        """The network's output for one input, both with a batch of one."""
        with self._lock:
            self._interpreter.set_tensor(self._input_index, given)
            self._interpreter.invoke()
            output: Float32Array = self._interpreter.get_tensor(self._output_index)
        return output


class ServedModel:
    """An exported model of the article: preprocessed images -> probabilities."""

    def __init__(self, target: Target, content: bytes) -> None:
        """Load a TFLite file that answers a question about an image.

        Raises:
            ArtifactError: the file is not a model of this program.
        """
        self._classes = CLASSES[target]
        self._net = ServedNet(content, target)

    def probabilities(self, images: Uint8Array) -> Float32Array:
        """(images, classes) float32, each row summing to 1, for (images, 128, 128) uint8."""
        rows = np.empty((len(images), len(self._classes)), np.float32)
        for row, image in zip(rows, images, strict=True):
            output = self._net.answer(as_model_input(image[None]))[0]
            row[:] = (1 - output[0], output[0]) if len(output) == 1 else output
        return rows


@cache
def serve(name: str, root: Path = artifacts.MODELS_ROOT) -> ServedModel:
    """The trained model of that name, loaded once per process.

    Raises:
        UserError: there is no such model, it is not trained, or its file is damaged.
    """
    spec = get_spec(name)
    return ServedModel(spec.target, artifacts.read_verified(name, "serving.tflite", root))
