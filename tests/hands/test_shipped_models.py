"""The shipped detector and hand classifier: their cards against their files, and hostile frames."""

import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from core.artifacts import store as artifacts
from core.artifacts.cards import ArtifactError, Card
from core.artifacts.photo_facts import MetricScore
from core.common.serialization import convert, encode
from core.common.types import FINGER_COUNTS, PREPROCESSING_VERSION, SIDES, Box, Photo, Uint8Array
from core.hands.detections import Detection, non_max_suppression
from core.hands.pipeline import (
    MAX_HANDS,
    HandRecogniser,
    hand_recogniser,
    recognise,
)
from core.hands.tflite import ServedNet
from core.hands_training.publish import export_inputs
from core.synthetic.dataset_look import draw_dataset_image
from core.synthetic.photo import PhotoSettings, draw_photo
from core.zoo import hand_specs
from tests.helpers.keras_process import in_keras_process

NAMES = sorted(hand_specs())
MAX_FILES = 3_000_000


@cache
def recogniser() -> HandRecogniser:
    return hand_recogniser()


@pytest.mark.parametrize("name", NAMES)
def test_the_card_agrees_with_the_zoo_and_with_its_files(name: str) -> None:
    card, spec = artifacts.read_card(name), hand_specs()[name]
    assert (card.name, card.title, card.task) == (name, spec.title, spec.task)
    assert card.preprocessing_version == PREPROCESSING_VERSION
    assert {path.name for path in artifacts.model_folder(name).iterdir()} == {
        "card.json",
        *card.sha256,
    }
    for file in card.sha256:
        artifacts.read_verified(name, file)
    history = artifacts.read_verified(name, "history.csv").decode().splitlines()
    assert len(history) == card.epochs + 1
    assert card.export_images == 500
    assert card.export_difference < 1e-3


def test_the_serving_files_are_small_together() -> None:
    sizes = [len(artifacts.read_verified(name, "serving.tflite")) for name in NAMES]
    assert sum(sizes) <= MAX_FILES


@pytest.mark.parametrize("name", NAMES)
def test_the_card_holds_every_row_of_the_table(name: str) -> None:
    card = artifacts.read_card(name).on_photos
    rows = {(score.data, score.measure): score for score in card.scores}
    assert len(rows) == len(card.scores) > 10
    asked = [score for score in card.scores if score.needed]
    assert len(asked) >= 10
    assert all(score.images >= 15 for score in card.scores)
    compared = [score for score in card.scores if score.baseline is not None]
    assert len(compared) >= 8


def test_the_mistakes_are_those_that_the_scores_count() -> None:
    card = artifacts.read_card("hand_classifier").on_photos
    mistakes = artifacts.read_mistakes("hand_classifier")
    counted = {
        "fingers": "Fingers test images",
        "webcam_hands": "webcam frames from other sessions",
        "synthetic": "synthetic hands, unseen shapes, all 32 combinations",
    }
    for test_set, data in counted.items():
        (score,) = [row for row in card.scores if (row.data, row.measure) == (data, "count")]
        named = [mistake for mistake in mistakes if mistake.file.startswith(f"{test_set}/")]
        assert len(named) == round(score.images * (1 - score.value))


@cache
@in_keras_process
def keras_facts() -> dict[str, Any]:
    """What Keras says of the weights of both models."""
    import keras

    from core.training.export import layers_of

    facts: dict[str, Any] = {}
    for name in NAMES:
        model = keras.models.load_model(
            artifacts.model_folder(name) / "weights.keras", compile=True, safe_mode=True
        )
        spec = hand_specs()[name]
        outputs = model.predict(export_inputs(spec.task, 12), verbose=0)
        facts[name] = {
            "parameters": model.count_params(),
            "trainable": sum(math.prod(each.shape) for each in model.trainable_weights),
            "layers": layers_of(model),
            "built": spec.build().count_params(),
            "compiled": model.compiled,
            "outputs": np.asarray(outputs),
        }
    return facts


@pytest.mark.keras
@pytest.mark.parametrize("name", NAMES)
def test_the_card_and_the_exported_model_agree_with_the_weights(name: str) -> None:
    card, facts = artifacts.read_card(name), keras_facts()[name]
    assert card.parameters == facts["parameters"] == facts["built"]
    assert card.trainable_parameters == facts["trainable"]
    assert card.layers == facts["layers"]
    assert not facts["compiled"]
    inputs, expected = export_inputs(hand_specs()[name].task, 12), facts["outputs"]
    content = artifacts.read_verified(name, "serving.tflite")
    net = ServedNet(content, hand_specs()[name].task)
    served = np.concatenate([net.answer(one[None]) for one in inputs])
    np.testing.assert_allclose(served, expected, atol=1e-3)


