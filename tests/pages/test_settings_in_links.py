"""Settings in a page's address."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

OpenPage = Callable[..., AppTest]


@pytest.mark.parametrize("spelled", ["average", "AVERAGE", "Average"])
def test_labels_are_taken_in_any_case(open_page: OpenPage, spelled: str) -> None:
    at = open_page("pooling", example=spelled).run()
    assert not at.exception
    assert at.button_group(key="example").value == "average"


def test_several_of_them_are_taken_at_once(open_page: OpenPage) -> None:
    at = open_page("data", side="left", form="MIRRORED", count="4").run()
    assert not at.exception
    assert at.button_group(key="side").value == "L"
    assert at.button_group(key="form").value == "mirrored"
    assert at.button_group(key="count").value == 4


def test_what_is_no_label_is_ignored(open_page: OpenPage) -> None:
    at = open_page("pooling", example="median").run()
    assert not at.exception
    assert at.button_group(key="example").value == "max"


def test_how_figures_were_measured_is_one_fold(open_page: OpenPage) -> None:
    for name in ("data", "pooling", "learning_curve", "hand_side", "replay"):
        at = open_page(name).run()
        assert not at.exception
        folds = [each for each in at.expander if each.label == "How this was measured"]
        assert len(folds) == 1, name
        assert "`python -m core" in folds[0].caption[0].value
