"""The landmarks that a landmark model found in photos, and the boxes and faces they imply."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from msgspec import Meta

from core.common.errors import UserError
from core.common.serialization import decode
from core.common.types import FINGER_COUNTS, SIDES, Box, Float32Array, Side
from core.hands.detections import iou
from core.hands_training.photo_datasets import PALM, UNKNOWN, datasets
from core.hands_training.photo_labels import LabelledHand

LANDMARK_BOX_MARGIN = 0.08
"""Share of its longer side by which a box around landmarks is widened, as fingers are thick."""

Landmarks = dict[str, list[Float32Array]]
"""The hands that a landmark model found, by ``dataset/file``, each (21, 2) in pixels."""


_Points = Annotated[tuple[tuple[float, float], ...], Meta(min_length=21, max_length=21)]


@dataclass(frozen=True)
class BaselineHand:
    """One hand, as ``mediapipe_baseline.py`` prints it; ``points`` are in pixels of the photo."""

    fingers: Annotated[int, Meta(ge=FINGER_COUNTS[0], le=FINGER_COUNTS[-1])]
    side: Side
    score: float
    points: _Points

    @property
    def landmarks(self) -> Float32Array:
        """(21, 2) float32, in pixels of the photo."""
        return np.array(self.points, np.float32)


@dataclass(frozen=True)
class BaselineAnswer:
    """One line of the output of ``mediapipe_baseline.py``: a photo's path and its hands."""

    file: str
    milliseconds: float
    hands: tuple[BaselineHand, ...]


def read_baseline_answers(output: str) -> list[BaselineAnswer]:
    """The answers in the output of ``mediapipe_baseline.py``, one JSON object per line.

    Raises:
        ValueError: a line is not an answer.
    """
    return [decode(BaselineAnswer, line.encode()) for line in output.splitlines()]


def read_landmarks(path: Path) -> Landmarks:
    """Read the output of ``mediapipe_baseline.py``, whose paths end in ``dataset/…/file``.

    Raises:
        UserError: the file cannot be read.
    """
    landmarks: Landmarks = {}
    names = datasets()
    try:
        for answer in read_baseline_answers(path.read_text(encoding="utf-8")):
            parts = answer.file.split("/")
            folders = [place for place, part in enumerate(parts) if part in names]
            if not folders:
                raise ValueError(f"'{answer.file}' is in none of the datasets' folders")
            landmarks["/".join(parts[folders[-1] :])] = [hand.landmarks for hand in answer.hands]
    except (OSError, ValueError) as error:
        raise UserError(f"The landmarks in {path} cannot be read: {error}") from error
    return landmarks


def box_around(points: Float32Array) -> Box:
    """The box of a hand with these landmarks."""
    low, high = points.min(axis=0), points.max(axis=0)
    margin = LANDMARK_BOX_MARGIN * float((high - low).max())
    return Box(*map(float, (*(low - margin), *(high + margin))))


def matching_landmarks(hand: LabelledHand, found: Sequence[Float32Array]) -> Float32Array | None:
    """The landmarks found where a labelled hand is; None if there are none."""
    if hand.box is None:
        return found[0] if len(found) else None
    overlaps = [iou(box_around(points), hand.box) for points in found]
    best = int(np.argmax(overlaps)) if overlaps else 0
    return found[best] if overlaps and overlaps[best] > 0.4 else None


def face_from(side: int, points: Float32Array | None) -> int:
    """Palm or back, from the order of the wrist and the knuckles of index and little finger."""
    if side == UNKNOWN or points is None:
        return UNKNOWN
    index, little = points[5] - points[0], points[17] - points[0]
    turn = float(index[0] * little[1] - index[1] * little[0])
    turn /= float(np.linalg.norm(index) * np.linalg.norm(little)) + 1e-6
    if abs(turn) < 0.15:
        return UNKNOWN
    # Seen from the palm, a right hand's index knuckle lies to the viewer's right of the little
    # finger's.
    right_palm = (turn < 0) == (side == SIDES.index("R"))
    return PALM if right_palm else 1 - PALM
