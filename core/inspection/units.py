"""One unit of a network at work: its inputs, its weights, and every step to its output."""

from dataclasses import dataclass

import numpy as np

from core.common.types import Float32Array
from core.inspection.arithmetic import (
    BatchNorm,
    Window,
    exponentials,
    maxima,
    neuron,
    products,
    relu,
    sigmoid,
    softmax,
    sums_by_channel,
)
from core.inspection.columns import Column
from core.inspection.layers import Activations, InspectedModel


@dataclass(frozen=True)
class MapUnit:
    """One feature map: how a kernel makes it of the maps before, of which one is looked at closely.

    Attributes:
        window: how the kernel moves.
        given: (height, width) float32, the input map that is looked at.
        kernel: (size, size) its weights.
        products: (rows, columns, size, size) of both.
        by_channel: (rows, columns, channels) the sum of products of each input map.
        bias: added to their sum.
        sums: (rows, columns) the sum of all products, with the bias.
        norm: what batch normalisation does to it; None without.
        normalised: (rows, columns) after that; the sums without.
        shortcut: (rows, columns) what a residual block adds; None without.
        output: (rows, columns) after ReLU.
    """

    window: Window
    given: Float32Array
    kernel: Float32Array
    products: Float32Array
    by_channel: Float32Array
    bias: float
    sums: Float32Array
    norm: BatchNorm | None
    normalised: Float32Array
    shortcut: Float32Array | None
    output: Float32Array


@dataclass(frozen=True)
class PoolingUnit:
    """One map before, (height, width), and after pooling, (rows, columns)."""

    window: Window
    given: Float32Array
    output: Float32Array


@dataclass(frozen=True)
class DenseUnit:
    """One unit that reads all inputs; ``shape`` are those of the picture that was flattened.

    ``products``, ``weights`` and ``inputs`` are (inputs,) float32.
    """

    shape: tuple[int, ...]
    inputs: Float32Array
    weights: Float32Array
    products: Float32Array
    bias: float
    sum: float
    norm: BatchNorm | None
    normalised: float
    output: float


@dataclass(frozen=True)
class Answers:
    """How logits become probabilities: (classes,) float32 each; a lone logit has no exponentials.

    ``of_softmax`` is how many of the first share one softmax; the others are on their own.
    """

    logits: Float32Array
    exponentials: Float32Array
    probabilities: Float32Array
    of_softmax: int


def batch_norm_of(model: InspectedModel, layer: str | None, channel: int) -> BatchNorm | None:
    """What a layer of batch normalisation learned of one channel; None where there is none."""
    if layer is None:
        return None
    weights = model.weights[layer]
    gamma, beta, mean, variance = (float(each[channel]) for each in weights.arrays)
    return BatchNorm(gamma, beta, mean, variance, weights.settings.epsilon)


def batch_norm_slopes(model: InspectedModel, column: Column) -> Float32Array | float:
    """(units,): by how much batch normalisation stretches each unit; 1 where there is none."""
    layer = column.layer("BatchNormalization")
    if layer is None:
        return 1.0
    gamma, _, _, variance = model.weights[layer].arrays
    return np.asarray(gamma / np.sqrt(variance + model.weights[layer].settings.epsilon))


def map_unit(
    model: InspectedModel,
    found: Activations,
    column: Column,
    before: Column,
    number: int,
    channel: int,
) -> MapUnit:
    """A map of a convolution or, of a stage of residual blocks, of the last convolution in it."""
    names = _layers_of_map(model, column, before)
    weights = model.weights[names.convolution]
    kernel = weights.arrays[0][..., number]
    window = Window(kernel.shape[0], weights.settings.strides[0], weights.settings.padding)
    by_channel = sums_by_channel(found[names.given], kernel, window)
    bias = float(weights.arrays[1][number]) if len(weights.arrays) > 1 else 0.0
    sums = neuron(by_channel, bias)
    norm = batch_norm_of(model, names.norm, number)
    normalised = sums if norm is None else norm.normalised(sums)
    shortcut = None if names.shortcut is None else found[names.shortcut][..., number]
    return MapUnit(
        window=window,
        given=found[names.given][..., channel],
        kernel=kernel[..., channel],
        products=products(found[names.given][..., channel], kernel[..., channel], window),
        by_channel=by_channel,
        bias=bias,
        sums=sums,
        norm=norm,
        normalised=normalised,
        shortcut=shortcut,
        output=relu(normalised if shortcut is None else normalised + shortcut),
    )


