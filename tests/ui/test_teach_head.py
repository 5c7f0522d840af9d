"""The head in the browser answers as in Python."""

import json
from pathlib import Path

import numpy as np

from core.few_shot.export import JAVASCRIPT, usage
from core.few_shot.learning import Head
from core.zoo.hand_classifier import FEATURES
from tests.helpers.node import run_in_node


def test_the_browser_answers_as_python_does(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    weights = rng.normal(0, 0.1, (4, FEATURES)).round(5)
    biases = rng.normal(0, 1, 4).round(5)
    head = Head(("a", "b", "c"), weights, biases, 0.5)  # type: ignore[arg-type]
    features = np.maximum(0, rng.normal(0, 1, (50, FEATURES))).round(4)
    cases = [
        {
            "features": each.tolist(),
            "probabilities": head.probabilities(each[None])[0].tolist(),
            "answer": head.answer(each),
        }
        for each in features
    ]
    assert {case["answer"] for case in cases} == {0, 1, 2, None}
    vectors = tmp_path / "head.json"
    told = {"weights": weights.tolist(), "biases": biases.tolist(), "threshold": 0.5}
    vectors.write_text(json.dumps({"head": told, "cases": cases}), "utf-8")
    usages = tmp_path / "usage.json"
    answers = [([0.7, 0.1, 0.1, 0.1], "a"), ([0.4, 0.2, 0.2, 0.2], "none of these")]
    lines = {
        "source": usage(JAVASCRIPT, head),
        "cases": [{"shares": shares, "name": name} for shares, name in answers],
    }
    usages.write_text(json.dumps(lines), "utf-8")
    run_in_node("teach", HEAD_VECTORS=str(vectors), USAGE=str(usages))
