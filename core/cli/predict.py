"""``python -m core predict``: print one answer per photo. Scripts rely on its JSON."""

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.common.types import SIDE_NAMES
from core.hands.pipeline import HandResult, Recogniser, Recognition, recognise, recogniser_with
from core.images.decoding import PhotoError
from core.images.isolated_decoding import read_photo
from core.zoo import zoo

SUMMARY = "say how many fingers are up, and which hand it is, for each photo"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the photos and the options."""
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="photos")
    parser.add_argument(
        "--model", metavar="NAME", help=f"use this model instead; one of: {', '.join(zoo())}"
    )
    parser.add_argument(
        "--mirror", action="store_true", help="the photos are mirrored, as selfies often are"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object per file")


def run(arguments: argparse.Namespace) -> int:
    """Recognise every photo; the exit status is 1 if any could not be read."""
    recogniser = recogniser_with(arguments.model)
    failed = False
    for path in arguments.files:
        try:
            recognition = _recognise_file(path, recogniser, arguments.mirror)
        except PhotoError as error:
            failed = True
            if arguments.json:
                print(json.dumps({"file": str(path), "error": str(error)}), flush=True)
            else:
                print(f"{path}: {error}", file=sys.stderr)
            continue
        if arguments.json:
            print(json.dumps(as_json(str(path), recognition)), flush=True)
        else:
            print(f"{path}: {as_text(recognition)}", flush=True)
    return 1 if failed else 0


def _recognise_file(path: Path, recogniser: Recogniser, mirrored: bool) -> Recognition:
    started = time.perf_counter()
    photo = read_photo(path)
    if mirrored:
        photo = photo.mirrored()
    decoding = round((time.perf_counter() - started) * 1e3, 3)
    recognition = recognise(photo, recogniser)
    return replace(recognition, milliseconds={"decode": decoding} | recognition.milliseconds)


def as_json(file: str, recognition: Recognition) -> dict[str, Any]:
    """The answer for one photo as JSON data."""
    return {
        "file": file,
        "milliseconds": recognition.milliseconds,
        "hands": [_hand_as_json(hand) for hand in recognition.hands],
    }


def _hand_as_json(hand: HandResult) -> dict[str, Any]:
    prediction, details = hand.prediction, hand.prediction.details
    return {
        "box": [round(value, 1) for value in hand.box],
        "score": round(hand.detection.score, 4),
        "fingers": prediction.fingers,
        "fingers_probabilities": [round(p, 6) for p in prediction.fingers_probabilities],
        "side": prediction.side,
        "side_probabilities": [round(p, 6) for p in prediction.side_probabilities],
        "unsure": prediction.unsure,
        "face": None if details is None else details.face,
        "extended": None if details is None else [round(p, 4) for p in details.extended],
    }


def as_text(recognition: Recognition) -> str:
    """The answer for one photo as a sentence."""
    if not recognition.hands:
        return "no hand found"
    return "; ".join(_hand_as_text(hand) for hand in recognition.hands)


def _hand_as_text(hand: HandResult) -> str:
    prediction = hand.prediction
    fingers = "1 finger" if prediction.fingers == 1 else f"{prediction.fingers} fingers"
    answer = (
        f"{fingers} ({max(prediction.fingers_probabilities):.1%}), "
        f"{SIDE_NAMES[prediction.side]} hand ({max(prediction.side_probabilities):.1%})"
    )
    return f"not sure, perhaps {answer}" if prediction.unsure else answer
