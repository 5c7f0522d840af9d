"""Every published model: its card against its files, and the project's requirements."""

import math
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.artifacts import store as artifacts
from core.artifacts.cards import ArtifactError, Card
from core.artifacts.store import Epoch
from core.common.metrics import wilson_interval
from core.common.types import CLASSES, FINGER_COUNTS, PREPROCESSING_VERSION, SIDES, Uint8Array
from core.evaluation.calibration import choose_temperature, draw_hands
from core.evaluation.synthetic_sets import LabelledImages
from core.hands.loading import serve
from core.hands.preprocessing import as_model_input
from core.hands.tflite import ServedNet
from core.synthetic.dataset_look import draw_dataset_image
from core.training.export import ALLOWED_DIFFERENCE, ALLOWED_DIFFERENCE_ROUNDED
from core.zoo import FitRecipe, article_specs, get_spec
from tests.helpers.keras_process import in_keras_process

TRAINED = [name for name in article_specs() if artifacts.is_trained(name)]


def test_the_models_of_the_main_job_are_trained() -> None:
    assert {"cnn_batch_norm", "hand_side"} <= set(TRAINED)


@pytest.mark.parametrize("name", TRAINED)
def test_the_card_agrees_with_the_zoo_and_with_itself(name: str) -> None:
    card, spec = artifacts.read_card(name), get_spec(name)
    facts = card.on_dataset
    assert (card.name, card.title, card.task) == (name, spec.title, spec.task)
    assert facts.classes == CLASSES[spec.target]
    assert facts.backbone == spec.backbone
    recipe = spec.recipe
    assert facts.recipe == "article"
    if isinstance(recipe, FitRecipe):
        assert (card.epochs, card.batch_size, facts.c) == (1, None, recipe.c)
    else:
        assert (card.batch_size, card.learning_rate) == (recipe.batch_size, recipe.learning_rate)
        assert facts.cosine_decay == recipe.cosine_decay
        assert facts.horizontal_flip == recipe.horizontal_flip
    assert facts.train_images_used == min(recipe.images or 18_000, facts.data.train_images)
    assert facts.quantized_weights == spec.quantized_weights
    assert card.preprocessing_version == PREPROCESSING_VERSION
    matrix = np.array(facts.confusion_matrix)
    assert facts.errors == matrix.sum() - np.trace(matrix) == len(artifacts.read_mistakes(name))
    assert facts.test_accuracy == pytest.approx(1 - facts.errors / facts.data.test_images, abs=1e-6)
    assert not facts.data.rendered
    (shipped,) = [run for run in facts.runs if run.seed == card.seed]
    assert shipped.errors == facts.errors == min(run.errors for run in facts.runs)
    if facts.backbone is not None:
        assert facts.backbone_sha256 == artifacts.read_card(facts.backbone).sha256["weights.keras"]


@pytest.mark.parametrize("name", TRAINED)
def test_it_was_trained_to_the_end_of_its_recipe(name: str) -> None:
    assert artifacts.read_card(name).epochs == get_spec(name).recipe.epochs
    for run in artifacts.read_card(name).on_dataset.runs:
        assert run.epochs == get_spec(name).recipe.epochs


@pytest.mark.parametrize("name", TRAINED)
def test_what_was_recorded_of_each_epoch_agrees_with_the_history(name: str) -> None:
    card = artifacts.read_card(name)
    if "epochs.npz" not in card.sha256:
        pytest.skip(f"trained before epochs were recorded: python -m core train {name}")
    records = artifacts.read_epoch_records(name)
    assert records.epoch.tolist() == list(range(card.epochs + 1))
    assert records.confusion.shape[1:] == (len(card.on_dataset.classes),) * 2
    history = [epoch for epoch in artifacts.read_history(Epoch, name) if epoch.seed == card.seed]
    right = np.trace(records.confusion, axis1=1, axis2=2) / card.on_dataset.data.test_images
    assert right[1:] == pytest.approx([epoch.test_accuracy for epoch in history], abs=1e-6)
    if not card.on_dataset.quantized_weights:
        np.testing.assert_array_equal(records.confusion[-1], card.on_dataset.confusion_matrix)


def test_no_model_is_significantly_worse_than_the_article_s() -> None:
    behind = {
        name: (card.median_errors, article.errors)
        for name in TRAINED
        if (article := get_spec(name).article) is not None
        and (card := artifacts.read_card(name).on_dataset).median_errors > article.errors
        and not _may_be_equal(card.median_errors, article.errors, card.data.test_images)
    }
    assert not behind


def _may_be_equal(ours: float, theirs: int, images: int) -> bool:
    """Whether their 95% intervals overlap."""
    return wilson_interval(ours / images, images)[0] <= wilson_interval(theirs / images, images)[1]


