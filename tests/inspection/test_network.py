"""Columns, links and the strongest path, without Keras."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.artifacts import store as artifacts
from core.artifacts.cards import ArtifactError, Card
from core.artifacts.weights import LAYERS_FILE, read_weights
from core.hands.pipeline import HAND_CLASSIFIER
from core.inspection.columns import can_be_shown, source_of
from core.inspection.examples import EXAMPLES, find_example, is_right
from core.inspection.gradcam import added_by_place, grad_cam, gradient, last_pictures
from core.inspection.layers import InspectedModel, inspectable
from core.inspection.network import Inspection, inspect
from core.inspection.units import dense_unit, map_unit
from core.synthetic.dataset_look import draw_dataset_image
from core.zoo import article_specs

CNN = "cnn_batch_norm"
IMAGE = draw_dataset_image(3, "R", 5)


def test_networks_of_other_layers_are_not_offered() -> None:
    card = artifacts.read_card(CNN)
    assert set(inspectable()) == {*filter(artifacts.is_trained, article_specs()), HAND_CLASSIFIER}
    assert can_be_shown(card.layers)
    assert not can_be_shown(artifacts.read_card("hand_detector").layers)
    other = replace(card.layers[2], kind="SeparableConv2D")
    assert not can_be_shown((*card.layers[:2], other, *card.layers[3:]))
    assert not can_be_shown(card.layers[:-1])


def of(name: str) -> Inspection:
    return inspect(name, IMAGE)


def test_the_article_s_cnn_stands_in_five_columns() -> None:
    columns = of(CNN).columns
    assert [(each.title, each.kind, each.maps) for each in columns] == [
        ("Image", "image", 1),
        ("Convolution 1", "convolution", 64),
        ("Convolution 2", "convolution", 32),
        ("Flatten", "flatten", 1),
        ("Softmax", "answer", 6),
    ]
    assert [layer.name for layer in columns[1].layers] == [
        "convolution_1", "batch_norm_1", "relu_1"
    ]  # fmt: skip
    assert sum(layer.parameters for each in columns for layer in each.layers) == 204_454


def test_the_hand_classifier_stands_by_stages() -> None:
    columns = of(HAND_CLASSIFIER).columns
    assert [each.title for each in columns] == [
        "Image", "Stem", "Stage 1", "Stage 2", "Stage 3", "Stage 4", "Narrow", "Flatten",
        "Features", "Answers",
    ]  # fmt: skip
    assert columns[3].last_block == "stage_2_block_3"


@pytest.mark.parametrize("name", [CNN, "hand_side", "dense_128", "logistic_pooled"])
def test_it_says_what_the_shipped_model_says(name: str) -> None:
    shown = of(name)
    assert shown.says == ("right hand" if name == "hand_side" else "3")
    assert shown.probability > 0.5


def test_the_links_of_a_convolution_are_what_its_maps_add() -> None:
    shown = of(CNN)
    strengths = shown.strengths(2)
    assert strengths is not None
    assert strengths.shape == (32, 64)
    unit = map_unit(shown.model, shown.found, shown.columns[2], shown.columns[1], 9, 0)
    np.testing.assert_allclose(strengths[9], unit.by_channel.mean(axis=(0, 1)), atol=1e-5)


def test_the_links_of_an_answer_and_its_bias_are_its_logit() -> None:
    shown = of(CNN)
    strengths = shown.strengths(4)
    assert strengths is not None
    bias = shown.model.weights["fingers"].arrays[1]
    np.testing.assert_allclose(strengths.sum(axis=1) + bias, shown.answers.logits, rtol=1e-4)


@pytest.mark.parametrize("name", [CNN, "cnn", "hand_side", "dense_batch_norm", HAND_CLASSIFIER])
def test_the_strongest_path_leads_from_the_answer_to_the_image(name: str) -> None:
    shown = of(name)
    steps = shown.path
    keys = [each.key for each in shown.columns if each.kind != "flatten"]
    assert [step.column for step in steps] == keys[::-1]
    assert steps[0].number == shown.answer
    for step in steps:
        place = shown.place_of(step.column)
        assert place is not None
        shape = shown.columns[place].shape
        assert step.number < shape[-1]
        if len(shape) == 3:
            assert (step.row < shape[0], step.at < shape[1]) == (True, True)


def test_the_path_follows_the_map_that_adds_most() -> None:
    shown = of(CNN)
    answer, second, first, _ = shown.path
    strengths = shown.strengths(4)
    assert strengths is not None
    assert second.number == strengths[answer.number].argmax()
    unit = map_unit(shown.model, shown.found, shown.columns[2], shown.columns[1], second.number, 0)
    assert first.number == unit.by_channel[second.row, second.at].argmax()


def test_all_places_and_the_bias_add_up_to_the_logit() -> None:
    shown = of(CNN)
    bias = shown.model.weights["fingers"].arrays[1]
    for answer in range(6):
        added = added_by_place(shown.model, shown.found, shown.columns, answer)
        assert added.shape == (31, 31)
        total = added.sum(dtype=np.float64) + bias[answer]
        assert total == pytest.approx(shown.answers.logits[answer], abs=1e-3)


def test_grad_cam_counts_maps_by_their_mean_gradient() -> None:
    shown = of(CNN)
    slopes = gradient(shown.model, shown.found, shown.columns, 4).mean(axis=(0, 1))
    expected = np.einsum("yxk,k->yx", shown.found["relu_2"], slopes)
    found = grad_cam(shown.model, shown.found, shown.columns, 4)
    np.testing.assert_allclose(found, np.maximum(expected, 0), atol=1e-5)
    opposite = grad_cam(shown.model, shown.found, shown.columns, 4, sign=-1)
    np.testing.assert_allclose(opposite, np.maximum(-expected, 0), atol=1e-5)


def test_without_convolutions_there_is_no_grad_cam() -> None:
    shown = of("softmax")
    assert last_pictures(shown.columns).kind == "image"
    with pytest.raises(ValueError, match="no feature maps"):
        grad_cam(shown.model, shown.found, shown.columns, 0)


def test_a_dense_unit_keeps_the_shape_of_the_picture() -> None:
    shown = of("dense_128")
    unit = dense_unit(shown.model, shown.found, shown.columns[2], source_of(shown.columns, 2), 3)
    assert unit.shape == (128, 128, 1)
    assert unit.products.sum() + unit.bias == pytest.approx(unit.sum, abs=1e-3)


def test_a_photo_that_is_read_wrongly_is_found() -> None:
    found = find_example(CNN, "own", right=False)
    assert found is not None
    assert not is_right(inspect(CNN, found.image), found.fingers, found.side)
    assert EXAMPLES == 24


def copied(name: str, folder: Path, **changed: bytes) -> Card:
    card = artifacts.read_card(name)
    files = {file: artifacts.read_verified(name, file) for file in card.sha256}
    artifacts.write_model(card, files, folder)
    for file, content in changed.items():
        (folder / name / file.replace("_", ".")).write_bytes(content)
    return card


def test_a_damaged_graph_or_weights_are_a_plain_error(tmp_path: Path) -> None:
    copied("softmax", tmp_path, layers_tflite=b"something else")
    with pytest.raises(ArtifactError, match="does not match its card"):
        InspectedModel("softmax", tmp_path)
    copied("softmax", tmp_path, weights_keras=b"something else")
    with pytest.raises(ArtifactError, match="does not match its card"):
        read_weights("softmax", tmp_path)


def test_a_model_without_the_graph_says_how_to_export_it(tmp_path: Path) -> None:
    card = copied("softmax", tmp_path)
    path = tmp_path / "softmax" / "card.json"
    line = f',\n  "{LAYERS_FILE}": "{card.sha256[LAYERS_FILE]}"'
    path.write_text(path.read_text("utf-8").replace(line, ""), "utf-8")
    with pytest.raises(ArtifactError, match="python -m core models --layers softmax"):
        InspectedModel("softmax", tmp_path)
