"""A taught head in one file with the whole classifier."""

import ast
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from core.artifacts import store as artifacts
from core.common.types import Photo
from core.few_shot.export import JAVASCRIPT, PYTHON, head_model, usage
from core.few_shot.features import features_input, features_model, last_layer
from core.few_shot.learning import Head
from core.hands.pipeline import HAND_CLASSIFIER
from core.hands.preprocessing import as_model_input
from core.hands.tflite import ServedNet
from core.synthetic.sample_photos import draw_sample
from core.zoo.hand_classifier import FEATURES

RNG = np.random.default_rng(0)
HEAD = Head(
    ("Thumb up", 'a "quoted" name'),
    RNG.normal(0, 0.2, (3, FEATURES)).astype(np.float32),
    RNG.normal(0, 1, 3).astype(np.float32),
    0.4,
)
EMOJI = replace(HEAD, names=("👍", "\\ {brace}"))
CLASSIFIER = artifacts.read_verified(HAND_CLASSIFIER, artifacts.SERVING_FILE)


def hand() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    drawn = draw_sample(3, "R", 1, 320, 240)
    return features_input(Photo(drawn.pixels), drawn.hands[0].box)


def test_the_composed_file_answers_as_the_head_does() -> None:
    given = as_model_input(hand()[None])
    features = ServedNet(features_model(CLASSIFIER), "classify", (1, FEATURES)).answer(given)
    composed = ServedNet(head_model(CLASSIFIER, HEAD), "classify", (1, 3))
    np.testing.assert_allclose(composed.answer(given), HEAD.probabilities(features), atol=1e-5)


def test_features_are_the_input_of_the_published_last_layer() -> None:
    from ai_edge_litert.interpreter import Interpreter

    given = as_model_input(hand()[None])
    whole = Interpreter(model_content=CLASSIFIER, experimental_preserve_all_tensors=True)
    whole.allocate_tensors()
    whole.set_tensor(whole.get_input_details()[0]["index"], given)
    whole.invoke()
    (tensor,) = (
        each
        for each in whole.get_tensor_details()
        if "features" in each["name"] and tuple(each["shape"]) == (1, FEATURES)
    )
    features = ServedNet(features_model(CLASSIFIER), "classify", (1, FEATURES)).answer(given)
    np.testing.assert_allclose(features, whole.get_tensor(tensor["index"]), atol=1e-4)


def test_the_python_lines_run(tmp_path: Path) -> None:
    (tmp_path / "my_signs.tflite").write_bytes(head_model(CLASSIFIER, HEAD))
    (tmp_path / "use.py").write_text(usage(PYTHON, HEAD), "utf-8")
    image = hand()
    cv2.imwrite(str(tmp_path / "hand.png"), image)
    said = subprocess.run(
        [sys.executable, "use.py", "hand.png"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    features = ServedNet(features_model(CLASSIFIER), "classify", (1, FEATURES)).answer(
        as_model_input(image[None])
    )[0]
    answer = HEAD.answer(features)
    assert said.startswith("none of these" if answer is None else HEAD.names[answer])


def test_names_cannot_break_out_of_the_lines() -> None:
    (names,) = (line for line in usage(PYTHON, EMOJI).splitlines() if line.startswith("NAMES"))
    assert tuple(ast.literal_eval(names.removeprefix("NAMES = "))) == EMOJI.names
    compile(usage(PYTHON, HEAD), "use.py", "exec")
    assert '\\"quoted\\"' in usage(JAVASCRIPT, HEAD)


def test_the_last_layer_turns_features_into_the_published_answers() -> None:
    given = as_model_input(hand()[None])
    features = ServedNet(features_model(CLASSIFIER), "classify", (1, FEATURES)).answer(given)
    last = last_layer(CLASSIFIER)
    answers = features @ last.weights.T + last.biases
    expected = ServedNet(CLASSIFIER, "classify").answer(given)
    np.testing.assert_allclose(answers, expected, atol=1e-3)
