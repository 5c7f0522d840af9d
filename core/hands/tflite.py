"""Runs exported models in LiteRT, without TensorFlow; thread-safe, one image at a time."""

import threading

import numpy as np

from core.artifacts.cards import ArtifactError, TestAnswers
from core.common.types import TARGETS, Float32Array, Uint8Array
from core.hands.preprocessing import as_model_input
from core.zoo import Shape, Task, net_shapes

THREADS = 2
"""Of a model for any camera; on two cores they take little more than half the time of one."""

NOISE_INPUTS = 8
MAX_TEST_OUTPUTS = 16
"""Outputs that are kept of each test answer, spread evenly over all of them."""


class ServedNet:
    """An exported network in LiteRT's interpreter; thread-safe, one input at a time."""

    def __init__(self, content: bytes, task: Task, output: Shape | None = None) -> None:
        """Load a TFLite file whose single float32 input and output fit the task.

        Another shape of the output is that of a layer on the way to the task's answers.

        Raises:
            ArtifactError: the file is not a network for this task.
        """
        from ai_edge_litert.interpreter import Interpreter

        self._lock = threading.Lock()
        threads = 1 if task in TARGETS else THREADS
        try:
            self._interpreter = Interpreter(model_content=content, num_threads=threads)
            self._interpreter.allocate_tensors()
            (given,) = self._interpreter.get_input_details()
            (answer,) = self._interpreter.get_output_details()
        except (ValueError, RuntimeError) as error:
            raise ArtifactError(f"This is not a model that can be run: {error}") from error
        self._input_shape, answer_shape = net_shapes(task)
        self._output_shape = output or answer_shape
        shapes = (self._input_shape, self._output_shape)
        for tensor, shape in zip((given, answer), shapes, strict=True):
            if tuple(tensor["shape"]) != shape or tensor["dtype"] != np.float32:
                raise ArtifactError(
                    f"This model has a tensor of shape {tuple(tensor['shape'])}, not {shape}."
                )
        self._input_index = given["index"]
        self._output_index = answer["index"]

    def answer(self, given: Float32Array) -> Float32Array:
        """The network's output for one input, both with a batch of one."""
        with self._lock:
            self._interpreter.set_tensor(self._input_index, given)
            self._interpreter.invoke()
            output: Float32Array = self._interpreter.get_tensor(self._output_index)
        return output

    def probabilities(self, images: Uint8Array) -> Float32Array:
        """What a model of the article says of (images, 128, 128) uint8.

        Returns:
            (images, classes) float32, each row summing to 1.
        """
        outputs = np.empty((len(images), *self._output_shape[1:]), np.float32)
        for row, image in zip(outputs, images, strict=True):
            row[:] = self.answer(as_model_input(image[None]))[0]
        return np.hstack([1 - outputs, outputs]) if outputs.shape[1] == 1 else outputs

    def test_answers(self) -> TestAnswers:
        """Outputs for noise of rising contrast, by which a card recognises its model."""
        # Unlike NumPy's distributions, a generator's raw bits never change.
        bits = np.random.PCG64(0).random_raw(NOISE_INPUTS * int(np.prod(self._input_shape)) // 8)
        noise = bits.view(np.uint8).reshape(NOISE_INPUTS, *self._input_shape).astype(np.float32)
        answers = []
        for number, given in enumerate(noise, start=1):
            output = self.answer(given * np.float32(number / NOISE_INPUTS)).ravel()
            places = np.linspace(0, output.size - 1, min(output.size, MAX_TEST_OUTPUTS))
            kept = output[np.rint(places).astype(int)]
            answers.append(tuple(round(float(value), 6) for value in kept))
        return tuple(answers)
