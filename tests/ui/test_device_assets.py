"""The files of the browser's engine: each as it is, with its type, small, and kept for good."""

import gzip
import json
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette

from core.artifacts.store import MODELS_ROOT
from core.live.browser_constants import browser_constants
from tests.helpers.served_app import Get, served
from ui.server import assets
from ui.server.assets import MODELS, ROUTES, engine_files


@pytest.fixture(scope="module")
def get() -> Iterator[Get]:
    """Asks a server that has nothing but these files."""
    with served(Starlette(routes=ROUTES)) as ask:
        yield ask


def address(name: str) -> str:
    files = engine_files()
    assert files is not None, "make browser was not run"
    return f"{files['base']}{name}"


@pytest.mark.parametrize("name", MODELS)
def test_browser_and_python_read_the_same_file_of_a_model(get: Get, name: str) -> None:
    _, headers, content = get(address(f"{name}.tflite"))
    assert content == (MODELS_ROOT / name / "serving.tflite").read_bytes()
    assert headers["content-type"] == "application/octet-stream"
    assert "immutable" in headers["cache-control"]
    _, headers, compressed = get(address(f"{name}.tflite"), accept_encoding="br, gzip")
    assert headers["content-encoding"] == "gzip"
    assert gzip.decompress(compressed) == content
    assert len(compressed) < len(content)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("worker.js", "text/javascript; charset=utf-8"),
        ("litert_wasm_internal.js", "text/javascript; charset=utf-8"),
        ("litert_wasm_internal.wasm", "application/wasm"),
        ("litert_wasm_compat_internal.wasm", "application/wasm"),
    ],
)
def test_a_file_comes_compressed_as_the_browser_accepts_it(get: Get, name: str, kind: str) -> None:
    sizes = []
    for accepted in ("identity", "gzip, deflate", "gzip;q=0.8, br"):
        _, headers, content = get(address(name), accept_encoding=accepted)
        assert headers["content-type"] == kind
        assert headers["vary"] == "Accept-Encoding"
        sizes.append(len(content))
        if headers["content-encoding"] == "gzip":
            assert len(gzip.decompress(content)) == sizes[0]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[2] < 0.4 * sizes[0]


def test_a_browser_knows_how_much_it_will_load(get: Get) -> None:
    files = engine_files()
    assert files is not None
    models = [f"{name}.tflite" for name in ("hand_detector", "hand_classifier")]
    loaded = ("litert_wasm_internal.wasm", "constants.json", *models)
    assert files["bytes"] == sum(len(get(address(name))[2]) for name in loaded)


def test_what_a_browser_has_is_not_sent_again(get: Get) -> None:
    _, headers, _ = get(address("worker.js"))
    status, _, content = get(address("worker.js"), if_none_match=headers["etag"])
    assert (status, content) == (304, b"")


def test_the_constants_are_those_of_the_cards(get: Get) -> None:
    _, headers, content = get(address("constants.json"))
    assert json.loads(content) == json.loads(json.dumps(browser_constants()))
    assert headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "path",
    ["/assets/0/worker.js", "{base}weights.keras", "{base}../worker.js", "{base}worker.js.br"],
)
def test_nothing_else_is_served(get: Get, path: str) -> None:
    files = engine_files()
    assert files is not None
    assert get(path.format(base=files["base"]))[0] == 404


def test_without_the_build_frames_are_read_on_the_server(
    get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = address("worker.js")
    monkeypatch.setattr(assets, "assets", lambda: None)
    assert engine_files() is None
    assert get(before)[0] == 404


@pytest.mark.parametrize("name", MODELS)
def test_a_model_for_browsers_has_inputs_of_a_known_shape(name: str) -> None:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(MODELS_ROOT / name / "serving.tflite"))
    for tensor in (*interpreter.get_input_details(), *interpreter.get_output_details()):
        assert (tensor["shape_signature"] > 0).all()
