"""What no browser sends for a widget: told in a sentence, and not counted as the server's error."""

import math
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from tests.helpers.pictures import WHOLE_FILES
from tests.helpers.running_server import RunningServer
from tests.helpers.sessions import answers_to, open_for_photos, with_photo
from tests.helpers.uploads import upload
from ui.navigation import find_pages, name_of


class Widget(NamedTuple):
    page: str
    query: str
    id: str


def asked(widget: Widget, state: WidgetState | None = None) -> BackMsg:
    message = BackMsg()
    message.rerun_script.page_name = widget.page
    message.rerun_script.query_string = widget.query
    if state is not None:
        state.id = widget.id
        message.rerun_script.widget_states.widgets.append(state)
    return message


@pytest.fixture(scope="module")
def widgets(server: RunningServer) -> list[Widget]:
    """All of every page, with the ways in which photos come."""
    found = []
    names = [name_of(page) for page in find_pages()]
    views = [(name, "") for name in names]
    views += [(names[0], f"source={source}") for source in ("Upload", "Camera")]
    for page, query in views:
        with server.visit() as socket:
            for answer in answers_to(socket, asked(Widget(page, query, "")), seconds=60):
                element = answer.delta.new_element
                if kind := element.WhichOneof("type"):
                    number = getattr(getattr(element, kind), "id", "")
                    found.append(Widget(page, query, number))
    return sorted({each for each in found if each.id})


NUMBERS = st.one_of(st.floats(), st.sampled_from([math.nan, math.inf, -math.inf, -1.0, 1e308]))
INTEGERS = st.integers(-(2**63), 2**63 - 1)
ODD_TEXTS = ["", "\0", "9" * 5_000, "{", "[1]", "null"]
TEXTS = st.one_of(st.text(max_size=50), st.sampled_from(ODD_TEXTS))


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "trigger_value": st.booleans(),
    "bool_value": st.booleans(),
    "int_value": INTEGERS,
    "double_value": NUMBERS,
    "string_value": TEXTS,
    "json_value": TEXTS,
    "json_trigger_value": TEXTS,
    "bytes_value": st.binary(max_size=50),
}
ARRAYS: dict[str, st.SearchStrategy[Any]] = {
    "int_array_value": INTEGERS,
    "double_array_value": NUMBERS,
    "string_array_value": TEXTS,
}


@st.composite
def states(draw: st.DrawFn) -> WidgetState:
    kind = draw(st.sampled_from([*VALUES, *ARRAYS]))
    state = WidgetState()
    if kind in ARRAYS:
        array = getattr(state, kind)
        array.SetInParent()
        array.data.extend(draw(st.lists(ARRAYS[kind], max_size=4)))
    else:
        setattr(state, kind, draw(VALUES[kind]))
    return state


def alerts(server: RunningServer, message: BackMsg) -> list[str]:
    """What a new visitor who sends this is told."""
    with server.visit() as socket:
        answers = list(answers_to(socket, message, seconds=60))
    elements = [answer.delta.new_element for answer in answers]
    assert not any(element.WhichOneof("type") == "exception" for element in elements)
    return [element.alert.body for element in elements if element.WhichOneof("type") == "alert"]


@pytest.mark.slow
def test_nonsense_for_any_widget_is_a_visitor_s(
    server: RunningServer, widgets: list[Widget]
) -> None:
    before = server.metrics()["fingers_page_errors_total"]
    unknown = [Widget(widgets[0].page, "", odd) for odd in ("none", "$$ID-0-none", *ODD_TEXTS)]

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @example(unknown[0], WidgetState(bool_value=True))
    @given(st.sampled_from(widgets + unknown), states())
    def send(widget: Widget, state: WidgetState) -> None:
        told = alerts(server, asked(widget, state))
        assert not any("went wrong" in words for words in told)

    send()
    assert server.metrics()["fingers_page_errors_total"] == before


def test_nonsense_is_told_counted_and_hardly_logged(server: RunningServer) -> None:
    page = name_of(find_pages()[0])
    with server.visit() as socket:
        answers = list(answers_to(socket, asked(Widget(page, "", "")), seconds=60))
        numbers = (answer.delta.new_element.button_group.id for answer in answers)
        choice = Widget(page, "", next(filter(None, numbers)))
        before = server.metrics()["fingers_refusals_total_nonsense"] or 0
        for _ in range(20):
            nonsense = asked(choice, WidgetState(int_value=-1))
            answers = list(answers_to(socket, nonsense, seconds=60))
            told = [answer.delta.new_element.alert.body for answer in answers]
            assert any("did not understand what your browser sent" in words for words in told)
    assert server.metrics()["fingers_refusals_total_nonsense"] == before + 20
    events = [line["event"] for line in server.logged()]
    assert "Uncaught app execution" not in events
    assert events.count("nonsense") > 0


@pytest.mark.parametrize("name", [b"a\0.jpg", b"\xff.jpg", b"\xed\xa0\x80.jpg", b"../a.jpg"])
def test_no_name_of_a_photo_is_an_error_of_the_server(server: RunningServer, name: bytes) -> None:
    before = server.metrics()["fingers_page_errors_total"]
    with server.visit() as visitor:
        session, widget = open_for_photos(visitor)
        status, file = upload(server.address, session, WHOLE_FILES["jpeg"], name)
        assert status == 204
        answers = list(answers_to(visitor, with_photo(widget, file), seconds=60))
    assert not any("went wrong" in each.delta.new_element.alert.body for each in answers)
    assert server.metrics()["fingers_page_errors_total"] == before
