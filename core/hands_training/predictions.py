"""What was said of each photo of an exam, by this program and by its peer."""

import json
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core.artifacts.store import MODELS_ROOT
from core.common.errors import UserError
from core.common.types import FACES, SIDES, Box, Uint8Array
from core.hands.background_subtraction import Detection
from core.hands.detector_outputs import iou
from core.hands.pipeline import ArticleRecogniser, Recogniser, recognise
from core.hands.tflite import serve
from core.hands_training.photo_datasets import UNKNOWN, LabelledHand
from core.hands_training.photo_pack import box_around
from core.hands_training.test_sets import EvaluationPhoto
from core.zoo import get_spec

BASELINE_SCRIPT = Path(__file__).with_name("mediapipe_peer.py")
BASELINE_SECONDS = 3_600


@dataclass(frozen=True)
class PhotoPrediction:
    """One photo: what it shows and what was said.

    Attributes:
        name: of the photo.
        truths: its hands.
        boxes: of the hands that were found, surest first.
        fingers, side, face: of the surest hand, as labels are written; UNKNOWN where none was
            found or nothing was said.
        probabilities: of its counts; empty where none was found.
        sure: probability of its count.
    """

    name: str
    truths: tuple[LabelledHand, ...]
    boxes: tuple[Box, ...]
    fingers: int
    side: int
    face: int
    probabilities: tuple[float, ...] = ()

    @property
    def sure(self) -> float:
        """Probability of the count that was said; 0 where no hand was found."""
        return max(self.probabilities, default=0.0)

    def overlaps(self) -> list[float]:
        """For each labelled box, the best intersection over union of a box that was found."""
        return [
            max((iou(truth.box, box) for box in self.boxes), default=0.0)
            for truth in self.truths
            if truth.box is not None
        ]


def our_predictions(
    photos: Iterable[EvaluationPhoto], recogniser: Recogniser
) -> list[PhotoPrediction]:
    """Read every photo the way that the page does."""
    return [_our_prediction(photo, recogniser) for photo in photos]


def _our_prediction(test_set: EvaluationPhoto, recogniser: Recogniser) -> PhotoPrediction:
    hands = recognise(test_set.photo, recogniser).hands
    boxes = tuple(hand.found.box for hand in hands)
    if not hands:
        return PhotoPrediction(test_set.name, test_set.hands, boxes, UNKNOWN, UNKNOWN, UNKNOWN)
    said = hands[0].prediction
    return PhotoPrediction(
        test_set.name,
        test_set.hands,
        boxes,
        said.fingers,
        SIDES.index(said.side),
        FACES.index(said.details.face) if said.details is not None else UNKNOWN,
        said.fingers_probabilities,
    )


def article_predictions(
    photos: Iterable[EvaluationPhoto], models: Sequence[str], root: Path = MODELS_ROOT
) -> dict[str, list[PhotoPrediction]]:
    """What models of the article say of every photo; each is found and prepared once for all.

    Args:
        photos: what to read.
        models: their names.
        root: of the models.

    Raises:
        UserError: a model is not trained, or its file is damaged.
    """
    article = ArticleRecogniser(root=root)
    said: dict[str, list[PhotoPrediction]] = {name: [] for name in models}
    for test_set in photos:
        hands = article.detect(test_set.photo).hands
        image = article.preprocess(test_set.photo, hands[0]).image if hands else None
        for name in models:
            said[name].append(_article_prediction(test_set, hands, image, name, root))
    return said


def _article_prediction(
    test_set: EvaluationPhoto,
    hands: Sequence[Detection],
    image: Uint8Array | None,
    name: str,
    root: Path,
) -> PhotoPrediction:
    boxes = tuple(hand.box for hand in hands)
    if image is None:
        return PhotoPrediction(test_set.name, test_set.hands, boxes, UNKNOWN, UNKNOWN, UNKNOWN)
    probabilities = serve(name, root).probabilities(image[None])[0]
    answer = int(probabilities.argmax())
    if get_spec(name).target == "side":
        return PhotoPrediction(test_set.name, test_set.hands, boxes, UNKNOWN, answer, UNKNOWN)
    said = tuple(map(float, probabilities))
    return PhotoPrediction(test_set.name, test_set.hands, boxes, answer, UNKNOWN, UNKNOWN, said)


def baseline_predictions(photos: Iterable[EvaluationPhoto], python: Path) -> list[PhotoPrediction]:
    """Have MediaPipe read every photo, in an environment of its own.

    Args:
        photos: what to read.
        python: that environment's interpreter.

    Raises:
        UserError: it cannot be run.
    """
    with tempfile.TemporaryDirectory() as folder:
        test_set: list[EvaluationPhoto] = []
        paths: list[Path] = []
        for number, photo in enumerate(photos):
            path = Path(folder) / f"{number}.png"
            cv2.imwrite(str(path), photo.photo.pixels[:, :, ::-1])
            test_set.append(photo)
            paths.append(path)
        answers = ask_baseline(paths, python)
    return [
        _baseline_prediction(photo, answer) for photo, answer in zip(test_set, answers, strict=True)
    ]


def ask_baseline(paths: Sequence[Path], python: Path) -> list[dict[str, Any]]:
    """MediaPipe's answers, one a file, as ``mediapipe_peer.py`` prints them.

    Raises:
        UserError: it cannot be run.
    """
    try:
        done = subprocess.run(
            [str(python), str(BASELINE_SCRIPT)],
            input="".join(f"{path}\n" for path in paths),
            capture_output=True,
            text=True,
            timeout=BASELINE_SECONDS,
            check=True,
        )
        return [json.loads(line) for line in done.stdout.splitlines()]
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise UserError(
            f"MediaPipe cannot be run with {python} ({error}). Make its environment with: "
            "python3 -m venv mp && mp/bin/pip install mediapipe==0.10.21"
        ) from error


def _baseline_prediction(test_set: EvaluationPhoto, answer: dict[str, Any]) -> PhotoPrediction:
    hands = answer["hands"]
    boxes = tuple(box_around(np.array(hand["points"], np.float32)) for hand in hands)
    if not hands:
        return PhotoPrediction(test_set.name, test_set.hands, boxes, UNKNOWN, UNKNOWN, UNKNOWN)
    first = hands[0]
    probabilities = tuple(float(count == first["fingers"]) for count in range(6))
    side = SIDES.index(first["side"])
    return PhotoPrediction(
        test_set.name, test_set.hands, boxes, first["fingers"], side, UNKNOWN, probabilities
    )
