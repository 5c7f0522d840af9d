"""The page "Look inside" as visitors use it, and what the browser gets of it."""

import base64
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from core.artifacts.cards import ArtifactError
from core.common.types import Float32Array
from core.hands.pipeline import HAND_CLASSIFIER
from core.inspection.network import Inspection, inspect
from core.inspection.units import map_unit
from core.synthetic.dataset_look import draw_dataset_image
from tests.helpers.page_texts import answer_of, texts_of
from ui.inspection.payload import network_data, unit_data
from ui.inspection.places import Place, checked_place, first_place, most_active

OpenPage = Callable[..., AppTest]

MOST_BYTES = 1_500_000


def shown_of(name: str = "cnn_batch_norm") -> Inspection:
    return inspect(name, draw_dataset_image(3, "R", 5))


def data_of(at: AppTest) -> dict[str, Any]:
    assert not at.exception
    (found,) = at.get("bidi_component")
    data: dict[str, Any] = json.loads(found.proto.json)
    return data


def unpacked(packed: dict[str, Any]) -> Float32Array:
    values = np.frombuffer(base64.b64decode(packed["data"]), "<f4")
    return values.reshape(packed["shape"])


def test_a_sample_is_seen_through_every_layer(open_page: OpenPage) -> None:
    at = open_page("look_inside").run()
    assert "5 fingers" in answer_of(at)
    data = data_of(at)
    columns = data["network"]["columns"]
    assert [each["maps"] for each in columns] == [1, 64, 32, 1, 6]
    assert all(each["sheet"]["png"].startswith("data:image/png;base64,") for each in columns)
    assert data["unit"]["column"] == "convolution_1"
    assert "204,454 parameters" in texts_of(at)
    assert any(r"\ln p_{5}" in each.value for each in at.latex)
    # The photo three times, and the same photo with its background.
    assert len(at.image) == 6


def test_the_products_of_a_pixel_are_those_of_the_layer(open_page: OpenPage) -> None:
    at = open_page(
        "look_inside", layer="convolution_2", map="29", **{"from": "26"}, pixel="5-7"
    ).run()
    unit = data_of(at)["unit"]
    assert (unit["number"], unit["channel"], unit["row"], unit["at"]) == (28, 25, 4, 6)
    products, by_channel = unpacked(unit["products"]), unpacked(unit["byChannel"])
    assert products[4, 6].sum() == pytest.approx(by_channel[4, 6, 25], abs=1e-6)
    total = by_channel[4, 6].sum() + unit["bias"]
    assert total == pytest.approx(unpacked(unit["sums"])[4, 6], abs=1e-5)
    window, kernel = unpacked(unit["given"])[8:11, 12:15], unpacked(unit["kernel"])
    np.testing.assert_array_equal(window * kernel, products[4, 6])


@pytest.mark.parametrize(
    "name", ["cnn_batch_norm", "hand_side", "dense_batch_norm", "softmax", HAND_CLASSIFIER]
)
def test_a_page_s_data_stay_small(name: str) -> None:
    shown = shown_of(name)
    network = len(json.dumps(network_data(shown)))
    for column in shown.columns:
        unit = json.dumps(unit_data(shown, most_active(shown, column.key, 0)), allow_nan=False)
        assert network + len(unit) < MOST_BYTES


def test_what_is_chosen_is_kept_in_the_link(open_page: OpenPage) -> None:
    at = open_page("look_inside").run()
    chosen = {"column": "convolution_2", "number": 3, "channel": 0, "row": 0, "at": 0}
    at.session_state["inside"] = {"chosen": chosen}
    at.run()
    assert not at.exception


@pytest.mark.parametrize(
    "title", ["Hand classifier", "Dense with BatchNorm", "Hand side by transfer"]
)
def test_every_kind_of_network_is_shown(open_page: OpenPage, title: str) -> None:
    at = open_page("look_inside", model=title).run()
    assert answer_of(at)
    assert not at.error
    assert data_of(at)["network"]["path"]


@pytest.mark.parametrize(
    "text", ["99999", "-1", "<script>alert(1)</script>", "\0", "1e400", "x" * 9999, "٣"]
)
@pytest.mark.parametrize("setting", ["layer", "map", "from", "pixel", "model", "crop"])
def test_a_senseless_setting_in_the_link_gives_what_there_is(
    open_page: OpenPage, setting: str, text: str
) -> None:
    at = open_page("look_inside", **{"layer": "convolution_2", setting: text}).run()
    assert "5 fingers" in answer_of(at)
    assert data_of(at)["unit"]["number"] < 64


@settings(deadline=None, max_examples=60)
@given(
    st.one_of(
        st.none(),
        st.text(),
        st.lists(st.integers()),
        st.dictionaries(
            st.sampled_from(["column", "number", "channel", "row", "at", "other"]),
            st.one_of(
                st.integers(), st.floats(), st.text(), st.none(), st.booleans(),
                st.sampled_from(["convolution_1", "convolution_2", "fingers", "flatten"]),
            ),
        ),
    )
)  # fmt: skip
def test_any_message_is_a_place_that_can_be_shown_or_none(message: object) -> None:
    shown = shown_of()
    place = checked_place(shown, message)
    if place is not None:
        assert unit_data(shown, place)["column"] == place.column


def test_a_place_beyond_a_column_is_bounded() -> None:
    message = {"column": "convolution_2", "number": 900, "channel": 900, "row": 4, "at": 2}
    assert checked_place(shown_of(), message) == Place("convolution_2", 31, 63, 4, 2)
    assert checked_place(shown_of(), message | {"column": "nowhere"}) is None
    assert checked_place(shown_of(), message | {"row": True}) is None


def test_a_map_is_first_seen_where_it_is_strongest() -> None:
    shown = shown_of()
    place = most_active(shown, "convolution_2", 9)
    output = shown.found["relu_2"][..., 9]
    assert output[place.row, place.at] == output.max()
    unit = map_unit(shown.model, shown.found, shown.columns[2], shown.columns[1], 9, 0)
    assert place.channel == unit.by_channel[place.row, place.at].argmax()
    assert first_place(shown).column == "convolution_1"
    assert first_place(shown_of("softmax")).column == "fingers"


def test_a_damaged_model_is_explained_in_plain_words(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_: Any) -> None:
        raise ArtifactError("The file does not match its card.")

    monkeypatch.setattr("pages.look_inside.inspect", damaged)
    at = open_page("look_inside").run()
    assert not at.exception
    assert "does not match its card" in at.error[0].value


def test_without_a_hand_the_page_says_what_to_do(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages.look_inside.cut_out", lambda *_: None)
    at = open_page("look_inside").run()
    assert "No hand found" in answer_of(at)
    assert "plain background" in texts_of(at)
