"""A visitor's own photos, read by every model: labels from their names, and who is right how often.

The article's models are counted three times: with their own finding of the hand, with the hand
detector's cut-out, and with that in the dataset's look.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import NamedTuple

from core.common.metrics import ConfusionMatrix, wilson_interval
from core.common.types import CLASSES, FINGER_COUNTS, SIDES, Photo, Side, Target
from core.hands.model_answers import CROP_SOURCES, CropSource, find_both_ways, read_found

MAX_NAME = 200
"""Letters of a file's name that are looked at."""

_WORDS = {"zero": 0, "fist": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_SIDES: Mapping[str, Side] = {"l": "L", "left": "L", "r": "R", "right": "R"}
_COUNT_AND_SIDE = re.compile(r"([0-5])(l|r|left|right)|(l|r|left|right)([0-5])")
_COUNT = re.compile(r"([0-5])(fingers?)?")
_BETWEEN = re.compile(r"[^a-z0-9]+")
_COPY = re.compile(r"\s*\(\d+\)$")
"""What systems add to the name of a file that is there already."""


class HandLabel(NamedTuple):
    """What a photo shows, as far as it is known."""

    fingers: int | None
    side: Side | None


class HandAnswer(NamedTuple):
    """What a model says of a photo, and how probable it finds that, 0 to 1."""

    fingers: int
    side: Side
    fingers_probability: float
    side_probability: float


Answers = dict[CropSource, dict[str, HandAnswer | None]]
"""By how the hand was found, and by model; None where no hand was found."""


def label_in(name: str) -> HandLabel:
    """The label in a file's name, such as "3L.jpg", "left_2.png" or "five fingers right.jpg".

    A name with two different counts or hands has none of them.
    """
    counts: set[int] = set()
    sides: set[Side] = set()
    both: set[HandLabel] = set()
    stem = _COPY.sub("", PurePath(name[-MAX_NAME:]).stem.lower())
    for part in _BETWEEN.split(stem):
        if found := _COUNT_AND_SIDE.fullmatch(part):
            first, second, third, fourth = found.groups()
            both.add(HandLabel(int(first or fourth), _SIDES[second or third]))
        elif found := _COUNT.fullmatch(part):
            counts.add(int(found[1]))
        elif part in _SIDES:
            sides.add(_SIDES[part])
        elif part in _WORDS:
            counts.add(_WORDS[part])
    # Such as in "0b5e-4-8f_3L.png": the rest is a number that means something else.
    if len(both) == 1:
        return both.pop()
    return HandLabel(
        counts.pop() if len(counts) == 1 else None, sides.pop() if len(sides) == 1 else None
    )


def read_with_all(photo: Photo, names: Sequence[str]) -> Answers:
    """What these models of the zoo say of a photo, for each way to find its hand.

    Raises:
        UserError: a model is not trained or its file is damaged.
    """
    found = find_both_ways(photo)
    answers: Answers = {}
    for crop in CROP_SOURCES:
        answers[crop] = {
            name: None
            if said is None
            else HandAnswer(
                said.prediction.fingers,
                said.prediction.side,
                round(max(said.prediction.fingers_probabilities), 4),
                round(max(said.prediction.side_probabilities), 4),
            )
            for name, said in read_found(found, names, crop).by_name.items()
        }
    return answers


@dataclass(frozen=True)
class ReadPhoto:
    """One photo of a batch: its name, what it shows as far as it is known, and all answers."""

    name: str
    label: HandLabel
    answers: Answers

    def true(self, target: Target) -> int | None:
        """The true class, as an index into ``CLASSES``; None if it is not known."""
        return _class_of(self.label, target)

    def said(self, target: Target, model: str, crop: CropSource) -> int | None:
        """The class that a model says; None where it found no hand."""
        answer = self.answers[crop][model]
        return None if answer is None else _class_of(answer, target)


def _class_of(known: HandLabel | HandAnswer, target: Target) -> int | None:
    if target == "fingers":
        return known.fingers
    return None if known.side is None else SIDES.index(known.side)


@dataclass(frozen=True)
class Standing:
    """A model's place among the others, on photos whose label is known.

    Attributes:
        model: its name.
        right: photos it read right.
        not_found: photos in which it found no hand, which count as wrong.
        photos: number of photos.
    """

    model: str
    right: int
    not_found: int
    photos: int

    @property
    def share(self) -> float:
        """Share of photos that it read right."""
        return self.right / self.photos

    @property
    def interval(self) -> tuple[float, float]:
        """The 95% interval of the share, each photo by itself."""
        return wilson_interval(self.share, self.photos)


def leaderboard(
    photos: Sequence[ReadPhoto], models: Sequence[str], target: Target, crop: CropSource
) -> list[Standing]:
    """The models by their share of right answers; empty where no label is known."""
    known = [photo for photo in photos if photo.true(target) is not None]
    if not known:
        return []
    standings = []
    for model in models:
        said = [photo.said(target, model, crop) for photo in known]
        right = sum(answer == photo.true(target) for answer, photo in zip(said, known, strict=True))
        standings.append(Standing(model, right, said.count(None), len(known)))
    return sorted(standings, key=lambda each: -each.right)


def cell_of(
    photo: ReadPhoto, model: str, target: Target, crop: CropSource
) -> tuple[int, int] | None:
    """Where a photo stands in the confusion matrix; None if its label is not known.

    The column after those of the classes is of photos in which no hand was found.
    """
    true, said = photo.true(target), photo.said(target, model, crop)
    if true is None:
        return None
    classes = len(FINGER_COUNTS) if target == "fingers" else len(SIDES)
    return true, classes if said is None else said


def batch_matrix(
    photos: Sequence[ReadPhoto], model: str, target: Target, crop: CropSource
) -> ConfusionMatrix:
    """(classes, classes + 1) counts, as ``cell_of`` places them."""
    classes = len(FINGER_COUNTS) if target == "fingers" else len(SIDES)
    matrix = [[0] * (classes + 1) for _ in range(classes)]
    for photo in photos:
        cell = cell_of(photo, model, target, crop)
        if cell is not None:
            matrix[cell[0]][cell[1]] += 1
    return tuple(map(tuple, matrix))


def answer_rows(
    photos: Sequence[ReadPhoto], titles: Mapping[str, str], target: Target
) -> list[dict[str, str | float | None]]:
    """Every answer of these models, by name and title, to one question, as rows of a table."""
    rows: list[dict[str, str | float | None]] = []
    for photo in photos:
        true = photo.true(target)
        for crop, answers in photo.answers.items():
            for name, title in titles.items():
                answer, said = answers[name], photo.said(target, name, crop)
                probability = (
                    None
                    if answer is None
                    else answer.fingers_probability
                    if target == "fingers"
                    else answer.side_probability
                )
                rows.append(
                    {
                        "file": photo.name,
                        "shown": None if true is None else CLASSES[target][true],
                        "model": title,
                        "cut-out": crop,
                        "answer": "no hand" if said is None else CLASSES[target][said],
                        "probability": probability,
                        "right": None if true is None else str(said == true).lower(),
                    }
                )
    return rows