@pytest.mark.parametrize("name", TRAINED)
def test_every_file_is_the_one_the_card_describes(name: str) -> None:
    card = artifacts.read_card(name)
    folder = artifacts.model_folder(name)
    assert {path.name for path in folder.iterdir()} == {"card.json", *card.sha256}
    for file in card.sha256:
        artifacts.read_verified(name, file)


@pytest.mark.parametrize("name", TRAINED)
def test_the_history_has_every_epoch_of_every_seed(name: str) -> None:
    card = artifacts.read_card(name)
    history = artifacts.read_history(Epoch, name)
    for run in card.on_dataset.runs:
        epochs = [epoch for epoch in history if epoch.seed == run.seed]
        assert [epoch.epoch for epoch in epochs] == list(range(1, run.epochs + 1))
        assert sum(epoch.seconds for epoch in epochs) == pytest.approx(run.seconds, abs=0.1)
        assert epochs[-1].test_accuracy == pytest.approx(run.test_accuracy, abs=1e-5)
    assert len(history) == sum(run.epochs for run in card.on_dataset.runs)


@pytest.mark.parametrize("name", TRAINED)
def test_at_least_three_seeds_are_reported(name: str) -> None:
    assert len(artifacts.read_card(name).on_dataset.runs) >= 3


@pytest.mark.parametrize("name", ["cnn_batch_norm", "hand_side"])
def test_the_models_of_the_main_job_make_no_mistake_on_the_test_set(name: str) -> None:
    card = artifacts.read_card(name).on_dataset
    assert (card.errors, card.data.test_images, card.data.train_images) == (0, 3_600, 18_000)


@cache
def calibration_hands() -> LabelledImages:
    return draw_hands()


@pytest.mark.slow
@pytest.mark.parametrize("name", TRAINED)
def test_the_card_s_calibration_is_reproduced(name: str) -> None:
    """The detector, preprocessing and synthetic hands are still those it was calibrated with."""
    card = artifacts.read_card(name).on_dataset
    hands = calibration_hands()
    probabilities = serve(name).probabilities(hands.images).astype(np.float64)
    measured = choose_temperature(probabilities, hands.classes(get_spec(name).target))
    # Another processor's rounding may turn a few of the 600 photos.
    assert measured.accuracy == pytest.approx(card.synthetic_accuracy, abs=0.01)
    assert measured.answered == pytest.approx(card.answered, abs=0.02)
    assert measured.precision == pytest.approx(card.answered_precision, abs=0.02)
    assert measured.temperature == pytest.approx(card.temperature, rel=0.06)


def input_images() -> Uint8Array:
    return np.stack([draw_dataset_image(i % 6, SIDES[i % 2], i) for i in range(60)])


@cache
@in_keras_process
def keras_facts() -> dict[str, Any]:
    """What Keras reports about the weights of every trained model."""
    import keras

    from core.training.callbacks import predicted_probabilities
    from core.training.export import layers_of

    images = as_model_input(input_images())
    facts: dict[str, Any] = {}
    for name in TRAINED:
        model = keras.models.load_model(
            artifacts.model_folder(name) / "weights.keras", compile=True, safe_mode=True
        )
        # For one batch, tracing the model takes longer than running it.
        model.run_eagerly = True
        facts[name] = {
            "parameters": model.count_params(),
            "trainable": sum(math.prod(each.shape) for each in model.trainable_weights),
            "layers": layers_of(model),
            "compiled": model.compiled,
            "probabilities": predicted_probabilities(model, images, 64),
        }
    return facts


@pytest.mark.keras
@pytest.mark.parametrize("name", TRAINED)
def test_the_card_agrees_with_the_weights(name: str) -> None:
    card, facts = artifacts.read_card(name), keras_facts()[name]
    assert card.parameters == facts["parameters"]
    assert card.trainable_parameters == facts["trainable"]
    assert card.layers == facts["layers"]
    assert sum(layer.parameters for layer in card.layers) == card.parameters
    assert not facts["compiled"]


@pytest.mark.keras
@pytest.mark.parametrize("name", TRAINED)
def test_the_exported_model_agrees_with_keras(name: str) -> None:
    served = serve(name).probabilities(input_images())
    expected = keras_facts()[name]["probabilities"]
    card = artifacts.read_card(name)
    allowed = (
        ALLOWED_DIFFERENCE_ROUNDED if card.on_dataset.quantized_weights else ALLOWED_DIFFERENCE
    )
    np.testing.assert_allclose(served, expected, atol=allowed)
    np.testing.assert_array_equal(served.argmax(axis=1), expected.argmax(axis=1))
    assert card.export_difference < allowed
    assert card.export_images == 500


