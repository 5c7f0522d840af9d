"""Streamlit's own files: the same content, less to send, and kept for good."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from starlette.responses import PlainTextResponse

from tests.helpers.served_app import Get, served
from ui.server.streamlit_files import CompressedFiles

FOLDER = Path(st.__file__).parent / "static"


@pytest.fixture(scope="module")
def get() -> Iterator[Get]:
    """Asks a server that has these files before an app which says that it was asked itself."""
    with served(CompressedFiles(PlainTextResponse("passed on"))) as ask:
        yield ask


@pytest.fixture(params=["js", "css"])
def file(request: pytest.FixtureRequest) -> Path:
    """The largest of its kind."""
    files = (FOLDER / "static").rglob(f"*.{request.param}")
    return max(files, key=lambda path: path.stat().st_size)


def test_a_file_is_compressed_where_a_browser_takes_that(get: Get, file: Path) -> None:
    path = f"/{file.relative_to(FOLDER).as_posix()}"
    expected = file.read_bytes()
    status, headers, content = get(path, accept_encoding="br, gzip")
    assert status == 200
    assert headers["content-type"].startswith(f"text/{'css' if file.suffix == '.css' else 'javas'}")
    assert headers["content-encoding"] == "gzip"
    assert headers["vary"] == "Accept-Encoding"
    assert "immutable" in headers["cache-control"]
    assert len(content) == int(headers["content-length"]) < 0.5 * len(expected)
    assert gzip.decompress(content) == expected
    assert get(path, accept_encoding="identity")[2] == b"passed on"


def test_all_that_a_page_names_is_there(get: Get) -> None:
    page = (FOLDER / "index.html").read_text()
    names = [part.split('"')[0] for part in page.split('="./static/')[1:]]
    assert any(name.endswith(".js") for name in names)
    for name in names:
        _, headers, _ = get(f"/static/{name}", accept_encoding="gzip")
        assert headers["content-encoding"] == ("gzip" if name.endswith((".js", ".css")) else None)


@pytest.mark.parametrize(
    "path", ["/", "/static/js/none.js", "/static/../index.html", "/index.html"]
)
def test_everything_else_is_passed_on(get: Get, path: str) -> None:
    assert get(path, accept_encoding="gzip")[2] == b"passed on"