@dataclass(frozen=True)
class _MapLayers:
    """Names of layers: what a convolution reads, itself, and what follows."""

    given: str
    convolution: str
    norm: str | None
    shortcut: str | None = None


def _layers_of_map(model: InspectedModel, column: Column, before: Column) -> _MapLayers:
    if column.kind == "convolution":
        convolution = column.layer("Conv2D")
        assert convolution is not None
        return _MapLayers(before.output, convolution, column.layer("BatchNormalization"))
    block = column.last_block
    projected = f"{block}_projection_batch_norm"
    stage, _, number = block.rpartition("_")
    return _MapLayers(
        given=f"{block}_first_relu",
        convolution=f"{block}_second_convolution",
        norm=f"{block}_second_batch_norm",
        shortcut=projected if projected in model.weights else f"{stage}_{int(number) - 1}_relu",
    )


def inputs_of_map(model: InspectedModel, column: Column, before: Column) -> str:
    """The layer whose maps a map of this column is a sum of."""
    return _layers_of_map(model, column, before).given


def pooling_unit(
    model: InspectedModel, found: Activations, column: Column, before: Column, number: int
) -> PoolingUnit:
    """A map before and after max pooling."""
    settings = model.weights[column.key].settings
    window = Window(settings.pool_size[0], settings.strides[0], settings.padding)
    given = found[before.output][..., number]
    return PoolingUnit(window, given, maxima(given, window))


def dense_unit(
    model: InspectedModel, found: Activations, column: Column, before: Column, number: int
) -> DenseUnit:
    """A unit of a dense layer; ``before`` is the column of pictures or units that it reads."""
    weights = model.weights[column.key]
    inputs = found[before.output].reshape(-1)
    of_unit = np.ascontiguousarray(weights.arrays[0][:, number])
    each = np.asarray(inputs * of_unit, np.float32)
    bias = float(weights.arrays[1][number])
    total = neuron(each, bias)
    norm = batch_norm_of(model, column.layer("BatchNormalization"), number)
    normalised = total if norm is None else norm.normalised(total)
    has_relu = column.layer("ReLU") is not None or weights.settings.activation == "relu"
    return DenseUnit(
        shape=before.shape,
        inputs=inputs,
        weights=of_unit,
        products=each,
        bias=bias,
        sum=float(total),
        norm=norm,
        normalised=float(normalised),
        output=float(relu(normalised) if has_relu else normalised),
    )


def answers_of(
    model: InspectedModel,
    found: Activations,
    column: Column,
    before: Column,
    count: int,
    of_softmax: int,
) -> Answers:
    """The first ``count`` logits of the last layer, and what becomes of them.

    ``of_softmax`` of them share one softmax, each other one goes through a sigmoid.
    """
    kernel, bias = (each[..., :count] for each in model.weights[column.key].arrays)
    each = found[before.output].reshape(-1)[:, None] * kernel
    logits = np.array([neuron(row, float(b)) for row, b in zip(each.T, bias, strict=True)])
    logits = logits.astype(np.float32)
    of_one = [sigmoid(float(each)) for each in logits[of_softmax:]]
    shared = logits[:of_softmax]
    return Answers(
        logits=logits,
        exponentials=exponentials(shared) if of_softmax else shared,
        probabilities=np.array([*(softmax(shared) if of_softmax else ()), *of_one], np.float32),
        of_softmax=of_softmax,
    )
