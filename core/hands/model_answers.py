"""Many models on one photo, each finding the hand its own way or all with the detector's crop.

The difference between the two tells finding from reading: an article's model that fails its own way
and is right on the crop only missed the hand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from core.common.types import Box, Photo, Uint8Array
from core.hands.pipeline import (
    HAND_CLASSIFIER,
    ArticleRecogniser,
    HandResult,
    hand_recogniser,
    recognise,
    recogniser_with,
)
from core.hands.prediction import Prediction

CropSource = Literal["own", "detector"]
"""Background subtraction for the article's models, as always; or the hand detector for all."""


@dataclass(frozen=True)
class ModelAnswer:
    """What one model saw, (128, 128) grey uint8, and what it says of it."""

    image: Uint8Array
    prediction: Prediction


@dataclass(frozen=True)
class ModelAnswers:
    """The box of the hand that most models read, and the answers; None where none was found."""

    box: Box | None
    by_name: dict[str, ModelAnswer | None]


def answers_of_models(photo: Photo, names: Sequence[str], crop: CropSource) -> ModelAnswers:
    """Read one photo's most confident hand with these models of the zoo.

    Raises:
        UserError: a model is not trained or its file is damaged.
    """
    detected = _first(recognise(photo, hand_recogniser()).hands)
    found = detected if crop == "detector" else _first(recognise(photo, ArticleRecogniser()).hands)
    answers = {
        name: _answer(name, detected if name == HAND_CLASSIFIER else found) for name in names
    }
    best = found or detected
    return ModelAnswers(None if best is None else best.detection.box, answers)


def _first(hands: Sequence[HandResult]) -> HandResult | None:
    return hands[0] if hands else None


def _answer(name: str, hand: HandResult | None) -> ModelAnswer | None:
    if hand is None:
        return None
    image = hand.prepared.image
    if name == HAND_CLASSIFIER:
        return ModelAnswer(image, hand.prediction)
    return ModelAnswer(image, recogniser_with(name).classify(image))
