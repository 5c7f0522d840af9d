"""One hand on its way through the tour: how each model sees it, and what it says."""

from dataclasses import dataclass

from core.artifacts.store import is_trained
from core.common.types import Photo, Uint8Array
from core.hands.model_answers import CropSource, ModelAnswer, ModelAnswers, answers_of_models
from core.hands.pipeline import HAND_CLASSIFIER
from core.images.pooling import pool
from core.zoo import article_specs, get_spec
from core.zoo.logistic_pooled import POOLING


@dataclass(frozen=True)
class TourHand:
    """A photo's hand with the answers of all trained models, None where a model found no hand.

    Attributes:
        answers: by the model's name.
        crop: "own" where the article's way found the hand, else "detector".
    """

    answers: ModelAnswers
    crop: CropSource

    @property
    def seen(self) -> Uint8Array | None:
        """What the article's models see of it, (128, 128) grey uint8; None without a hand."""
        answers = (self.answers.by_name.get(name) for name in article_specs())
        return next((each.image for each in answers if each is not None), None)

    @property
    def pooled(self) -> Uint8Array | None:
        """The same, (32, 32) uint8: as the model "logistic_pooled" reads it."""
        return None if self.seen is None else pool(self.seen, POOLING)

    def of(self, name: str) -> ModelAnswer | None:
        """The answer of one model; None if it is not trained or found no hand."""
        return self.answers.by_name.get(name)

    def counts(self) -> list[int]:
        """What each of the article's models that count says; empty without a hand."""
        answers = {name: self.of(name) for name in article_specs()}
        return [
            answer.prediction.fingers
            for name, answer in answers.items()
            if answer is not None and get_spec(name).target == "fingers"
        ]


def read_hand(photo: Photo) -> TourHand:
    """Read a photo's most confident hand with all trained models.

    The article's models get the hand as their background subtraction finds it, and the hand
    detector's cut-out only where that finds none, so that they have something to read.

    Raises:
        UserError: a model's file is damaged.
    """
    names = [name for name in (*article_specs(), HAND_CLASSIFIER) if is_trained(name)]
    found = TourHand(answers_of_models(photo, names, "own"), "own")
    if found.seen is not None:
        return found
    return TourHand(answers_of_models(photo, names, "detector"), "detector")