@pytest.mark.keras
def test_the_article_s_network_has_its_exact_size() -> None:
    facts = keras_facts()["cnn_batch_norm"]
    assert (facts["parameters"], facts["trainable"]) == (204_454, 204_262)
    assert [layer.kind for layer in facts["layers"]] == [
        "InputLayer", "Rescaling", "Conv2D", "BatchNormalization", "ReLU",
        "Conv2D", "BatchNormalization", "ReLU", "Flatten", "Dense",
    ]  # fmt: skip


def test_the_article_s_network_layer_by_layer() -> None:
    layers = {layer.name: layer for layer in artifacts.read_card("cnn_batch_norm").layers}
    assert layers["convolution_1"].output == (63, 63, 64)
    assert layers["convolution_2"].output == (31, 31, 32)
    assert layers["convolution_2"].parameters == (3 * 3 * 64 + 1) * 32
    assert layers["flatten"].output == (30_752,)
    assert layers["fingers"].parameters == (30_752 + 1) * 6


def test_only_the_new_output_of_the_side_network_was_trained() -> None:
    shared = artifacts.read_card("hand_side").layers
    whole = artifacts.read_card("cnn_batch_norm").layers
    assert [layer.name for layer in shared if layer.trainable] == ["right_hand"]
    assert [replace(each, trainable=False) for each in whole[:-1]] == list(shared[:-1])


@pytest.mark.keras
def test_the_side_network_keeps_the_backbone_frozen() -> None:
    facts = keras_facts()["hand_side"]
    assert facts["trainable"] == 31 * 31 * 32 + 1
    assert facts["parameters"] == 204_454 - 184_518 + facts["trainable"]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "needed"), [("cnn_batch_norm", 0.85), ("hand_side", 0.90)])
def test_models_trained_on_real_hands_classify_synthetic_ones(name: str, needed: float) -> None:
    """How realistic the synthetic hands are: 240 of them, 20 of each count and side."""
    right = []
    for number in range(240):
        fingers, side = FINGER_COUNTS[number % 6], SIDES[number // 6 % 2]
        image = draw_dataset_image(fingers, side, 50_000 + number)
        predicted = serve(name).probabilities(image[None])[0].argmax()
        right.append(predicted == (fingers if name == "cnn_batch_norm" else SIDES.index(side)))
    assert np.mean(right) >= needed


def copy_of_model(name: str, folder: Path) -> Card:
    """Copy a model's folder to another root; returns its card."""
    card = artifacts.read_card(name)
    files = {file: artifacts.read_verified(name, file) for file in card.sha256}
    artifacts.write_model(card, files, folder)
    return card


def test_a_card_survives_writing_and_reading(tmp_path: Path) -> None:
    card = copy_of_model("cnn_batch_norm", tmp_path)
    assert artifacts.read_card("cnn_batch_norm", tmp_path) == card
    assert artifacts.read_history(Epoch, "cnn_batch_norm", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["cnn_batch_norm"]


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"[]", b'{"name": "cnn_batch_norm"}', b"\xff\xfe", b"null"],
    ids=["empty", "cut off", "a list", "fields missing", "not text", "null"],
)
def test_a_damaged_card_is_a_plain_error(tmp_path: Path, damage: bytes) -> None:
    copy_of_model("cnn_batch_norm", tmp_path)
    (tmp_path / "cnn_batch_norm" / "card.json").write_bytes(damage)
    with pytest.raises(ArtifactError, match=r"card .* is damaged"):
        artifacts.read_card("cnn_batch_norm", tmp_path)


def test_a_replaced_file_is_refused(tmp_path: Path) -> None:
    copy_of_model("cnn_batch_norm", tmp_path)
    (tmp_path / "cnn_batch_norm" / "serving.tflite").write_bytes(b"something else")
    with pytest.raises(ArtifactError, match="does not match its card"):
        serve("cnn_batch_norm", tmp_path)


def test_a_missing_model_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="python -m core train cnn_batch_norm"):
        artifacts.read_card("cnn_batch_norm", tmp_path)


@pytest.mark.parametrize("content", [b"", b"TFL3" * 40, bytes(1000)])
def test_a_file_that_is_not_a_model_is_refused(content: bytes) -> None:
    with pytest.raises(ArtifactError, match="not a model"):
        ServedNet(content, "fingers")


def test_a_model_of_another_shape_is_refused() -> None:
    with pytest.raises(ArtifactError, match="tensor of shape"):
        ServedNet(artifacts.read_verified("cnn_batch_norm", "serving.tflite"), "side")


def test_a_failed_write_keeps_the_existing_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = copy_of_model("hand_side", tmp_path)

    def fail(path: Path, content: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(artifacts, "write_text_atomically", fail)
    with pytest.raises(OSError, match="No space left"):
        artifacts.write_model(replace(card, machine="x"), {"weights.keras": b"new"}, tmp_path)
    assert artifacts.read_card("hand_side", tmp_path) == card
    assert [path.name for path in tmp_path.iterdir()] == ["hand_side"]
