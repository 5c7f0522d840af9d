"""The 128 numbers under the hand classifier's answers, out of its published file as it is.

A TFLite file names the tensors that it answers with. Naming another one, in a copy, makes its
frozen layers a network of their own: nothing is exported anew, and a new publication needs no step.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from core.artifacts import store as artifacts
from core.common.types import Box, Float32Array, Float64Array, Photo, Uint8Array
from core.few_shot.regression import Regression
from core.hands.pipeline import HAND_CLASSIFIER
from core.hands.preprocessing import as_model_input, preprocess_crop
from core.hands.tflite import ServedNet
from core.images.decoding import to_grey
from core.images.geometry import crop, square_around
from core.synthetic.photo import PhotoSettings, draw_photo
from core.zoo.hand_classifier import FEATURES

WORLD_HANDS = 120
"""Drawn hands that stand for all that is none of the signs."""

_WORLD_SEED = 21_000_000
_WORLD_SIZE = (200, 150)


@dataclass(frozen=True)
class FrozenLayers:
    """The classifier up to its features, and what of it a head must be scaled by.

    Attributes:
        version: checksum of the classifier's file.
        world: (``WORLD_HANDS``, 128) float64 features of drawn hands.
        last: the published layer that turns features into the classifier's 56 answers.
    """

    net: ServedNet
    version: str
    world: Float64Array
    last: Regression

    def read(self, image: Uint8Array) -> Float32Array:
        """(128,) features of a preprocessed image, (128, 128) uint8."""
        return np.asarray(self.net.answer(as_model_input(image[None]))[0], np.float32)

    @property
    def mean(self) -> Float64Array:
        """(128,) means over the drawn hands."""
        return np.asarray(self.world.mean(axis=0))

    @property
    def deviation(self) -> Float64Array:
        """(128,) standard deviations over the drawn hands, none of them nearly zero."""
        spread = self.world.std(axis=0)
        return np.asarray(np.maximum(spread, 0.1 * spread.max()))


def frozen_layers(root: Path = artifacts.MODELS_ROOT) -> FrozenLayers:
    """The frozen layers of the classifier as it is published now.

    Raises:
        UserError: it is not trained, or its file is damaged.
    """
    return prepare_frozen_layers(root).result()


def prepare_frozen_layers(root: Path = artifacts.MODELS_ROOT) -> "Future[FrozenLayers]":
    """The same, while something else goes on: drawing the hands takes seconds, once a process.

    Raises:
        UserError: the classifier is not trained.
    """
    return _coming(artifacts.version_of(HAND_CLASSIFIER, root), root)


_DRAWING = ThreadPoolExecutor(1, "drawn hands")


@lru_cache(maxsize=2)
def _coming(_version: artifacts.Version, root: Path) -> "Future[FrozenLayers]":
    return _DRAWING.submit(_frozen_layers, root)


def _frozen_layers(root: Path) -> FrozenLayers:
    content = artifacts.read_verified(HAND_CLASSIFIER, artifacts.SERVING_FILE, root)
    net = ServedNet(features_model(content), "classify", (1, FEATURES))
    version = artifacts.read_card(HAND_CLASSIFIER, root).sha256[artifacts.SERVING_FILE]
    world = [net.answer(as_model_input(_drawn_hand(n)[None]))[0] for n in range(WORLD_HANDS)]
    return FrozenLayers(net, version, np.array(world, np.float64), last_layer(content))


def features_model(content: bytes) -> bytes:
    """The classifier's file, answering with its features: the input of its last layer.

    Only the numbers of its output tensor change, in the graph and in its signature.
    """
    from ai_edge_litert import schema_py_generated as schema

    changed = bytearray(content)
    model = schema.Model.GetRootAs(changed, 0)
    graph = model.Subgraphs(0)
    answer = int(graph.Outputs(0))
    last = next(
        op
        for op in map(graph.Operators, range(graph.OperatorsLength()))
        if answer in op.OutputsAsNumpy()
    )
    graph.OutputsAsNumpy().flags.writeable = True
    graph.OutputsAsNumpy()[0] = features = int(last.Inputs(0))
    output = model.SignatureDefs(0).Outputs(0)
    # A field that is not its default of 0 stands in the table itself.
    at = output._tab.Pos + output._tab.Offset(6)
    changed[at : at + 4] = features.to_bytes(4, "little")
    return bytes(changed)


def last_layer(content: bytes) -> Regression:
    """The classifier's last layer: its (56, 128) weights and (56,) biases."""
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(content, 0)
    (graph,) = model.subgraphs
    made = {int(out): operator for operator in graph.operators for out in operator.outputs}

    def values(tensor: int) -> Float64Array:
        # Weights of 16 bits are widened by an operator of their own.
        while tensor in made:
            tensor = int(made[tensor].inputs[0])
        kind = graph.tensors[tensor]
        half = kind.type == schema.TensorType.FLOAT16
        data = np.asarray(model.buffers[kind.buffer].data, np.uint8).tobytes()
        flat = np.frombuffer(data, "<f2" if half else "<f4")
        return flat.reshape(kind.shape).astype(np.float64)

    _, weights, biases = map(int, made[int(graph.outputs[0])].inputs)
    return Regression(values(weights), values(biases))


def features_input(photo: Photo, box: Box | None) -> Uint8Array:
    """The preprocessed image whose features stand for a photo: of a hand, or of its middle.

    Without a hand it is the largest square in the middle, so that "no hand" can be taught too.
    """
    grey = to_grey(photo.pixels)
    if box is not None:
        return preprocess_crop(grey, box).image
    return crop(grey, square_around(middle_of(photo.width, photo.height)))


def middle_of(width: int, height: int) -> Box:
    """The largest square in the middle of a photo."""
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    return Box(left, top, left + side, top + side)


def _drawn_hand(number: int) -> Uint8Array:
    """(128, 128) uint8: a drawn hand as the classifier would see it."""
    width, height = _WORLD_SIZE
    settings = PhotoSettings(width=width, height=height, size=(0.5, 0.9))
    drawn = draw_photo(_WORLD_SEED + number, settings)
    return features_input(Photo(drawn.pixels), drawn.hands[0].box)
