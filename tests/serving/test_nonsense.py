"""What no browser sends for a widget: told in a sentence, and not counted as the server's error."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from tests.helpers.running_server import RunningServer
from tests.helpers.sessions import answers_to
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
    views += [(names[0], f"source={source}") for source in ("upload", "camera")]
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


def with_data(field: str) -> Callable[[list[Any]], WidgetState]:
    def made(data: list[Any]) -> WidgetState:
        state = WidgetState()
        array = getattr(state, field)
        array.SetInParent()
        array.data.extend(data)
        return state

    return made


STATES = st.one_of(
    *(
        values.map(lambda value, field=field: WidgetState(**{field: value}))
        for field, values in {
            "trigger_value": st.booleans(),
            "bool_value": st.booleans(),
            "int_value": INTEGERS,
            "double_value": NUMBERS,
            "string_value": TEXTS,
            "json_value": TEXTS,
            "json_trigger_value": TEXTS,
            "bytes_value": st.binary(max_size=50),
        }.items()
    ),
    *(
        st.lists(values, max_size=4).map(with_data(field))
        for field, values in {
            "int_array_value": INTEGERS,
            "double_array_value": NUMBERS,
            "string_array_value": TEXTS,
        }.items()
    ),
)


def alerts(server: RunningServer, message: BackMsg) -> list[str]:
    """What a new visitor who sends this is told."""
    with server.visit() as socket:
        answers = list(answers_to(socket, message, seconds=60))
    elements = [answer.delta.new_element for answer in answers]
    assert not any(element.WhichOneof("type") == "exception" for element in elements)
    return [element.alert.body for element in elements if element.WhichOneof("type") == "alert"]


def test_nonsense_for_any_widget_is_a_visitor_s(
    server: RunningServer, widgets: list[Widget]
) -> None:
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(widgets), STATES)
    def send(widget: Widget, state: WidgetState) -> None:
        before = server.metrics()["fingers_page_errors_total"]
        told = alerts(server, asked(widget, state))
        assert not any("went wrong" in words for words in told)
        assert server.metrics()["fingers_page_errors_total"] == before

    send()


def test_nonsense_is_told_counted_and_hardly_logged(
    server: RunningServer, widgets: list[Widget]
) -> None:
    slider = next(widget for widget in widgets if widget.page == "tour" and "step" in widget.id)
    before = server.metrics()["fingers_refusals_total_nonsense"] or 0
    for _ in range(30):
        told = alerts(server, asked(slider, WidgetState(string_value="x")))
        assert any("did not understand what your browser sent" in words for words in told)
    assert server.metrics()["fingers_refusals_total_nonsense"] == before + 30
    events = [line["event"] for line in server.logged()]
    assert "Uncaught app execution" not in events
    # Ten a minute, and a minute may end meanwhile.
    assert 0 < events.count("nonsense") <= 40
