"""The page that browsers start from."""

import base64
import gzip
import hashlib
from collections.abc import Iterator

import pytest
from starlette.responses import PlainTextResponse

from tests.helpers.served_app import Get, served
from ui.navigation import find_pages, name_of
from ui.server import start_page
from ui.server.edge import HEADERS
from ui.server.start_page import StartPage


@pytest.fixture(scope="module")
def get() -> Iterator[Get]:
    """Asks a server that has it before an app which says that it was asked itself."""
    with served(StartPage(PlainTextResponse("passed on"))) as ask:
        yield ask


def test_each_page_has_a_title_and_a_heading_of_its_own_at_once(get: Get) -> None:
    for module in find_pages()[1:]:
        status, _, content = get(f"/{name_of(module)}")
        assert status == 200
        assert f"<title>{module.PAGE.title} · How many fingers?</title>" in content.decode()
        assert f"<p>{module.PAGE.title}</p>" in content.decode()
    assert "<p>How many fingers?</p>" in get("/")[2].decode()


def test_its_scripts_are_those_that_the_browser_may_run(get: Get) -> None:
    content = get("/")[2].decode()
    for script in start_page.scripts():
        assert f"<script>{script}</script>" in content
        checksum = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{checksum}'" in HEADERS["Content-Security-Policy"]


def test_it_is_compressed_and_sent_anew_only_where_it_changed(get: Get) -> None:
    status, headers, content = get("/compare", accept_encoding="gzip")
    assert (status, headers["content-encoding"]) == (200, "gzip")
    assert gzip.decompress(content) == get("/compare")[2]
    assert get("/compare", if_none_match=headers["etag"])[0] == 304


def test_the_first_page_has_one_address(get: Get) -> None:
    status, headers, _ = get("/try_it?fingers=2")
    assert status == 307
    assert headers["location"] == "/?fingers=2"


def test_everything_else_is_passed_on(get: Get) -> None:
    assert get("/static/js/index.js")[2] == get("/_stcore/health")[2] == b"passed on"
