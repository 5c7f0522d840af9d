"""Fixtures that test modules share."""

import io
import sys
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from core.datasets.importing import ImportReport, import_dataset
from core.datasets.rendering import RENDERED_NAME, render_store
from core.datasets.store import Dataset, open_store
from core.evaluation.synthetic_sets import synthetic_hands
from core.hands_training.photo_pack import Pack, read_pack, write_pack
from tests.helpers.browser import (
    JOURNEY_SECONDS,
    TIMEOUT,
    confidently_classified_sample,
    running_app,
    running_browser,
    write_camera_film,
)
from tests.helpers.dataset_files import Files, ImportFiles, write_zip
from tests.helpers.hand_photo_files import write_synthetic_photos
from tests.helpers.live_component import component_alone
from tests.helpers.single_page import page_test

# Pytest explains the assertions of these helpers like those of a test.
pytest.register_assert_rewrite("tests.helpers.live_trainings", "tests.helpers.page_texts")

expect.set_options(timeout=TIMEOUT)

OpenPage = Callable[..., AppTest]

_MAIN = sys.modules["__main__"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests first, so that no core sits idle; journeys have a longer timeout."""
    items.sort(key=lambda item: not {"keras", "slow"} & {mark.name for mark in item.iter_markers()})
    for item in items:
        if item.get_closest_marker("browser") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(JOURNEY_SECONDS))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """AppTest leaves its script as ``__main__``, which processes started later would run."""
    sys.modules["__main__"] = _MAIN


@pytest.fixture(scope="session", autouse=True)
def component_manifests() -> Iterator[None]:
    """AppTest looks through all installed packages for each run of a page, for 0.3 s."""
    with pytest.MonkeyPatch.context() as patch:
        scan = manifest_scanner.scan_component_manifests
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(scan))
        yield


@pytest.fixture(scope="session", autouse=True)
def drawn_hands() -> Iterator[None]:
    """The hands that pages draw are always the same; tests that clear the caches keep them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ui.photo.examples.dataset_style_hands", cache(synthetic_hands))
        yield


@pytest.fixture
def open_page() -> OpenPage:
    """Opens a page by its file name, with settings in the URL; not yet run."""

    def opened(name: str, **settings: str) -> AppTest:
        at = page_test(name)
        for setting, value in settings.items():
            at.query_params[setting] = value
        return at

    return opened


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The address of a running app."""
    with running_app() as url:
        yield url


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A Chromium whose camera shows one finger of a right hand."""
    film = tmp_path_factory.mktemp("camera") / "hand.mjpeg"
    write_camera_film(film, confidently_classified_sample(1, "R"))
    with running_browser(film) as started:
        yield started


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in its own browser profile, which may want nothing that the server forbids."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    messages: list[str] = []
    context.on("console", lambda message: messages.append(message.text))
    opened = context.new_page()
    opened.set_default_timeout(TIMEOUT)
    yield opened
    context.close()
    assert [each for each in messages if "Content Security Policy" in each] == []


@pytest.fixture
def component(browser: Browser) -> Iterator[Page]:
    """A page that consists of the live camera's component alone."""
    with component_alone(browser) as alone:
        yield alone


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The folder of the stores."""
    return tmp_path / "stores"


@pytest.fixture
def import_files(tmp_path: Path, root: Path) -> ImportFiles:
    """Writes files into a zip and imports it."""

    def write_and_import(files: Files, **options: Any) -> ImportReport:
        return import_dataset(write_zip(tmp_path / "dataset.zip", files), root, **options)

    return write_and_import


@pytest.fixture
def stores(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the program looks for stores, initially empty."""
    monkeypatch.setenv("FINGERS_DATA", str(root))
    return root


@pytest.fixture
def dataset_zip(tmp_path: Path) -> Path:
    """A small dataset to import: every hand once in each split."""
    path = tmp_path / "archive.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for split in ("train", "test"):
            for fingers in range(6):
                for side in "LR":
                    buffer = io.BytesIO()
                    Image.new("L", (128, 128), 10 * fingers).save(buffer, "PNG")
                    archive.writestr(f"{split}/a_{fingers}{side}.png", buffer.getvalue())
    return path


@pytest.fixture(scope="session")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """A small dataset of synthetic hands, read-only; some modules override it."""
    root = tmp_path_factory.mktemp("synthetic")
    render_store(72, seed=1, root=root)
    return open_store(RENDERED_NAME, root)


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one dataset of synthetic photos, laid out like the real ones; read-only."""
    folder = tmp_path_factory.mktemp("photos")
    write_synthetic_photos(folder)
    return folder


@pytest.fixture(scope="session")
def pack(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """The pack of these photos; read-only."""
    path = tmp_path_factory.mktemp("pack") / "pack.npz"
    write_pack(path, photos, None, {}, lambda done, total: None)
    return read_pack(path)
