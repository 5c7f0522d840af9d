"""The predictors that trained models offer for a preprocessed image."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from core.artifacts import store as artifacts
from core.common.types import QUESTION_WORDS, TARGETS, Float32Array, Target, Uint8Array
from core.evaluation.occlusion import Answers
from core.hands.classifier import load_classifier
from core.hands.pipeline import HAND_CLASSIFIER
from core.hands.postprocessing import as_prediction
from core.hands.tflite import serve
from core.zoo import article_specs, hand_specs


@dataclass(frozen=True)
class Predictor:
    """One model and its target; those of the article were trained on the dataset alone."""

    model: str
    title: str
    target: Target
    of_the_article: bool


def predictors() -> tuple[Predictor, ...]:
    """All predictors of trained models: the article's first, then both of the hand classifier."""
    found = [
        Predictor(spec.name, spec.title, spec.target, of_the_article=True)
        for spec in article_specs().values()
        if artifacts.is_trained(spec.name)
    ]
    if artifacts.is_trained(HAND_CLASSIFIER):
        title = hand_specs()[HAND_CLASSIFIER].title
        found += [
            Predictor(
                HAND_CLASSIFIER, f"{title}: {QUESTION_WORDS[target]}", target, of_the_article=False
            )
            for target in TARGETS
        ]
    return tuple(found)


@cache
def load_predictor(predictor: Predictor) -> Answers:
    """The model behind a predictor, loaded once per process.

    The article's models return uncalibrated probabilities, the hand classifier calibrated ones.

    Raises:
        UserError: the model is not trained, or its file is damaged.
    """
    if predictor.of_the_article:
        return serve(predictor.model).probabilities
    classifier = load_classifier(artifacts.read_verified(HAND_CLASSIFIER, "serving.tflite"))
    calibration = artifacts.read_card(HAND_CLASSIFIER).calibration

    def answers(images: Uint8Array) -> Float32Array:
        said = [as_prediction(classifier.classify(image), calibration) for image in images]
        field = f"{predictor.target}_probabilities"
        return np.array([getattr(each, field) for each in said], np.float32)

    return answers
