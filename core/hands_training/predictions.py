"""Predictions for a test set's photos, by this program, the article's models and the baseline."""

import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2

from core.common.errors import UserError
from core.common.types import FACES, FINGER_COUNTS, SIDES, Box, Uint8Array
from core.hands.detections import iou
from core.hands.loading import serve
from core.hands.pipeline import ArticleRecogniser, Recogniser, recognise
from core.hands_training.photo_datasets import UNKNOWN
from core.hands_training.photo_labels import (
    BaselineAnswer,
    LabelledHand,
    box_around,
    read_baseline_answers,
)
from core.hands_training.test_sets import EvaluationPhoto
from core.images.decoding import to_grey
from core.zoo import get_spec

BASELINE_SCRIPT = Path(__file__).with_name("mediapipe_baseline.py")
BASELINE_SECONDS = 3_600


@dataclass(frozen=True)
class PhotoPrediction:
    """One photo: its labels and the prediction.

    Attributes:
        truths: its labelled hands.
        boxes: of the detected hands, the most confident one first.
        fingers, side, face: of the most confident hand, encoded like labels; UNKNOWN if no hand is
            detected or the model does not predict it.
        probabilities: of its count; empty if no hand is detected.
        total: the fingers of all detected hands.
        sure: whether the count is an answer and not "not sure".
        height: of the photo in pixels.
    """

    name: str
    truths: tuple[LabelledHand, ...]
    boxes: tuple[Box, ...]
    fingers: int = UNKNOWN
    side: int = UNKNOWN
    face: int = UNKNOWN
    probabilities: tuple[float, ...] = ()
    total: int = 0
    sure: bool = False
    height: int = 0

    @property
    def confidence(self) -> float:
        """Probability of the predicted count; 0 if no hand is detected."""
        return max(self.probabilities, default=0.0)

    def overlaps(self) -> list[float]:
        """For each labelled box, its largest intersection over union with a detected one."""
        return [
            max((iou(truth.box, box) for box in self.boxes), default=0.0)
            for truth in self.truths
            if truth.box is not None
        ]


def _located(photo: EvaluationPhoto, boxes: Iterable[Box]) -> PhotoPrediction:
    return PhotoPrediction(photo.name, photo.hands, tuple(boxes), height=photo.photo.height)


def our_predictions(
    photos: Iterable[EvaluationPhoto], recogniser: Recogniser
) -> list[PhotoPrediction]:
    """The recogniser's prediction for each photo, made as on the pages."""
    return [_our_prediction(photo, recogniser) for photo in photos]


def _our_prediction(photo: EvaluationPhoto, recogniser: Recogniser) -> PhotoPrediction:
    hands = recognise(photo.photo, recogniser).hands
    found = _located(photo, (hand.detection.box for hand in hands))
    if not hands:
        return found
    best = hands[0].prediction
    return replace(
        found,
        fingers=best.fingers,
        side=SIDES.index(best.side),
        face=FACES.index(best.details.face) if best.details is not None else UNKNOWN,
        probabilities=best.fingers_probabilities,
        total=sum(hand.prediction.fingers for hand in hands),
        sure=not best.fingers_unsure,
    )


def article_predictions(
    photos: Iterable[EvaluationPhoto], models: Sequence[str]
) -> dict[str, list[PhotoPrediction]]:
    """The predictions of the article's models for each photo, which is preprocessed only once.

    Raises:
        UserError: a model is not trained, or its file is damaged.
    """
    article = ArticleRecogniser()
    predictions: dict[str, list[PhotoPrediction]] = {name: [] for name in models}
    for photo in photos:
        grey = to_grey(photo.photo.pixels)
        hands = article.detect(photo.photo, grey).hands
        image = article.preprocess(grey, hands[0]).image if hands else None
        found = _located(photo, (hand.box for hand in hands))
        for name in models:
            predictions[name].append(
                found if image is None else _article_prediction(found, image, name)
            )
    return predictions


def _article_prediction(found: PhotoPrediction, image: Uint8Array, name: str) -> PhotoPrediction:
    probabilities = serve(name).probabilities(image[None])[0]
    answer = int(probabilities.argmax())
    if get_spec(name).target == "side":
        return replace(found, side=answer)
    return replace(found, fingers=answer, probabilities=tuple(map(float, probabilities)))


def baseline_predictions(photos: Iterable[EvaluationPhoto], python: Path) -> list[PhotoPrediction]:
    """MediaPipe's prediction for each photo, made in the environment of another interpreter.

    Raises:
        UserError: it cannot be run.
    """
    with tempfile.TemporaryDirectory() as folder:
        asked = list(photos)
        paths = [Path(folder) / f"{number}.png" for number in range(len(asked))]
        for photo, path in zip(asked, paths, strict=True):
            cv2.imwrite(str(path), photo.photo.pixels[:, :, ::-1])
        answers = ask_baseline(paths, python)
    return [
        _baseline_prediction(photo, answer) for photo, answer in zip(asked, answers, strict=True)
    ]


def ask_baseline(paths: Sequence[Path], python: Path) -> list[BaselineAnswer]:
    """MediaPipe's answer for each file, as printed by ``mediapipe_baseline.py``.

    Raises:
        UserError: it cannot be run, or what it printed are not answers.
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
        return read_baseline_answers(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise UserError(
            f"MediaPipe cannot be run with {python} ({error}). Make its environment with: "
            "python3 -m venv mp && mp/bin/pip install mediapipe==0.10.21"
        ) from error


def _baseline_prediction(photo: EvaluationPhoto, answer: BaselineAnswer) -> PhotoPrediction:
    found = _located(photo, (box_around(hand.landmarks) for hand in answer.hands))
    if not found.boxes:
        return found
    first = answer.hands[0]
    return replace(
        found,
        fingers=first.fingers,
        side=SIDES.index(first.side),
        probabilities=tuple(float(count == first.fingers) for count in FINGER_COUNTS),
        total=sum(hand.fingers for hand in answer.hands),
    )
