"""The command line, as people and scripts use it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.__main__ import discover_commands, main
from core.common.types import SIDES
from core.synthetic.dataset_look import draw_dataset_image
from core.synthetic.sample_photos import draw_sample

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "five.png"
    cv2.imwrite(str(path), draw_sample(5, "R", 0).pixels[:, :, ::-1])
    return path


def test_every_command_is_found() -> None:
    assert set(discover_commands()) == {
        path.stem for path in (ROOT / "core" / "cli").glob("*.py")
    } - {"__init__"}


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    assert all(name in text for name in discover_commands())


def test_predict_prints_the_form_that_scripts_read(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = tmp_path / "plain.png"
    cv2.imwrite(str(plain), np.full((200, 300, 3), 120, np.uint8))
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff nothing")
    status = main(["predict", str(photo), str(broken), str(plain), "--json"])
    first, second, third = map(json.loads, capsys.readouterr().out.splitlines())
    assert status == 1

    assert set(first) == {"file", "milliseconds", "hands"}
    assert first["file"] == str(photo)
    assert set(first["milliseconds"]) == {"decode", "find", "prepare", "read"}
    (hand,) = first["hands"]
    assert set(hand) == {
        "box", "score", "fingers", "fingers_probabilities", "side", "side_probabilities", "unsure",
        "face", "extended",
    }  # fmt: skip
    x0, y0, x1, y1 = hand["box"]
    assert 0 <= x0 < x1 <= 640
    assert 0 <= y0 < y1 <= 480
    assert hand["fingers"] == int(np.argmax(hand["fingers_probabilities"]))
    assert hand["side"] == SIDES[int(np.argmax(hand["side_probabilities"]))]
    assert sum(hand["fingers_probabilities"]) == pytest.approx(1, abs=1e-4)
    assert len(hand["side_probabilities"]) == 2
    assert isinstance(hand["unsure"], bool)

    assert set(second) == {"file", "error"}
    assert third["hands"] == []


def test_predict_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prepared = tmp_path / "prepared.png"
    cv2.imwrite(str(prepared), draw_dataset_image(5, "R", 0))
    plain = tmp_path / "plain.png"
    cv2.imwrite(str(plain), np.full((200, 300, 3), 120, np.uint8))
    assert main(["predict", str(prepared), str(plain)]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert "prepared.png: 5 fingers (" in first
    assert "right hand" in first
    assert second.endswith("no hand found")


def test_a_mirrored_photo_is_the_other_hand(
    photo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["predict", str(photo), "--json"])
    main(["predict", str(photo), "--json", "--mirror"])
    straight, mirrored = (
        json.loads(line)["hands"][0]["side"] for line in capsys.readouterr().out.splitlines()
    )
    assert {straight, mirrored} == {"L", "R"}


@pytest.mark.parametrize("path", ["nowhere.jpg", "."])
def test_a_missing_file_is_explained_in_plain_words(
    path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", path]) == 1
    assert "no photo file" in capsys.readouterr().err


def test_an_unknown_model_is_explained_in_plain_words(
    photo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", str(photo), "--model", "resnet"]) == 1
    assert "There is no model 'resnet'" in capsys.readouterr().err


def test_models_lists_the_zoo(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["cnn_batch_norm"]["trained"]
    assert rows["cnn_batch_norm"]["parameters"] == 204_454
    assert main(["models"]) == 0
    assert "hand_side" in capsys.readouterr().out


def test_evaluate_uses_synthetic_images_where_none_were_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FINGERS_DATA", str(tmp_path))
    main(["data", "render", "--count", "48", "--seed", "3"])
    capsys.readouterr()
    assert main(["evaluate", "cnn_batch_norm", "--json"]) == 0
    captured = capsys.readouterr()
    assert "these images are synthetic" in captured.err
    row = json.loads(captured.out)
    assert set(row) == {"model", "data", "images", "wrong", "accuracy", "confusion_matrix"}
    assert (row["model"], row["data"], row["images"]) == ("cnn_batch_norm", "rendered", 48)
    matrix = np.array(row["confusion_matrix"])
    assert row["wrong"] == matrix.sum() - np.trace(matrix)
    assert row["accuracy"] == pytest.approx(1 - row["wrong"] / 48)
    assert main(["evaluate", "cnn_batch_norm", "hand_side"]) == 0
    assert "true \\ predicted" in capsys.readouterr().out


def test_evaluating_a_dataset_that_is_not_there_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FINGERS_DATA", str(tmp_path))
    assert main(["evaluate", "cnn_batch_norm", "--data", "fingers"]) == 1
    assert "python -m core data import PATH" in capsys.readouterr().err


@pytest.mark.slow
def test_the_first_answer_needs_no_tensorflow(photo: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "core", "predict", str(photo)],
        capture_output=True, text=True, cwd=ROOT, timeout=60, check=True, env=dict(os.environ),
    )  # fmt: skip
    assert "finger" in done.stdout
    assert "tensorflow" not in done.stderr
    assert "keras" not in done.stderr
