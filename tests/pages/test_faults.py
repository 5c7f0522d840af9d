"""Faults outside the program: a plain message, and nothing lost."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.artifacts import store as artifacts
from core.common.types import SIDES
from core.datasets.importing import IMPORTED_NAME, import_dataset
from core.datasets.store import open_store, verify_fingerprint
from core.experiments.records import store as records
from core.hands import loading
from core.serving.scheduler import BusyError
from core.synthetic.dataset_look import draw_dataset_image
from tests.helpers.browser import ROOT, encoded
from tests.helpers.small_stores import leftovers
from ui.navigation import find_pages

PAGES = [module.__name__.rpartition(".")[2] for module in find_pages()]

OpenPage = Callable[..., AppTest]


@pytest.mark.slow
def test_a_disk_that_fills_up_while_a_dataset_is_rendered_keeps_the_one_before(
    tmp_path: Path,
) -> None:
    environment = os.environ | {"FINGERS_DATA": str(tmp_path)}
    command = [sys.executable, "-m", "core", "data", "render", "--count"]

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))

    subprocess.run([*command, "72"], cwd=ROOT, env=environment, check=True, timeout=120)
    before = open_store("rendered", tmp_path).facts
    done = subprocess.run(
        [*command, "240"], cwd=ROOT, env=environment, check=False, timeout=120,
        capture_output=True, text=True, preexec_fn=limit,
    )  # fmt: skip
    assert done.returncode == 1
    assert "no room" in done.stderr
    assert "Traceback" not in done.stderr
    assert open_store("rendered", tmp_path).facts == before
    assert leftovers(tmp_path) == []


def damage(path: Path, how: str) -> None:
    content = path.read_bytes()
    if how == "cut off":
        path.write_bytes(content[: len(content) // 2])
    elif how == "zeros":
        path.write_bytes(b"\x00" * len(content))
    elif path.name == "card.json":
        card = json.loads(content)
        change_card(card, how)
        path.write_text(json.dumps(card))


def change_card(card: dict[str, Any], how: str) -> None:
    facts = card["photos"] or card["dataset"]
    if how == "text for numbers":
        card["parameters"] = "many"
    elif how == "no calibration":
        for field in ("calibration", "fusion", "detector_threshold", "temperature"):
            if field in facts:
                facts[field] = {}
    elif card["photos"] is not None:
        # Not damaged: so it is until the model is measured.
        facts["scores"] = facts["comparison"] = []


def forget_what_was_read() -> None:
    st.cache_resource.clear()
    st.cache_data.clear()
    loading._current.cache_clear()
    records._read_once.cache_clear()


@pytest.fixture(
    scope="module",
    params=[
        "missing", "cut off", "zeros", "text for numbers", "no calibration", "not measured",
    ],
)  # fmt: skip
def damaged_models(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    """How all models are damaged, and their folder; read-only."""
    how: str = request.param
    models = tmp_path_factory.mktemp("models")
    if how != "missing":
        for path in artifacts.MODELS_ROOT.rglob("*"):
            if path.is_file() and path.name != "weights.keras":
                copy = models / path.relative_to(artifacts.MODELS_ROOT)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)
                damage(copy, how)
    return how, models


@pytest.mark.parametrize("page", PAGES)
def test_missing_and_damaged_models_and_records_are_reported_on_every_page(
    open_page: OpenPage,
    damaged_models: tuple[str, Path],
    monkeypatch: pytest.MonkeyPatch,
    page: str,
) -> None:
    how, models = damaged_models
    monkeypatch.setattr(artifacts, "model_folder", lambda name, root=None: models / name)
    monkeypatch.setattr(
        records,
        "record_path",
        lambda name, root=None: models / "experiments" / name / "results.json",
    )
    forget_what_was_read()
    try:
        at = open_page(page).run()
        assert not at.exception
        assert at.title
        if how == "no calibration" and page in ("try_it", "live", "replay"):
            assert any("is damaged" in each.value for each in at.error)
    finally:
        forget_what_was_read()


@pytest.fixture
def folder_of_images(tmp_path: Path) -> Path:
    """Every count of both hands, once in train and once in test."""
    folder = tmp_path / "download"
    for split in ("train", "test"):
        for fingers in range(6):
            for side in SIDES:
                path = folder / split / f"{fingers}_{fingers}{side}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                pixels = draw_dataset_image(fingers, side, len(split))
                path.write_bytes(encoded(np.repeat(pixels[..., None], 3, axis=2), ".png"))
    return folder


@pytest.mark.slow
def test_a_dataset_that_is_deleted_while_the_page_is_open(
    open_page: OpenPage, folder_of_images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores = tmp_path / "stores"
    monkeypatch.setenv("FINGERS_DATA", str(stores))
    import_dataset(folder_of_images, stores)
    at = open_page("data").run()
    assert not at.exception
    shutil.rmtree(stores)
    at.run()
    assert not at.exception
    assert at.title


def test_two_imports_at_once_both_end_well(folder_of_images: Path, tmp_path: Path) -> None:
    stores = tmp_path / "stores"
    imported: list[Any] = []

    def run() -> None:
        imported.append(import_dataset(folder_of_images, stores).facts.images)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert imported == [24, 24]
    dataset = open_store(IMPORTED_NAME, stores)
    assert verify_fingerprint(dataset)
    assert leftovers(stores) == []


def test_a_photo_that_waits_too_long_is_reported(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_source: object, _read: object) -> None:
        raise BusyError

    monkeypatch.setattr("ui.photo.reading.read_photo", busy)
    at = open_page("try_it").run()
    assert not at.exception
    assert "Many people" in at.error[0].value
    monkeypatch.undo()
    at.run()
    assert not at.error
