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

from core.artifacts import MODELS_ROOT
from core.errors import UserError
from core.field.finder_answers import overlap
from core.field_training.exam import ExamPhoto
from core.field_training.pack import box_around
from core.field_training.sources import UNKNOWN, LabelledHand
from core.finding import FoundHand
from core.recognition import LabRecogniser, Recogniser, recognise
from core.serving import serve
from core.types import FACES, SIDES, Box, Uint8Array
from core.zoo import get_spec

PEER_SCRIPT = Path(__file__).with_name("mediapipe_peer.py")
PEER_SECONDS = 3_600


@dataclass(frozen=True)
class Outcome:
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
            max((overlap(truth.box, box) for box in self.boxes), default=0.0)
            for truth in self.truths
            if truth.box is not None
        ]


def our_outcomes(photos: Iterable[ExamPhoto], recogniser: Recogniser) -> list[Outcome]:
    """Read every photo the way that the page does."""
    return [_our_outcome(photo, recogniser) for photo in photos]


def _our_outcome(exam: ExamPhoto, recogniser: Recogniser) -> Outcome:
    hands = recognise(exam.photo, recogniser).hands
    boxes = tuple(hand.found.box for hand in hands)
    if not hands:
        return Outcome(exam.name, exam.hands, boxes, UNKNOWN, UNKNOWN, UNKNOWN)
    said = hands[0].prediction
    return Outcome(
        exam.name,
        exam.hands,
        boxes,
        said.fingers,
        SIDES.index(said.side),
        FACES.index(said.details.face) if said.details is not None else UNKNOWN,
        said.fingers_probabilities,
    )


def lab_outcomes(
    photos: Iterable[ExamPhoto], models: Sequence[str], root: Path = MODELS_ROOT
) -> dict[str, list[Outcome]]:
    """What models of the article say of every photo; each is found and prepared once for all.

    Args:
        photos: what to read.
        models: their names.
        root: of the models.

    Raises:
        UserError: a model is not trained, or its file is damaged.
    """
    lab = LabRecogniser(root=root)
    said: dict[str, list[Outcome]] = {name: [] for name in models}
    for exam in photos:
        hands = lab.find(exam.photo).hands
        image = lab.prepare(exam.photo, hands[0]).image if hands else None
        for name in models:
            said[name].append(_lab_outcome(exam, hands, image, name, root))
    return said


def _lab_outcome(
    exam: ExamPhoto,
    hands: Sequence[FoundHand],
    image: Uint8Array | None,
    name: str,
    root: Path,
) -> Outcome:
    boxes = tuple(hand.box for hand in hands)
    if image is None:
        return Outcome(exam.name, exam.hands, boxes, UNKNOWN, UNKNOWN, UNKNOWN)
    probabilities = serve(name, root).probabilities(image[None])[0]
    answer = int(probabilities.argmax())
    if get_spec(name).target == "side":
        return Outcome(exam.name, exam.hands, boxes, UNKNOWN, answer, UNKNOWN)
    said = tuple(map(float, probabilities))
    return Outcome(exam.name, exam.hands, boxes, answer, UNKNOWN, UNKNOWN, said)


def peer_outcomes(photos: Iterable[ExamPhoto], python: Path) -> list[Outcome]:
    """Have MediaPipe read every photo, in an environment of its own.

    Args:
        photos: what to read.
        python: that environment's interpreter.

    Raises:
        UserError: it cannot be run.
    """
    with tempfile.TemporaryDirectory() as folder:
        exam: list[ExamPhoto] = []
        paths: list[Path] = []
        for number, photo in enumerate(photos):
            path = Path(folder) / f"{number}.png"
            cv2.imwrite(str(path), photo.photo.pixels[:, :, ::-1])
            exam.append(photo)
            paths.append(path)
        answers = ask_peer(paths, python)
    return [_peer_outcome(photo, answer) for photo, answer in zip(exam, answers, strict=True)]


def ask_peer(paths: Sequence[Path], python: Path) -> list[dict[str, Any]]:
    """MediaPipe's answers, one a file, as ``mediapipe_peer.py`` prints them.

    Raises:
        UserError: it cannot be run.
    """
    try:
        done = subprocess.run(
            [str(python), str(PEER_SCRIPT)],
            input="".join(f"{path}\n" for path in paths),
            capture_output=True,
            text=True,
            timeout=PEER_SECONDS,
            check=True,
        )
        return [json.loads(line) for line in done.stdout.splitlines()]
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise UserError(
            f"MediaPipe cannot be run with {python} ({error}). Make its environment with: "
            "python3 -m venv mp && mp/bin/pip install mediapipe==0.10.21"
        ) from error


def _peer_outcome(exam: ExamPhoto, answer: dict[str, Any]) -> Outcome:
    hands = answer["hands"]
    boxes = tuple(box_around(np.array(hand["points"], np.float32)) for hand in hands)
    if not hands:
        return Outcome(exam.name, exam.hands, boxes, UNKNOWN, UNKNOWN, UNKNOWN)
    first = hands[0]
    probabilities = tuple(float(count == first["fingers"]) for count in range(6))
    side = SIDES.index(first["side"])
    return Outcome(exam.name, exam.hands, boxes, first["fingers"], side, UNKNOWN, probabilities)
