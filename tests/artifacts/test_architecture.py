"""The layers that pages draw are those of the trained networks."""

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.artifacts import store as artifacts
from core.artifacts.architecture import Layer, layers_of
from core.artifacts.cards import ArtifactError
from core.artifacts.store import sha256_of
from core.zoo import article_specs

TRAINED = [name for name in article_specs() if artifacts.is_trained(name)]
NETWORKS = [name for name in TRAINED if "weights.keras" in artifacts.read_card(name).sha256]


@pytest.mark.parametrize("name", NETWORKS)
def test_the_parameters_are_those_of_the_card(name: str) -> None:
    card, layers = artifacts.read_card(name), layers_of(name)
    assert sum(layer.parameters for layer in layers) == card.parameters
    # Moving means and deviations of batch normalisation are numbers that are not trained.
    learned = sum(
        layer.parameters // (2 if layer.kind == "BatchNormalization" else 1)
        for layer in layers
        if layer.trainable
    )
    assert learned == card.trainable_parameters
    assert layers[-1].output == (1 if card.target == "side" else 6,)


def test_the_article_s_network_layer_by_layer() -> None:
    layers = {layer.name: layer for layer in layers_of("cnn_batch_norm")}
    assert layers["convolution_1"].output == (63, 63, 64)
    assert layers["convolution_2"].output == (31, 31, 32)
    assert layers["convolution_2"].parameters == (3 * 3 * 64 + 1) * 32
    assert layers["flatten"].output == (30_752,)
    assert layers["fingers"].parameters == (30_752 + 1) * 6


def test_only_the_new_output_of_the_side_network_learned() -> None:
    shared, whole = layers_of("hand_side"), layers_of("cnn_batch_norm")
    assert [layer.name for layer in shared if layer.trainable] == ["right_hand"]
    assert [replace(each, trainable=False) for each in whole[:-1]] == list(shared[:-1])


def write_described(layers: Any, folder: Path) -> None:
    """A copy of a model whose file lists other layers."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("config.json", json.dumps({"config": {"layers": layers}}))
    write_weights(content.getvalue(), folder)


def write_weights(content: bytes, folder: Path) -> None:
    card = artifacts.read_card("hand_side")
    files = {file: artifacts.read_verified("hand_side", file) for file in card.sha256}
    files["weights.keras"] = content
    sums = {file: sha256_of(each) for file, each in files.items()}
    artifacts.write_model(replace(card, sha256=sums), files, folder)


def convolution(**changes: Any) -> dict[str, Any]:
    settings = {
        "name": "c",
        "trainable": True,
        "kernel_size": [3, 3],
        "strides": [2, 2],
        "padding": "same",
        "filters": 8,
        "use_bias": False,
    }
    return {"class_name": "Conv2D", "config": settings | changes}


def test_a_padded_convolution_keeps_its_edges(tmp_path: Path) -> None:
    write_described([convolution()], tmp_path)
    assert layers_of("hand_side", tmp_path) == (Layer("c", "Conv2D", (64, 64, 8), 72, True),)


def test_pooling_has_no_weights(tmp_path: Path) -> None:
    pooling = convolution(pool_size=[4, 4], strides=[4, 4], padding="valid")
    write_described([pooling | {"class_name": "MaxPooling2D"}], tmp_path)
    assert layers_of("hand_side", tmp_path) == (Layer("c", "MaxPooling2D", (32, 32, 1), 0, False),)


@pytest.mark.parametrize(
    "layers",
    [
        [{"class_name": "Lambda", "config": {"name": "l", "trainable": True}}],
        [convolution(padding="causal")],
        [convolution(strides=[2])],
        [convolution(filters=-1)],
        [{"class_name": "Dense", "config": {}}],
        ["x"],
        {},
        None,
        [convolution(kernel_size=[200, 200], padding="valid")],
    ],
)
def test_unknown_layers_are_a_plain_error(tmp_path: Path, layers: Any) -> None:
    write_described(layers, tmp_path)
    if layers == {}:
        assert layers_of("hand_side", tmp_path) == ()
        return
    with pytest.raises(ArtifactError, match="layers of 'hand_side' cannot be told"):
        layers_of("hand_side", tmp_path)


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04" * 9])
def test_a_damaged_file_is_a_plain_error(tmp_path: Path, content: bytes) -> None:
    write_weights(content, tmp_path)
    with pytest.raises(ArtifactError, match="cannot be told"):
        layers_of("hand_side", tmp_path)
