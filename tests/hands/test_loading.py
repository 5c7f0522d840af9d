"""Published models: tested when they are loaded, and replaced while others go on answering."""

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.artifacts import store as artifacts
from core.artifacts.cards import ArtifactError, Card
from core.artifacts.store import Epoch
from core.common.types import Float32Array
from core.hands import loading
from core.hands.loading import load_model, loaded, serve
from core.zoo import zoo

NAME, OTHER = "softmax", "softmax_3000"
SHIPPED = [name for name in zoo() if artifacts.is_trained(name)]


def publish(model: str, root: Path, name: str = NAME) -> None:
    """Publish a shipped model under this name."""
    card = artifacts.read_card(model)
    files = {file: artifacts.read_verified(model, file) for file in card.sha256}
    artifacts.write_model(replace(card, name=name), files, root)


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with one model, at which is looked whenever it is asked."""
    monkeypatch.setattr(loading, "LOOK_SECONDS", 0.0)
    publish(NAME, tmp_path)
    yield tmp_path
    loading._current.cache_clear()


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    logged: list[str] = []
    monkeypatch.setattr(loading, "log_event", lambda event, **facts: logged.append(event))
    return logged


def answer_of(model: str, root: Path = artifacts.MODELS_ROOT) -> Float32Array:
    image = np.random.default_rng(5).integers(0, 256, (1, 128, 128), dtype=np.uint8)
    return serve(model, root).probabilities(image)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_model_gives_the_test_answers_of_its_card(name: str) -> None:
    card = load_model(name).card
    assert len(card.test_answers) == 8
    # They are not all the same, so that another model is noticed.
    assert np.ptp(np.array(card.test_answers), axis=0).max() > 0.1


def test_test_answers_tell_all_models_apart() -> None:
    answers = [artifacts.read_card(name).test_answers for name in SHIPPED]
    assert len(set(answers)) == len(SHIPPED)


def test_a_replaced_model_answers_and_no_request_fails_meanwhile(
    models: Path, events: list[str]
) -> None:
    stop = threading.Event()
    known = [answer_of(NAME), answer_of(OTHER)]

    def ask() -> set[int]:
        seen = set()
        while not stop.is_set():
            answer = answer_of(NAME, models)
            (which,) = [number for number, each in enumerate(known) if np.array_equal(answer, each)]
            seen.add(which)
            artifacts.read_history(Epoch, NAME, models)
        return seen

    with ThreadPoolExecutor(4) as executor:
        asking = [executor.submit(ask) for _ in range(4)]
        for model in [OTHER, NAME] * 10:
            publish(model, models)
            loaded(NAME, models)
        artifacts.roll_back(NAME, models)
        stop.set()
        assert set.union(*(each.result() for each in asking)) == {0, 1}
    assert np.array_equal(answer_of(NAME, models), known[1])
    assert set(events) == {"model replaced"}


def with_other_answers(folder: Path) -> None:
    shutil.copyfile(artifacts.model_folder(OTHER) / "serving.tflite", folder / "serving.tflite")
    card = json.loads((folder / "card.json").read_text())
    card["sha256"]["serving.tflite"] = artifacts.read_card(OTHER).sha256["serving.tflite"]
    (folder / "card.json").write_text(json.dumps(card))


def with_answers_cut_off(folder: Path) -> None:
    card = json.loads((folder / "card.json").read_text())
    card["test_answers"].pop()
    (folder / "card.json").write_text(json.dumps(card))


def with_an_answer_a_little_off(folder: Path) -> None:
    card = json.loads((folder / "card.json").read_text())
    card["test_answers"][3][0] += 0.003
    (folder / "card.json").write_text(json.dumps(card))


DAMAGES: dict[str, Callable[[Path], object]] = {
    "another file": lambda folder: (folder / "serving.tflite").write_bytes(b"something else"),
    "half a file": lambda folder: (folder / "serving.tflite").write_bytes(
        (folder / "serving.tflite").read_bytes()[:1000]
    ),
    "half a card": lambda folder: (folder / "card.json").write_text('{"name": "softmax", '),
    "no file": lambda folder: (folder / "serving.tflite").unlink(),
    "no folder": shutil.rmtree,
    "other answers": with_other_answers,
    "too few answers": with_answers_cut_off,
    "an answer a little off": with_an_answer_a_little_off,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_broken_model_is_refused_once_and_the_one_before_goes_on(
    models: Path, events: list[str], damage: str
) -> None:
    before = loaded(NAME, models)
    DAMAGES[damage](models / NAME)
    for _ in range(3):
        assert loaded(NAME, models) is before
    assert events == ["model refused"]
    publish(OTHER, models)
    assert np.array_equal(answer_of(NAME, models), answer_of(OTHER))
    assert events == ["model refused", "model replaced"]


@pytest.mark.parametrize("damage", ["other answers", "too few answers", "an answer a little off"])
def test_a_first_model_with_other_answers_than_its_card_s_is_refused(
    models: Path, damage: str
) -> None:
    DAMAGES[damage](models / NAME)
    with pytest.raises(ArtifactError, match="does not give the test answers of its card"):
        loaded(NAME, models)


def test_a_folder_is_looked_at_only_now_and_then(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = loaded(NAME, models)
    monkeypatch.setattr(loading, "LOOK_SECONDS", 1000.0)
    assert loaded(NAME, models) is before
    publish(OTHER, models)
    assert loaded(NAME, models) is before


def test_a_folder_that_is_replaced_while_it_is_loaded_is_loaded_again(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, late = artifacts.read_card, [OTHER]

    def read_then_replace(name: str, root: Path = artifacts.MODELS_ROOT) -> Card:
        card = read(name, root)
        if late:
            publish(late.pop(), root)
        return card

    monkeypatch.setattr(artifacts, "read_card", read_then_replace)
    assert load_model(NAME, models).card == replace(read(OTHER), name=NAME)
