"""A drawn photo that a network reads as wanted: rightly or wrongly."""

from dataclasses import dataclass
from itertools import product

from core.common.types import FINGER_COUNTS, SIDES, Photo, Side, Uint8Array
from core.hands.model_answers import CropSource
from core.hands.pipeline import ArticleRecogniser, hand_recogniser, recognise
from core.inspection.network import Inspection, inspect
from core.synthetic.sample_photos import draw_sample

_PEOPLE = range(1, 3)

EXAMPLES = len(_PEOPLE) * len(FINGER_COUNTS) * len(SIDES)
"""Drawn photos that are read at most, a tenth of a second each."""


@dataclass(frozen=True)
class Example:
    """A drawn photo by what it shows, and its hand as the network saw it, (128, 128) grey uint8."""

    fingers: int
    side: Side
    image: Uint8Array


def is_right(inspection: Inspection, fingers: int, side: Side) -> bool:
    """Whether a network says what a hand shows: its count, or its side."""
    if inspection.model.card.task == "side":
        return bool(inspection.answers.probabilities[0] > 0.5) == (side == "R")
    return inspection.says == str(fingers)


def cut_out(photo: Photo, crop: CropSource) -> Uint8Array | None:
    """The most confident hand in a photo as models get it, (128, 128) grey uint8.

    None where no hand was found.

    Raises:
        UserError: a model is not trained or its file is damaged.
    """
    recogniser = ArticleRecogniser() if crop == "own" else hand_recogniser()
    hands = recognise(photo, recogniser).hands
    return hands[0].prepared.image if hands else None


def find_example(name: str, crop: CropSource, right: bool) -> Example | None:
    """The first drawn photo that a model reads rightly, or wrongly; None if there is none.

    The hands come in a fixed order, one person after another.

    Raises:
        UserError: a model is not trained or its file is damaged.
    """
    for person, fingers, side in product(_PEOPLE, FINGER_COUNTS, SIDES):
        image = cut_out(Photo(draw_sample(fingers, side, person).pixels), crop)
        if image is not None and is_right(inspect(name, image), fingers, side) == right:
            return Example(fingers, side, image)
    return None
