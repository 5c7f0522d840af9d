"""What a visitor's browser needs to read the camera itself: runtime, script, models, constants.

The files of the runtime and the script are made by ``make browser``; the models' are those that
Python reads. Their address holds a checksum of them all, so that browsers may keep them for good.
"""

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from core.artifacts import store as artifacts
from core.common.errors import UserError
from core.few_shot.features import features_model
from core.hands.pipeline import (
    DEFAULT_FINGERS_MODEL,
    DEFAULT_SIDE_MODEL,
    HAND_CLASSIFIER,
    HAND_DETECTOR,
)
from core.live.browser_constants import browser_constants
from ui.server.memory_file import MemoryFile

BUILT = Path(__file__).resolve().parents[1] / "live" / "dist"
SCRIPT = "worker.js"
RUNTIME = "litert_wasm_internal.wasm"
"""A browser may load another one, which is about as large."""

CONSTANTS = "constants.json"
FEATURES_FILE = "hand_features.tflite"
"""The classifier up to its features, for a head that the visitor teaches."""

MODELS = (HAND_DETECTOR, HAND_CLASSIFIER, DEFAULT_FINGERS_MODEL, DEFAULT_SIDE_MODEL)

_TYPES = {
    ".js": "text/javascript",
    ".wasm": "application/wasm",
    ".json": "application/json",
    ".tflite": "application/octet-stream",
}
_ENCODINGS = {"br": ".br", "gzip": ".gz"}
_FOR_GOOD = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Assets:
    """The files by their names in the address, and the constants' content.

    ``bytes_to_load`` are those of the runtime and of the models that come first, not compressed.
    """

    files: dict[str, Path]
    constants: bytes
    version: str
    bytes_to_load: int

    @property
    def base(self) -> str:
        """The folder of their addresses."""
        return f"/assets/{self.version}/"


def assets() -> Assets | None:
    """The files, None where ``make browser`` was not run; anew where a model was published.

    Raises:
        UserError: a model is not trained, or its card is damaged.
    """
    if not BUILT.is_dir():
        return None
    return _assets_of(tuple(map(artifacts.version_of, MODELS)))


@lru_cache(maxsize=1)
def _assets_of(_models: tuple[artifacts.Version, ...]) -> Assets:
    files = dict(_files())
    constants = json.dumps(browser_constants()).encode()
    checksum = hashlib.sha256(constants)
    for name, path in sorted(files.items()):
        checksum.update(name.encode() + path.read_bytes())
    models = [files[_model_file(name)] for name in (HAND_DETECTOR, HAND_CLASSIFIER)]
    size = _unpacked_size(files[RUNTIME]) + len(constants)
    size += sum(path.stat().st_size for path in models)
    return Assets(files, constants, checksum.hexdigest()[:16], size)


def _unpacked_size(path: Path) -> int:
    """Of a gzip file, in bytes: its last four say so (RFC 1952)."""
    return int.from_bytes(path.read_bytes()[-4:], "little")


def addresses() -> list[str]:
    """Of what a browser loads for its first answer; none where it was not built."""
    try:
        served = assets()
    except UserError:
        return []
    if served is None:
        return []
    models = [_model_file(name) for name in (HAND_DETECTOR, HAND_CLASSIFIER)]
    loader = RUNTIME.replace(".wasm", ".js")
    return [served.base + name for name in (SCRIPT, loader, CONSTANTS, *models, RUNTIME)]


def engine_files() -> dict[str, object] | None:
    """Where a browser finds what it loads to read the camera; None where it was not built."""
    served = assets()
    if served is None:
        return None
    models = {
        "detect": HAND_DETECTOR,
        "classify": HAND_CLASSIFIER,
        "fingers": DEFAULT_FINGERS_MODEL,
        "side": DEFAULT_SIDE_MODEL,
    }
    return {
        "base": served.base,
        "script": SCRIPT,
        "models": {task: _model_file(name) for task, name in models.items()}
        | {"features": FEATURES_FILE},
        "bytes": served.bytes_to_load,
    }


def _model_file(name: str) -> str:
    """The file of a model in the address."""
    return f"{name}.tflite"


def _files() -> Iterator[tuple[str, Path]]:
    for path in BUILT.glob(f"*{_ENCODINGS['gzip']}"):
        yield path.stem, path
    for name in MODELS:
        yield _model_file(name), artifacts.model_folder(name) / artifacts.SERVING_FILE
    yield FEATURES_FILE, artifacts.model_folder(HAND_CLASSIFIER) / artifacts.SERVING_FILE


def _asset(request: Request) -> Response:
    served = assets()
    version, name = request.path_params["version"], request.path_params["name"]
    known = served is not None and version == served.version
    if served is None or not known or name not in (*served.files, CONSTANTS):
        return PlainTextResponse("There is no such file.", 404)
    headers = {"Cache-Control": _FOR_GOOD, "Vary": "Accept-Encoding"}
    kind = _TYPES[Path(name).suffix]
    if name == CONSTANTS:
        return Response(served.constants, 200, headers, kind)
    path = served.files[name]
    encoding = _accepted(request, _ENCODINGS if path.parent == BUILT else ("gzip",))
    headers["ETag"] = f'"{version}{encoding}"'
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return Response(None, 304, headers)
    if encoding:
        headers["Content-Encoding"] = encoding
    return MemoryFile(_content(name, path, encoding, version), 200, headers, kind)


@lru_cache(maxsize=16)
def _content(name: str, path: Path, encoding: str, _version: str) -> bytes:
    """A file in an encoding; one of the models is compressed here, once for all visitors."""
    if path.parent == BUILT and encoding:
        return path.with_suffix(_ENCODINGS[encoding]).read_bytes()
    content = path.read_bytes()
    if path.parent == BUILT:
        return gzip.decompress(content)
    if name == FEATURES_FILE:
        content = features_model(content)
    return gzip.compress(content) if encoding else content


def _accepted(request: Request, encodings: Iterable[str]) -> str:
    """The first of the encodings that the browser takes; empty if it takes none."""
    accepted = {
        each.split(";")[0].strip() for each in request.headers.get("Accept-Encoding", "").split(",")
    }
    return next((encoding for encoding in encodings if encoding in accepted), "")


ROUTES = [Route("/assets/{version}/{name}", _asset)]
