"""Every field of the shipped cards, damaged: refused in plain words, or harmless to answers."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from functools import cache, reduce
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.artifacts import store as artifacts
from core.artifacts.cards import ArtifactError, Card
from core.common.types import Photo
from core.hands import loading
from core.hands.pipeline import (
    HAND_CLASSIFIER,
    HAND_DETECTOR,
    HandRecogniser,
    hand_recogniser,
    recognise,
)
from core.hands.prediction import apply_temperature
from core.synthetic.sample_photos import draw_sample
from core.zoo import zoo
from ui.server import readiness
from ui.server.models import _use_once

REMOVED = object()
NESTED = "a value that is nested too deeply"

DAMAGES: dict[str, Any] = {
    "removed": REMOVED,
    "null": None,
    "text": "x",
    "a number": 7,
    "true": True,
    "no fields": {},
    "no entries": [],
    "a list in a list": [[]],
    "not a number": float("nan"),
    "infinite": float("inf"),
    "of 400 digits": 10**400,
    "too large": 1e308,
    "negative": -1,
    "nested": NESTED,
}

Place = tuple[str | int, ...]

CALIBRATED = ("calibration", "fusion", "detector_threshold", "temperature")


@cache
def text_of(name: str) -> bytes:
    return (artifacts.MODELS_ROOT / name / "card.json").read_bytes()


def content_of(name: str) -> Any:
    return json.loads(text_of(name))


def places(value: Any, place: Place = ()) -> Iterator[Place]:
    """Every field, and of a list its first and its last entry."""
    if place:
        yield place
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*place, key))
    elif isinstance(value, list) and value:
        for index in (0, -1)[: len(value)]:
            yield from places(value[index], (*place, index))


def value_at(content: Any, place: Place) -> Any:
    return reduce(lambda value, key: value[key], place, content)


def cards_of_each_form() -> list[str]:
    """One trained model for each set of fields and their types that a card has."""
    names: dict[frozenset[tuple[Place, type]], str] = {}
    for name in filter(artifacts.is_trained, zoo()):
        content = content_of(name)
        form = frozenset((place, type(value_at(content, place))) for place in places(content))
        names.setdefault(form, name)
    return list(names.values())


def damaged(name: str, place: Place, damage: Any) -> bytes:
    content = content_of(name)
    at = value_at(content, place[:-1])
    if damage is REMOVED:
        del at[place[-1]]
    else:
        at[place[-1]] = damage
    return json.dumps(content).replace(f'"{NESTED}"', "[" * 5_000 + "]" * 5_000).encode()


def write_card(root: Path, name: str, content: bytes) -> None:
    path = root / name / "card.json"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)


@cache
def shipped() -> HandRecogniser:
    return hand_recogniser()


def answers_are_valid(card: Card) -> bool:
    """Whether a model with the calibration of this card still answers in probabilities."""
    if card.dataset is not None:
        given = np.linspace(0.1, 0.3, len(card.dataset.classes))
        answer = apply_temperature(given / given.sum(), card.dataset.temperature)
        return float(answer.sum()) == pytest.approx(1)
    recogniser = shipped()
    if card.name == HAND_DETECTOR:
        detector = replace(recogniser.detector, threshold=card.detector_threshold)
        recogniser = replace(recogniser, detector=detector)
    else:
        recogniser = replace(recogniser, calibration=card.calibration, fusion=card.fusion)
    photo = Photo(draw_sample(3, "L", 1, width=160, height=120).pixels)
    return all(
        0 <= hand.detection.score <= 1
        and sum(hand.prediction.fingers_probabilities) == pytest.approx(1)
        and sum(hand.prediction.side_probabilities) == pytest.approx(1)
        for hand in recognise(photo, recogniser).hands
    )


def read_or_refused(name: str, root: Path) -> Card | None:
    try:
        return artifacts.read_card(name, root)
    except ArtifactError as error:
        if "is damaged" not in str(error) or len(str(error)) > 1_000:
            raise
        return None


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", cards_of_each_form())
def test_a_damaged_field_is_refused_or_harmless(tmp_path: Path, name: str, damage: str) -> None:
    original = artifacts.read_card(name)
    refused = 0
    for place in places(content_of(name)):
        write_card(tmp_path, name, damaged(name, place, DAMAGES[damage]))
        card = read_or_refused(name, tmp_path)
        if card is None:
            refused += 1
        elif card != original and any(part in CALIBRATED for part in place):
            assert damage in ("a number", "negative"), f"{place} was accepted"
            assert answers_are_valid(card), place
    assert refused > 30


SERVED = {
    "no thresholds": (HAND_CLASSIFIER, ("photos", "fusion", "threshold"), REMOVED),
    "no calibration": (HAND_CLASSIFIER, ("photos", "calibration"), {}),
    "no fusion": (HAND_CLASSIFIER, ("photos", "fusion"), {}),
    "null instead of a fusion": (HAND_CLASSIFIER, ("photos", "fusion"), None),
    "text instead of a fusion": (HAND_CLASSIFIER, ("photos", "fusion"), "x"),
    "a temperature of 0": (HAND_CLASSIFIER, ("photos", "calibration", "count"), 0),
    "a negative temperature": (HAND_CLASSIFIER, ("photos", "calibration", "side"), -1),
    "a threshold of 1.5": (HAND_CLASSIFIER, ("photos", "calibration", "answer"), 1.5),
    "a threshold of 0": (HAND_DETECTOR, ("photos", "detector_threshold"), 0),
    "no threshold": (HAND_DETECTOR, ("photos", "detector_threshold"), None),
    "nested": (HAND_DETECTOR, ("photos", "detector_threshold"), NESTED),
    "text instead of parameters": (HAND_DETECTOR, ("parameters",), "many"),
    "no date": (HAND_DETECTOR, ("created",), "yesterday"),
    "text instead of versions": (HAND_DETECTOR, ("versions",), "x"),
    "no versions": (HAND_DETECTOR, ("versions",), {}),
    "no layers": (HAND_DETECTOR, ("layers",), []),
    "a layer too few": (HAND_DETECTOR, ("layers", -1), REMOVED),
    "another frame": (HAND_DETECTOR, ("layers", 0, "output"), [96, 96, 3]),
    "other answers": (HAND_CLASSIFIER, ("layers", -1, "output"), [57]),
    "a shape of seven numbers": (HAND_CLASSIFIER, ("layers", 3, "output"), [1] * 7),
    "another preprocessing": (HAND_CLASSIFIER, ("preprocessing_version",), 2),
    "another name": (HAND_CLASSIFIER, ("name",), HAND_DETECTOR),
    "another task": (HAND_CLASSIFIER, ("task",), "detect"),
    "no checksum": (HAND_CLASSIFIER, ("sha256", "serving.tflite"), REMOVED),
    "a short checksum": (HAND_CLASSIFIER, ("sha256", "serving.tflite"), "abc"),
    "a file elsewhere": (HAND_CLASSIFIER, ("sha256", "../../secret"), "0" * 64),
}


@pytest.fixture
def models(tmp_path: Path) -> Path:
    for name in (HAND_DETECTOR, HAND_CLASSIFIER):
        shutil.copytree(artifacts.MODELS_ROOT / name, tmp_path / name)
    return tmp_path


def forget_what_was_loaded() -> None:
    _use_once.clear()
    loading._current.cache_clear()


@pytest.mark.parametrize("damage", SERVED)
def test_the_server_starts_and_says_why_it_is_not_ready(
    models: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    name, place, value = SERVED[damage]
    write_card(models, name, damaged(name, place, value))
    monkeypatch.setattr(artifacts, "model_folder", lambda name, root=None: models / name)
    forget_what_was_loaded()
    try:
        trouble, cause = readiness._trouble()
    finally:
        forget_what_was_loaded()
    assert trouble == "models"
    assert cause is not None
    assert f"The card {models / name / 'card.json'} is damaged" in cause
    assert "Restore it with git" in cause


def exchanged(models: Path, name: str, other: str) -> None:
    """Give a model the serving file of another one, and a card that says so."""
    served = artifacts.read_verified(other, "serving.tflite")
    (models / name / "serving.tflite").write_bytes(served)
    place = ("sha256", "serving.tflite")
    write_card(models, name, damaged(name, place, artifacts.sha256_of(served)))


@pytest.mark.parametrize(
    ("name", "other"),
    [(HAND_DETECTOR, HAND_CLASSIFIER), (HAND_CLASSIFIER, "cnn_batch_norm")],
)
def test_a_file_of_another_shape_than_the_card_s_is_refused(
    models: Path, name: str, other: str
) -> None:
    exchanged(models, name, other)
    with pytest.raises(ArtifactError, match="has a tensor of shape"):
        hand_recogniser(models)


def test_a_model_of_the_article_with_another_shape_is_refused(tmp_path: Path) -> None:
    shutil.copytree(artifacts.MODELS_ROOT / "hand_side", tmp_path / "hand_side")
    exchanged(tmp_path, "hand_side", "cnn_batch_norm")
    with pytest.raises(ArtifactError, match="has a tensor of shape"):
        loading.serve("hand_side", tmp_path)


@pytest.mark.parametrize(
    "content", [b" " * 2_000_000 + b"{}", b"[" * 2_000_000], ids=["spaces", "brackets"]
)
def test_a_card_of_many_bytes_is_refused(tmp_path: Path, content: bytes) -> None:
    write_card(tmp_path, "cnn", content)
    with pytest.raises(ArtifactError, match="is damaged"):
        artifacts.read_card("cnn", tmp_path)


def test_a_card_that_could_not_be_read_is_not_written(tmp_path: Path) -> None:
    card = artifacts.read_card("cnn_batch_norm")
    with pytest.raises(ValueError, match="created"):
        artifacts.write_model(replace(card, created="yesterday"), {}, tmp_path)
    assert list(tmp_path.iterdir()) == []
