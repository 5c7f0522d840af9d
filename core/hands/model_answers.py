"""Many models on one photo, finding the hand their own way or all with the detector's cut-out.

The difference tells finding from reading: an article's model that fails its own way and is right on
the cut-out only missed the hand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from core.common.types import Box, Photo, Uint8Array
from core.hands.dataset_look import like_dataset
from core.hands.pipeline import (
    DEFAULT_FINGERS_MODEL,
    DEFAULT_SIDE_MODEL,
    HAND_CLASSIFIER,
    ArticleRecogniser,
    HandResult,
    article_probabilities,
    hand_recogniser,
    recognise,
)
from core.hands.prediction import Prediction
from core.zoo import get_spec

CropSource = Literal["own", "detector", "dataset"]
"""Background subtraction for the article's models, as always; the hand detector's cut-out for all;
or that cut-out in the dataset's look for the article's models."""

CROP_SOURCES: tuple[CropSource, ...] = get_args(CropSource)


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


@dataclass(frozen=True)
class FoundHands:
    """A photo's most confident hand by the hand detector, and the one by its background."""

    photo: Photo
    by_detector: HandResult | None
    by_background: HandResult | None

    def image(self, crop: CropSource) -> Uint8Array | None:
        """What the article's models read, (128, 128) grey uint8; None where no hand was found."""
        hand = self.by_background if crop == "own" else self.by_detector
        if hand is None:
            return None
        return like_dataset(self.photo, hand) if crop == "dataset" else hand.prepared.image


def find_both_ways(photo: Photo) -> FoundHands:
    """Find a photo's hand with the hand detector, and by its background.

    Raises:
        UserError: a model is not trained or its file is damaged.
    """
    detected = recognise(photo, hand_recogniser()).hands
    return FoundHands(photo, _first(detected), _first(recognise(photo, ArticleRecogniser()).hands))


def answers_of_models(photo: Photo, names: Sequence[str], crop: CropSource) -> ModelAnswers:
    """Read one photo's most confident hand with these models of the zoo.

    Raises:
        UserError: a model is not trained or its file is damaged.
    """
    return read_found(find_both_ways(photo), names, crop)


def read_found(found: FoundHands, names: Sequence[str], crop: CropSource) -> ModelAnswers:
    """Read the hand that was found; arguments and errors as of ``answers_of_models``."""
    best = found.by_background if crop == "own" else found.by_detector
    best = best or found.by_detector
    image = found.image(crop)
    answers: dict[str, ModelAnswer | None] = dict.fromkeys(names)
    if image is not None:
        answers |= _of_article([name for name in names if name != HAND_CLASSIFIER], image)
    if HAND_CLASSIFIER in names and found.by_detector is not None:
        hand = found.by_detector
        answers[HAND_CLASSIFIER] = ModelAnswer(hand.prepared.image, hand.prediction)
    return ModelAnswers(None if best is None else best.detection.box, answers)


def _first(hands: Sequence[HandResult]) -> HandResult | None:
    return hands[0] if hands else None


def _of_article(names: Sequence[str], image: Uint8Array) -> dict[str, ModelAnswer]:
    """Each model with the default one for the other question, which reads the image only once."""
    asked = {*names, DEFAULT_FINGERS_MODEL, DEFAULT_SIDE_MODEL}
    known = {name: article_probabilities(name, image) for name in asked}
    answers = {}
    for name in names:
        of_fingers = get_spec(name).target == "fingers"
        prediction = Prediction(
            known[name if of_fingers else DEFAULT_FINGERS_MODEL],
            known[DEFAULT_SIDE_MODEL if of_fingers else name],
        )
        answers[name] = ModelAnswer(image, prediction)
    return answers
