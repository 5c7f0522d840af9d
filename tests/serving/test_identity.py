"""Visitors are told apart by nginx's cookie or their address: real sessions over websockets."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.helpers.browser import ROOT, running_app
from tests.helpers.sessions import answers_of_page

SCRIPT = ROOT / "tests" / "helpers" / "visitors_app.py"
ONE, OTHER = "0" * 32, "f" * 32


@pytest.fixture(scope="module")
def stream() -> Iterator[str]:
    with running_app(script=SCRIPT) as address:
        yield f"{address.replace('http', 'ws', 1)}/_stcore/stream"


def tab(stream: str, number: str) -> ClientConnection:
    """A tab of a browser to which nginx gave that number; of one without nginx if it is empty."""
    headers = {"Cookie": f"visitor={number}"} if number else {}
    protocol = Subprotocol("streamlit")
    return connect(stream, subprotocols=[protocol], additional_headers=headers, max_size=None)


def said(socket: ClientConnection) -> str:
    answers = answers_of_page(socket, "", seconds=60)
    return "".join(answer.delta.new_element.text.body for answer in answers)


def test_the_tabs_of_a_browser_hold_one_place_until_the_one_that_has_it_is_closed(
    stream: str,
) -> None:
    with ExitStack() as tabs:
        first, *more = [tabs.enter_context(tab(stream, ONE)) for _ in range(8)]
        assert said(first) == "accepted"
        assert {said(each) for each in more} == {said(more[0])}
        assert said(more[0]).startswith("Another training of yours")
        assert said(tabs.enter_context(tab(stream, OTHER))) == "accepted"
        first.close()
        assert said(tabs.enter_context(tab(stream, ONE))) == "accepted"


def test_without_the_cookie_the_address_counts(stream: str) -> None:
    with tab(stream, "") as first, tab(stream, "no number of nginx's") as second:
        assert said(first) == "accepted"
        assert said(second).startswith("Another training of yours")