def test_images_of_the_dataset_are_classified_directly() -> None:
    right = 0
    for number in range(60):
        fingers, side = FINGER_COUNTS[number % 6], SIDES[number // 6 % 2]
        image = draw_dataset_image(fingers, side, 60_000 + number)
        photo = Photo(np.repeat(image[..., None], 3, axis=2), prepared=True)
        (hand,) = recognise(photo, recogniser()).hands
        right += (hand.prediction.fingers, hand.prediction.side) == (fingers, side)
    assert right >= 54


def test_two_hands_give_two_answers_with_their_boxes() -> None:
    both = 0
    for seed in range(6):
        settings = PhotoSettings(
            width=640, height=480, hands=2, size=(0.4, 0.6), tilt=(-20, 20), disturbance=0.2
        )
        drawn = draw_photo(900 + seed, settings)
        hands = recognise(Photo(drawn.pixels), recogniser()).hands
        assert len(hands) <= MAX_HANDS
        both += len(hands) == 2 and {hand.prediction.side for hand in hands} == {"L", "R"}
    assert both >= 4


@pytest.mark.slow
def test_a_mirrored_photo_shows_the_other_hand() -> None:
    turned = 0
    for seed in range(8):
        settings = PhotoSettings(width=640, height=480, size=(0.5, 0.7), disturbance=0.2)
        photo = Photo(draw_photo(700 + seed, settings).pixels)
        straight, mirrored = (
            recognise(each, recogniser()).hands for each in (photo, photo.mirrored())
        )
        if straight and mirrored:
            turned += straight[0].prediction.side != mirrored[0].prediction.side
    assert turned >= 7


@cache
def a_hand() -> Uint8Array:
    return draw_photo(5, PhotoSettings(width=320, height=240, size=(0.6, 0.7))).pixels


def noise() -> Uint8Array:
    return np.random.default_rng(3).integers(0, 256, (480, 640, 3), dtype=np.uint8)


FRAMES: dict[str, Callable[[], Uint8Array]] = {
    "one pixel": lambda: np.zeros((1, 1, 3), np.uint8),
    "a line": lambda: np.full((1, 4_000, 3), 90, np.uint8),
    "a pillar": lambda: np.full((5_000, 2, 3), 200, np.uint8),
    "black": lambda: np.zeros((480, 640, 3), np.uint8),
    "noise": noise,
    "huge": lambda: np.asarray(cv2.resize(a_hand(), (4_000, 3_000)), np.uint8),
    "cut by the border": lambda: np.ascontiguousarray(a_hand()[:, 160:]),
    "upside down": lambda: np.ascontiguousarray(a_hand()[::-1, ::-1]),
    "a screen of hands": lambda: np.ascontiguousarray(np.tile(a_hand(), (3, 4, 1))),
}


@pytest.mark.parametrize("kind", FRAMES)
def test_every_frame_gives_an_answer_in_bounded_time(kind: str) -> None:
    photo = Photo(FRAMES[kind]())
    started = time.perf_counter()
    recognition = recognise(photo, recogniser())
    # Far above what it takes, far below what a frame may take that grows with its content.
    assert time.perf_counter() - started < 2
    assert len(recognition.hands) <= MAX_HANDS
    for hand in recognition.hands:
        assert np.isfinite(hand.box).all()
        assert sum(hand.prediction.fingers_probabilities) == pytest.approx(1, abs=1e-3)
    if kind in ("one pixel", "a line", "a pillar", "black"):
        assert not recognition.hands


def test_each_place_is_reported_once() -> None:
    hands = [
        Detection(Box(0, 0, 100, 100), 0.6),
        Detection(Box(5, 5, 105, 105), 0.9),
        Detection(Box(300, 0, 400, 100), 0.7),
    ]
    assert [hand.score for hand in non_max_suppression(hands, MAX_HANDS)] == [0.9, 0.7]


def copy_of_model(name: str, folder: Path) -> Card:
    card = artifacts.read_card(name)
    files = {file: artifacts.read_verified(name, file) for file in card.sha256}
    artifacts.write_model(card, files, folder)
    return card


def test_a_card_survives_writing_and_reading(tmp_path: Path) -> None:
    card = copy_of_model("hand_classifier", tmp_path)
    assert artifacts.read_card("hand_classifier", tmp_path) == card


@pytest.mark.parametrize(
    "damage",
    [
        lambda facts: facts["photos"].pop("calibration"),
        lambda facts: facts["photos"]["fusion"].update(threshold=3),
        lambda facts: facts["photos"]["calibration"].update(count=0),
        lambda facts: facts["photos"].update(scores=[{"data": "x"}]),
        lambda facts: facts["photos"].update(surprise=1),
        lambda facts: facts.update(photos=None),
        lambda facts: facts.update(layers=[{"name": "x"}]),
        lambda facts: facts.update(sha256=[]),
        lambda facts: facts.update(surprise=1),
    ],
)
def test_a_damaged_card_is_reported(tmp_path: Path, damage: Any) -> None:
    copy_of_model("hand_classifier", tmp_path)
    path = tmp_path / "hand_classifier" / "card.json"
    facts = json.loads(path.read_text())
    damage(facts)
    path.write_text(json.dumps(facts))
    with pytest.raises(ArtifactError, match=r"card .* is damaged"):
        artifacts.read_card("hand_classifier", tmp_path)


def test_another_model_s_file_is_not_a_detector(tmp_path: Path) -> None:
    copy_of_model("hand_detector", tmp_path)
    copy_of_model("hand_classifier", tmp_path)
    content = artifacts.read_verified("cnn_batch_norm", "serving.tflite")
    with pytest.raises(ArtifactError, match="tensor of shape"):
        ServedNet(content, "detect")


def test_a_share_is_between_0_and_1_when_written_and_when_read() -> None:
    score = MetricScore("x", "count", 10, 1.2)
    with pytest.raises(ValueError, match="<= 1"):
        encode(score)
    with pytest.raises(ValueError, match="<= 1"):
        convert(MetricScore, asdict(score))
