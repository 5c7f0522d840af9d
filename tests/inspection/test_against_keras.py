"""Every number that "Look inside" shows, held against Keras."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from core.artifacts import store as artifacts
from core.artifacts.weights import LAYERS_FILE
from core.common.types import SIDES, Uint8Array
from core.hands.pipeline import HAND_CLASSIFIER
from core.hands.preprocessing import as_model_input
from core.inspection.columns import columns_of, source_of
from core.inspection.gradcam import gradient, last_pictures
from core.inspection.layers import InspectedModel
from core.inspection.network import inspect
from core.inspection.units import dense_unit, map_unit, pooling_unit
from core.synthetic.dataset_look import draw_dataset_image
from core.training.publish import refresh_layer_graph
from core.zoo import article_specs
from tests.helpers.keras_process import in_keras_process

pytestmark = pytest.mark.keras

NAMES = [*(name for name in article_specs() if artifacts.is_trained(name)), HAND_CLASSIFIER]
ALLOWED = 1e-4
"""Of any output; of a layer's largest one, where that is more than 1."""

IMAGES = 50


@cache
def images() -> Uint8Array:
    return np.stack([draw_dataset_image(i % 6, SIDES[i % 2], i) for i in range(IMAGES)])


@cache
@in_keras_process
def differences(name: str) -> dict[str, float]:
    """For each layer, how far the graph's outputs lie from Keras's, as a share of what is large."""
    import keras

    path = artifacts.model_folder(name) / "weights.keras"
    model = keras.models.load_model(path, compile=False, safe_mode=True)
    whole = keras.Model(model.inputs, {each.name: each.output for each in model.layers})
    inspected = InspectedModel(name)
    found: dict[str, float] = {}
    for image in images():
        expected = whole(as_model_input(image[None]), training=False)
        for layer, output in inspected.activations(image).items():
            wanted = np.asarray(expected[layer])[0]
            assert output.shape == wanted.shape, layer
            apart = float(np.abs(output - wanted).max()) / max(1.0, float(np.abs(wanted).max()))
            found[layer] = max(found.get(layer, 0.0), apart)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_layer_gives_what_keras_gives(name: str) -> None:
    found = differences(name)
    assert list(found) == [layer.name for layer in artifacts.read_card(name).layers]
    assert max(found.values()) < ALLOWED, found


@in_keras_process
def slopes(name: str, answer: int) -> tuple[float, float]:
    """The largest difference from TensorFlow's gradient, and the largest gradient."""
    import keras
    import tensorflow as tf

    path = artifacts.model_folder(name) / "weights.keras"
    model = keras.models.load_model(path, compile=False, safe_mode=True)
    inspected = InspectedModel(name)
    columns = columns_of(inspected.card)
    maps = last_pictures(columns)
    # Grad-CAM follows the logit, so that the last layer loses its softmax.
    model.layers[-1].activation = keras.activations.linear
    rest = keras.Model(model.get_layer(maps.output).output, model.layers[-1].output)
    image = images()[5]
    found = inspected.activations(image)
    given = tf.constant(found[maps.output][None])
    with tf.GradientTape() as tape:
        tape.watch(given)
        logit = rest(given, training=False)[0, answer]
    expected = np.asarray(tape.gradient(logit, given))[0]
    ours = gradient(inspected, found, columns, answer)
    return float(np.abs(ours - expected).max()), float(np.abs(expected).max())


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("cnn", 2),
        ("cnn_batch_norm", 5),
        ("hand_side", 0),
        ("dense_batch_norm", 1),
        ("logistic_pooled", 4),
        (HAND_CLASSIFIER, 3),
    ],
)
def test_what_answers_rest_on_follows_the_gradient(name: str, answer: int) -> None:
    apart, largest = slopes(name, answer)
    assert largest > 0
    assert apart < 1e-5 * max(1, largest)


@in_keras_process
def exported_again(name: str) -> dict[str, float]:
    """What the graph gives that the published weights give now, against the one in the folder."""
    import keras
    from ai_edge_litert.interpreter import Interpreter

    from core.artifacts.weights import LAYERS_SIGNATURE
    from core.training.export import export_layer_graph

    path = artifacts.model_folder(name) / "weights.keras"
    content = export_layer_graph(keras.models.load_model(path, compile=False, safe_mode=True))
    inspected = InspectedModel(name)
    again = Interpreter(model_content=content).get_signature_runner(LAYERS_SIGNATURE)
    image = images()[7]
    found = again(image=as_model_input(image[None]), **inspected.given)
    return {
        layer: float(np.abs(found[layer][0] - output).max())
        for layer, output in inspected.activations(image).items()
    }


@pytest.mark.parametrize("name", ["cnn_batch_norm", "logistic_pooled", HAND_CLASSIFIER])
def test_the_graph_is_the_one_that_the_weights_give(name: str) -> None:
    assert artifacts.read_card(name).sha256[LAYERS_FILE]
    assert max(exported_again(name).values()) == 0


@in_keras_process
def refreshed(root: str) -> dict[str, str]:
    return refresh_layer_graph("softmax", Path(root)).sha256


def test_a_published_model_gets_its_graph_again_and_keeps_the_rest(tmp_path: Path) -> None:
    card = artifacts.read_card("softmax")
    files = {file: artifacts.read_verified("softmax", file) for file in card.sha256}
    del files[LAYERS_FILE]
    sums = {file: card.sha256[file] for file in files}
    artifacts.write_model(replace(card, sha256=sums), files, tmp_path)
    found = refreshed(str(tmp_path))
    assert found.keys() == card.sha256.keys()
    assert {file: found[file] for file in sums} == sums
    shown = InspectedModel("softmax", tmp_path).activations(images()[0])
    assert shown["fingers"].sum() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_the_arithmetic_of_a_unit_ends_in_the_layer_s_output(name: str) -> None:
    """The steps that are shown lead to what the graph, and so Keras, gives."""
    for image in images()[:3]:
        shown = inspect(name, image)
        for place, column in enumerate(shown.columns[1:], start=1):
            before, output = source_of(shown.columns, place), shown.found[column.output]
            scale = max(1.0, float(np.abs(output).max()))
            number = (7 * place) % column.maps
            if column.kind in ("convolution", "block"):
                unit = map_unit(shown.model, shown.found, column, before, number, 0)
                apart = np.abs(unit.output - output[..., number]).max()
                assert unit.by_channel.shape[:2] == unit.sums.shape == output.shape[:2]
            elif column.kind == "pooling":
                pooled = pooling_unit(shown.model, shown.found, column, before, number)
                apart = np.abs(pooled.output - output[..., number]).max()
            elif column.kind == "dense":
                dense = dense_unit(shown.model, shown.found, column, before, number)
                apart = abs(dense.output - output[number])
            elif column.kind == "answer":
                answers = shown.answers
                given = answers.logits if name == HAND_CLASSIFIER else answers.probabilities
                apart = np.abs(given - output[: len(given)]).max()
            else:
                given = shown.found[shown.columns[place - 1].output]
                apart = np.abs(given.ravel() - output).max()
            assert apart < ALLOWED * scale, column.key
