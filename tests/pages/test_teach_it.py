"""The page "Teach it", taught by what its browser would send."""

import itertools
import json
from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest

from core.few_shot.features import frozen_layers
from core.zoo.hand_classifier import FEATURES
from tests.helpers.single_page import page_test

SEQUENCE = itertools.count(1)
RNG = np.random.default_rng(0)
NOTHING: dict[str, object] = {
    "record": None, "rename": None, "drop": None, "add": False, "remove": None, "undo": False,
}  # fmt: skip


def send(at: AppTest, **change: object) -> AppTest:
    """Run the page with one change from the browser."""
    at.session_state["teach"] = {"change": NOTHING | {"sequence": next(SEQUENCE)} | change}
    at.run()
    assert not at.exception
    return at


def data_of(at: AppTest) -> Any:
    """What the browser is told."""
    return json.loads(at.get("bidi_component")[0].proto.json)


def recorded(sign: int) -> dict[str, object]:
    noisy = frozen_layers().world[sign] + RNG.normal(0, 0.1, (8, FEATURES))
    return {"sign": sign, "samples": np.maximum(0, noisy).round(4).tolist()}


def opened() -> AppTest:
    at = page_test("teach_it")
    at.run()
    assert not at.exception
    return at


def test_signs_are_named_taught_and_judged() -> None:
    at = opened()
    assert "Still to be shown: Sign 1, Sign 2" in at.info[0].value
    send(at, rename={"sign": 0, "name": "Thumb up"})
    for sign in (0, 1):
        send(at, record=recorded(sign))
    told = data_of(at)
    assert [each["name"] for each in told["signs"]] == ["Thumb up", "Sign 2"]
    assert [len(row) for row in told["head"]["weights"]] == [FEATURES] * 3
    assert "Too little to judge" in at.markdown[0].value
    for sign in (0, 1, 0, 1, 0):
        send(at, record=recorded(sign))
    assert "7 of 7 recordings are recognised" in "".join(each.value for each in at.markdown)


def test_undo_takes_back_and_a_message_counts_once() -> None:
    at = opened()
    send(at, add=True)
    assert len(data_of(at)["signs"]) == 3
    at.run()
    assert len(data_of(at)["signs"]) == 3
    send(at, undo=True)
    assert len(data_of(at)["signs"]) == 2
    assert not data_of(at)["undo"]


def test_nonsense_changes_nothing() -> None:
    at = opened()
    for change in ({"record": {"sign": 0, "samples": [[1.0]]}}, {"remove": -1}, {"sequence": "x"}):
        send(at, **change)
    assert [each["recordings"] for each in data_of(at)["signs"]] == [[], []]
    send(at, rename={"sign": 0, "name": "sign 2"})
    assert "same name" in at.warning[0].value
